"""Reads single values of structured data, as pages write them: amounts, names of schema.org, codes. Anything may stand there."""

import math
import re
from collections.abc import Iterable
from typing import Any

from scanner.pages.page_data import MAX_TEXT
from scanner.prices.numbers import value_of

_AMOUNT = re.compile(r"[0-9][0-9.,'\s]{0,15}")
_MOST = 10_000_000.0


def amount_of(given: Any) -> float | None:
    """A price as pages write it: 12.5, "12.50", "$1,299.00", "12,50 €". None where it is none, or not above 0."""
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    if isinstance(given, str):
        found = _AMOUNT.findall(given[:60])
        given = value_of(found[0].strip(" .,'")) if len(found) == 1 and "-" not in given else None
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    amount = float(given) if abs(given) < _MOST else math.inf
    return round(amount, 2) if 0 < amount < _MOST else None


def word_of(given: Any) -> str:
    """The last part of a name: "https://schema.org/InStock", "schema:InStock", "in stock" and {"@id": ...} say one thing."""
    given = next(iter(listed(given)), "")
    if isinstance(given, dict):
        given = given.get("@id") or given.get("name")
    return re.sub(r"[\s_-]", "", re.split(r"[/#:]", given.strip().rstrip("/"))[-1]).lower() if isinstance(given, str) else ""


def text_of(given: Any, depth: int = 0) -> str:
    """A text, or the name of a thing, on one line."""
    given = next(iter(listed(given)), "")
    if isinstance(given, dict) and depth < 3:
        return text_of(given.get("name") or given.get("@value"), depth + 1)
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given) if abs(given) < 10**40 else ""
    return " ".join(given.replace("\0", "").split())[:MAX_TEXT] if isinstance(given, str) else ""


def gtin_of(given: Any) -> str:
    """The digits of an article number: EAN, UPC, ISBN."""
    digits = re.sub(r"[\s-]", "", text_of(given))
    return digits if re.fullmatch(r"[0-9]{8,14}", digits) else ""


def picture_of(given: Any) -> str:
    """The address of the first picture."""
    given = next(iter(listed(given)), "")
    if isinstance(given, dict):
        given = given.get("url") or given.get("contentUrl") or given.get("@id")
    address = text_of(given)
    return address if re.match(r"https?://", address) else ""


def only_one(words: Iterable[str]) -> str:
    """The one that all say who say anything; empty where they differ."""
    found = set(words) - {""}
    return found.pop() if len(found) == 1 else ""


def listed(given: Any) -> list[Any]:
    """A list, whether one thing stands there, several or none."""
    if given is None:
        return []
    return given if isinstance(given, list) else [given]
