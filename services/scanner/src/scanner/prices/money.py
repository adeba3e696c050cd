"""Finds amounts of money in a text, each with what part it plays. Nothing here decides whether a deal has a usable price.

An amount of which it is not sure what number is written is unreadable rather than read in part.
"""

import math
import re
from itertools import islice

from scanner.prices.currencies import AFTER, CODE, DOT_THOUSANDS, SIGN, currency_of
from scanner.prices.legible_text import RIGHT_TO_LEFT
from scanner.prices.mention import Mention, Role
from scanner.prices.numbers import CUT_OFF, CUT_OFF_WHOLE, DIGITS, has_cents, value_of
from scanner.prices.roles import is_generation, role_of

MOST = 60  # amounts of a text that are looked at: what names more is a list of many goods
_MONEY = re.compile(
    rf"(?<![\w$])(?P<sign>{SIGN})\s?(?P<amount>{DIGITS})(?:{CODE})?"
    rf"|(?<![\w$.,'])(?P<bare>{DIGITS})(?:[.,]?[-–—]{{1,2}})?\s?(?P<after>{AFTER})(?![0-9])",
    re.I,
)


def find_money(text: str) -> list[Mention]:
    """The amounts, up to MOST, each with its role, in order. `text`: legible, as legible_text makes it."""
    found: list[Mention] = []
    reversed_from = text.find(RIGHT_TO_LEFT)
    for match in islice(_MONEY.finditer(text), MOST):
        amount, currency = _value(match, text), _currency(match)
        if amount is None or 0 <= reversed_from < match.end():
            found.append(Mention(math.nan, currency, Role.UNREADABLE, match.start(), match.end()))
        else:
            role = role_of(text, match.start(), match.end(), found, amount)
            found.append(Mention(amount, currency, role, match.start(), match.end()))
    return found


def _value(match: re.Match[str], text: str) -> float | None:
    """The amount; None where it is not sure that it is the whole one."""
    digits, currency = match["amount"] or match["bare"], _currency(match)
    value = value_of(digits, has_dot_thousands=currency in DOT_THOUSANDS)
    if match["bare"]:
        is_cut_off = " " in digits and is_generation(text[: match.start()])
    else:
        end = match.end("amount")
        is_cut_off = bool(CUT_OFF.match(text, end)) or (not has_cents(digits) and bool(CUT_OFF_WHOLE.match(text, end)))
        is_cut_off |= match["code"] is not None and currency_of(match["sign"]) not in (None, currency)
    if value is None or is_cut_off:
        return None
    return _in_dollars(value) if match["after"] == "¢" else value


def _in_dollars(cents: float) -> float | None:
    """Cents as dollars. Who writes ".99¢" means 99 of them; what "1.5¢" means nobody can tell."""
    if cents < 1:
        return cents
    return cents / 100 if cents.is_integer() else None


def _currency(match: re.Match[str]) -> str | None:
    return currency_of(match["code"] or match["sign"] or match["after"])
