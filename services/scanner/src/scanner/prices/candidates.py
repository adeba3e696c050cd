"""Finds what a deal may cost: the amounts that its words name. Decides nothing. Pure, by patterns: to be run off the event loop."""

from collections.abc import Iterator

from scanner.prices.candidate import Candidate
from scanner.prices.legible_text import legible
from scanner.prices.mention import Mention, Role
from scanner.prices.money import find_money
from scanner.prices.rule_extractor import MAX_TITLE, Extraction

MOST = 8  # candidates of one deal
_OPENING = 1_000  # characters of a text in which prices are looked for
_BEFORE, _BEHIND = 40, 20  # characters around an amount that tell what it is
_NO_PRICE = frozenset({Role.ZERO, Role.OFF, Role.SHIPPING, Role.THRESHOLD, Role.LIMIT, Role.RECURRING, Role.UNREADABLE})
_PRICE = frozenset({Role.PRICE, Role.FINAL})


def named_amounts(title: str, text: str, currency: str) -> tuple[Candidate, ...]:
    """The amounts that may be the price: of the title all but savings, shipping and the like; of the text plain prices alone."""
    found: dict[tuple[float, str], Candidate] = {}
    for each in (*_amounts(title, "title", currency), *_amounts(text[:_OPENING], "text", currency)):
        found.setdefault((each.price, each.currency), each)
    return tuple(found.values())[:MOST]


def rule_candidate(title: str, text: str, rules: Extraction) -> Candidate | None:
    """What the rules read, with its words."""
    if rules.price is None:
        return None
    told = (each for each in named_amounts(title, text, rules.currency) if each.price == rules.price)
    words = next((each.words for each in told), title.strip()[:MAX_TITLE])
    return Candidate(rules.price, rules.currency, "rules", words)


def unreadable(title: str) -> str | None:
    """The first amount of a title of which it is not sure what number is written; None where there is none."""
    shown = legible(title)
    found = (each for each in find_money(shown) if each.role is Role.UNREADABLE)
    return next((_words(shown, each) for each in found), None)


def _amounts(text: str, source: str, currency: str) -> Iterator[Candidate]:
    shown = legible(text)
    for each in find_money(shown):
        is_wanted = each.role not in _NO_PRICE if source == "title" else each.role in _PRICE
        if is_wanted and each.amount > 0:
            yield Candidate(each.amount, each.currency or currency, source, _words(shown, each))


def _words(text: str, amount: Mention) -> str:
    """The amount with the words around it, none of them cut."""
    start, end = max(0, amount.start - _BEFORE), min(len(text), amount.end + _BEHIND)
    if start > 0:
        start = text.find(" ", start, amount.start) + 1 or amount.start
    if end < len(text):
        end = max(text.rfind(" ", amount.end, end), amount.end)
    return text[start:end].strip()
