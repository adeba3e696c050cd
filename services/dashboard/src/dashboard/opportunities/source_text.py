"""The text that an offer was read from, cut where it names amounts, so that a page can show what was taken for what."""

import re
from dataclasses import dataclass

from common.deals import Deal
from dashboard.html.text_cuts import cut

_KINDS = {
    "next_best": "the lowest price elsewhere",
    "regular": "its regular price",
    "was": "what it asked before",
    "list": "the list price",
    "history": "an earlier price",
    "all_time_low": "the lowest seen",
    "new_price": "what it costs new",
}


@dataclass(frozen=True)
class Piece:
    """A piece of a text. `says`: what it was taken for; empty where it is only words."""

    text: str
    says: str = ""


@dataclass(frozen=True)
class SourceText:
    """Title and description in pieces."""

    title: list[Piece]
    description: list[Piece]


def kind_words(kind: str) -> str:
    """What a kind of reference is, in words."""
    return _KINDS.get(kind, kind.replace("_", " "))


def source_text(deal: Deal) -> SourceText:
    """An offer's text with the asked price and each price that was read of elsewhere marked.

    References are placed in title, line break, text.
    """
    text = f"{deal.title}\n{deal.description}"
    found = [(each.start, each.end, kind_words(each.kind)) for each in deal.references if each.start is not None]
    marks = [(start, end, says) for start, end, says in found if end is not None and 0 <= start < end <= len(text)]
    if asked := _asked(text, deal.price):
        marks.append((*asked, "the asked price"))
    line = len(deal.title)
    in_title = [mark for mark in marks if mark[1] <= line]
    below = [(start - line - 1, end - line - 1, says) for start, end, says in marks if start > line]
    return SourceText(_pieces(deal.title, in_title), _pieces(deal.description, below))


def _asked(text: str, price: float) -> tuple[int, int] | None:
    """Where the asked price stands first: offers name it in the title."""
    whole, cents = divmod(round(price * 100), 100)
    digits = f"(?:{whole:,}|{whole})" + (rf"\.{cents:02d}" if cents else r"(?:\.00)?")
    found = re.search(rf"(?<![\d.,])(?:[$€£]\s?)?{digits}(?!\d|[.,]\d)", text)
    return found.span() if found else None


def _pieces(text: str, marks: list[tuple[int, int, str]]) -> list[Piece]:
    return [Piece(*each) for each in cut(text, marks)]
