"""How well references to other prices are read: against deals whose market price, and the words that tell it, are known.

A deal's record holds title, text, price (the asked one), market_price, market_kind, market_quote, text_states_market and basis.
Knows no command line. What it cannot know: whether a reference beside the labelled one is meant so; that takes an eye.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from common.judging import CLAIMS, Reference
from common.product_files.record import Record
from scanner.prices.conditions import condition_of
from scanner.references.offer import Offer
from scanner.references.rule_reader import read_by_rules
from training.data.market import PERSON, SAME_UNIT

TOLERANCE = 1.005  # dollars: labels are often rounded to whole ones, as their texts are
_KINDS = {  # which of our kinds a label's kind stands for
    "next_best": frozenset({"next_best"}),
    "history": frozenset({"history", "all_time_low"}),
    "regular": frozenset({"regular", "was"}),
    "list": frozenset({"list"}),
    PERSON: frozenset(),  # it stands in no text
}
_NUMBER = re.compile(r"[0-9][0-9,]*(?:\.[0-9]{1,2})?")


@dataclass(frozen=True)
class Reading:
    """A deal and what was read from it. `kinds`: those that count as the label's; `is_stated`: the text tells the label's price."""

    offer: Offer
    references: tuple[Reference, ...]
    market_price: float
    kinds: frozenset[str]
    is_stated: bool

    @property
    def is_right(self) -> bool:
        """Whether the label's price was read, under its kind and within a dollar."""
        return any(self._is_of_label(each) and self._agrees(each) for each in self.references)

    @property
    def is_false(self) -> bool:
        """Whether something was read that the text does not bear: words or sums of ours, or the label's kind at another price."""
        others = any(self._is_of_label(each) and not self._agrees(each) for each in self.references)
        return (others and not self.is_right) or not all(is_borne_out(each, self.offer) for each in self.references)

    def _is_of_label(self, reference: Reference) -> bool:
        return reference.kind in self.kinds

    def _agrees(self, reference: Reference) -> bool:
        return abs(reference.price - self.market_price) <= TOLERANCE


@dataclass(frozen=True)
class ReferencesRead:
    """Of `n` texts that state the market price: the share read right; and, over the same n, the texts with a false reading.

    False readings count in all texts, also in those that state no market price.
    """

    right: float
    false: float
    n: int

    def as_json(self) -> dict[str, float]:
        """As the last line of a command says it."""
        return {"right": round(self.right, 4), "false": round(self.false, 4), "n": self.n}


def read_deals(records: Iterable[Record]) -> Iterator[Reading]:
    """The readings of deals that ask for dollars. KeyError: a record is no deal's."""
    for record in records:
        if record.get("currency", "USD") == "USD":
            title, text = str(record["title"]), str(record.get("text") or "")
            offer = Offer(title, text, float(record["price"]), condition_of(title, text))
            kinds = _kinds_of(record, offer.whole)
            yield Reading(offer, read_by_rules(offer), float(record["market_price"]), kinds, bool(record.get("text_states_market")))


def references_read(readings: Iterable[Reading]) -> ReferencesRead:
    """The shares. Both are 0 where no text states its market price."""
    known = list(readings)
    stated = [each for each in known if each.is_stated]
    n = max(1, len(stated))
    right, false = sum(each.is_right for each in stated), sum(each.is_false for each in known)
    return ReferencesRead(right / n, false / n, len(stated))


def is_borne_out(reference: Reference, offer: Offer) -> bool:
    """Whether its words stand at their place, and its price is a number in them or the asked price and one, reckoned anew."""
    if reference.start is None or offer.whole[reference.start : reference.end] != reference.words:
        return False
    numbers = [float(found.replace(",", "")) for found in _NUMBER.findall(reference.words)]
    shares = [50.0] if "half" in reference.words.lower() else [number for number in numbers if 0 < number < 100]
    sums = [price for number in numbers for price in (number, offer.price + number, offer.price - number)]
    return any(abs(price - reference.price) < 0.011 for price in [*sums, *(offer.price / (1 - share / 100) for share in shares)])


def _kinds_of(record: Record, whole: str) -> frozenset[str]:
    """Our kinds for the label's. A label that was read from a field of the feed tells not which claim the text makes."""
    kinds = _KINDS[str(record["market_kind"])]
    if kinds and kinds <= frozenset(CLAIMS) and _plain(str(record.get("market_quote") or "")) not in _plain(whole):
        return frozenset(CLAIMS)
    is_of_new = record["market_kind"] == "next_best" and record.get("basis") not in SAME_UNIT
    return kinds | {"new_price"} if is_of_new else kinds


def _plain(text: str) -> str:
    return re.sub(r"[\s*]+", " ", text).strip().lower()
