"""A price that somebody reads in a deal, with the words that say so."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Candidate:
    """`source`: who reads it: feed, rules, model, page or, where nobody is sure, the title or text in which the amount stands."""

    price: float
    currency: str
    source: str
    words: str

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {"price": self.price, "currency": self.currency, "source": self.source, "words": self.words}
