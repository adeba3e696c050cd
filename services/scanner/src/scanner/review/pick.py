"""What a person's word makes of a deal's price, ready to be stored. Knows no table."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.judging import Reference
from scanner.deal_data import PastOffer, StoredDeal

PERSON = "person"  # who read the price, where a person said it


@dataclass(frozen=True)
class Pick:
    """A price with all that follows from it. `offer`: what is remembered of it; `why_no_news`: why it is not pushed all the same.

    `source`: who read the price. `kind`: priced, or what it was before where a person's word is taken back. `state`: what the deal
    is then, with its `reason`; None: it is judged anew.
    """

    price: float | None
    currency: str
    condition: str
    references: tuple[Reference, ...] = ()
    offer: PastOffer | None = None
    why_no_news: str | None = None
    source: str = PERSON
    kind: str = "priced"
    has_variants: bool = False
    state: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class DealNow:
    """A deal as it stands in the store. `facts`: its columns and references; `is_current`: its entry has no later price."""

    facts: dict[str, Any]
    first_seen: datetime
    is_current: bool

    @property
    def id(self) -> int:
        """Of the deal."""
        return int(self.facts["id"])

    @property
    def expires(self) -> datetime | None:
        """When it is over."""
        found: datetime | None = self.facts["expires"]
        return found

    @property
    def is_unpriced(self) -> bool:
        """Whether it waits to be judged."""
        return bool(self.facts["state"] == "unpriced")

    @property
    def as_picked(self) -> Pick:
        """What it costs by now, to be put back one day; without what is read anew then."""
        names = ("price", "currency", "condition", "kind", "has_variants", "why_no_news")
        facts = self.facts
        was_judged = facts["state"] == "priced" or facts["answer"] is not None or self.is_unpriced
        told = {} if was_judged else {"state": facts["state"], "reason": facts["reason"]}
        return Pick(**{name: facts[name] for name in names}, source=facts["price_source"], **told)

    def at(self, price: float, currency: str, condition: str) -> StoredDeal:
        """The deal at another price, of one thing."""
        given = {"price": price, "currency": currency, "condition": condition, "has_variants": False}
        return StoredDeal.model_validate(self.facts | given)
