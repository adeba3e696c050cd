"""The references that a deal's text states, by the scanner's rules, as the scanner reads them where there is no chat model."""

from collections.abc import Sequence

from common.judging import Reference
from scanner.references.offer import Offer
from scanner.references.rule_reader import read_by_rules


def read_references(title: str, text: str, price: float) -> Sequence[Reference]:
    """Of a deal at `price` USD."""
    return read_by_rules(Offer(title, text, price))
