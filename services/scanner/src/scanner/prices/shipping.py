"""Reads what shipping costs where a deal's text states one amount for everybody. Knows nothing of shops or places.

read_shipping("Acme PC for $1,300 + $14.99 shipping", "") -> 14.99; "free shipping" -> 0; "free shipping w/ Prime" -> unknown
"""

import re
from dataclasses import dataclass, replace

from scanner.prices.legible_text import legible
from scanner.prices.mention import Mention, Role
from scanner.prices.money import find_money
from scanner.prices.rule_extractor import MAX_TEXT, MAX_TITLE, Extraction

_FREE = re.compile(
    r"\b(?:free\s(?:(?:standard|ground|economy|fast|2[- ]?day|two[- ]?day)\s)?"
    r"(?:shipping|s\s?[&/]\s?h|s/?h\b|ship\b|delivery|postage)"
    r"|ships?\s(?:for\s)?free|(?:shipping|delivery)\sis\sfree)(?P<rest>.{0,60})",
    re.I,
)
# "free shipping w/ Prime", "on orders over $35", "for members": whether that is so for the reader nobody knows. So it is of what
# follows "or": "free pickup or $6 delivery".
_CONDITION = re.compile(
    r"^\W{0,3}(?:\$\s?\d|(?:w/|with|when|if|on|over|for|from|via|after|through|by|to|at|in|using|orders?|eligible|select|most|many"
    r"|minimum|min|prime|members?|membership|or|and\sreturns\s(?:w/|with|on|for))(?![\w-]))",
    re.I,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s")
_SAID = re.compile(r"\b(?:shipping|delivery|s\s?&\s?h|s/h|postage)\s(?:adds|is|costs)\s$", re.I)
_OTHERWISE = re.compile(r"\b(?:free|pick-?\s?up|or|but|unless|avoid|dodge|skip|over|members?|prime|from|waived?)\b", re.I)
_NOT_FLAT = re.compile(
    r"\b(?:from|up to|as low as|starting at|starts at|avoid|dodge|skip|save|without|instead of|was|usually|normally|regularly"
    r"|waives?|about|around)\W{0,3}(?:the |a |its )?~?$|~\s?$",
    re.I,
)
_SHIPPED = re.compile(r"^\s?\(?(?:shipped|delivered|incl(?:uding|\.)?\sshipping|shipping\sincl(?:uded|\.)?)\b", re.I)
_TOLERANCE = 0.011  # in money: the parts of a sum are rounded


@dataclass(frozen=True)
class Shipping:
    """`amount`: what shipping costs; None where that is not told. `is_included`: the price that was read holds it already."""

    amount: float | None = None
    is_included: bool = False


def read_shipping(title: str, text: str, price: float, currency: str) -> Shipping:
    """What the shipping of a deal costs whose `price` was read from the same texts."""
    plain, rest = legible(title[:MAX_TITLE]), legible(text[:MAX_TEXT])
    mentions = find_money(plain)
    if any(_SHIPPED.match(plain[each.end :]) and abs(each.amount - price) < _TOLERANCE for each in mentions):
        return Shipping(0.0, is_included=True)
    named = [each for each in mentions if each.role is Role.SHIPPING]
    if named:
        return _named(plain, named, mentions, (price, currency))
    if found := _FREE.search(plain):
        return Shipping(None if _CONDITION.match(found["rest"]) else 0.0)
    return Shipping(_of_text(rest, currency))


def with_shipping(read: Extraction, title: str, text: str) -> Extraction:
    """What one pays in all, of an extraction that says what the thing costs by itself."""
    if read.price is None or read.shipping is not None:
        return read
    found = read_shipping(title, text, read.price, read.currency)
    total = read.price if found.is_included else read.price + (found.amount or 0.0)
    return replace(read, price=round(total, 2), shipping=found.amount)


def without_shipping(price: float, shipping: float | None) -> float:
    """What the thing costs by itself: what texts and pages say of prices is said of that."""
    return round(price - (shipping or 0.0), 2)


def _named(title: str, named: list[Mention], mentions: list[Mention], asked: tuple[float, str]) -> Shipping:
    """Of the amounts that a title gives for shipping the only one; "$124 ($120 + $4 shipping)" says that 124 is all."""
    price, currency = asked
    amounts = {each.amount for each in named if _is_flat(title, each, currency)}
    if len(amounts) != 1 or len(amounts) < len({each.amount for each in named}):
        return Shipping()
    (amount,) = amounts
    is_sum = any(abs(each.amount + amount - price) < _TOLERANCE for each in mentions if each.role is not Role.SHIPPING)
    return Shipping(amount, is_included=is_sum)


def _is_flat(text: str, each: Mention, currency: str) -> bool:
    return each.currency in (None, currency) and not _NOT_FLAT.search(text[max(0, each.start - 40) : each.start])


def _of_text(text: str, currency: str) -> float | None:
    """Of a text only a whole sentence counts that says nothing else: "Shipping adds $14.99."."""
    found: set[float] = set()
    for sentence in _SENTENCE.split(text):
        for each in find_money(sentence):
            if each.role is Role.SHIPPING and _SAID.search(sentence[: each.start]):
                if _OTHERWISE.search(sentence[each.end :]) or not _is_flat(sentence, each, currency):
                    return None
                found.add(each.amount)
    return found.pop() if len(found) == 1 else None
