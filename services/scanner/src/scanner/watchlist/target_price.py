"""The target price in a wish's words: "under 1200", "below $180", "< 500", "max 1.2k", "$1,200 or less", "between 100 and 200".

What is followed by a unit ("under 65 inch", "up to 140W", "at least 2 TB") is a size and no price. Targets are US dollars.
"""

import re
from dataclasses import dataclass

from common.errors import InvalidInputError
from common.product_files.product_identity import identity_of

MOST = 10_000_000.0  # dollars
_LONGEST = 300  # characters that are read
_NUMBER = r"(?P<{0}>\d{{1,3}}(?:,\d{{3}}){{1,6}}(?:\.\d{{1,2}})?|\d{{1,8}}(?:\.\d{{1,3}})?)(?P<{0}k>k)?"
_DOLLAR = r"(?:us\$|\$|usd ?|us dollars? )"
_TAIL = r"(?: ?(?:us ?)?(?:dollars?|bucks|usd|\$))"
_NOT_A_PRICE = r"(?![%\"'.,/-]{0,20}\w)(?!\s?[%\"'])"
_FOREIGN = re.compile(r"[€£¥₹]|\b(?:eur|euros?|gbp|quid|cad|aud|nzd|yen|inr|rupees|chf|sek|pounds sterling)\b|\b[acn]z?\$")
_UNDER = (
    r"(?:for )?(?:under|below|beneath|less than|cheaper than|lower than|no more than|not more than|not over|no higher than|at most"
    r"|up to|maximum(?: of| price)?|max\.?(?: of| price)?|within|budget(?: of| is)?|target(?: price)?(?: of| is)?|<=?|≤)\s?:?\s?"
)
_PATTERNS = tuple(  # of words that one space parts
    re.compile(pattern)
    for pattern in (
        rf"(?:between|from)\s{_DOLLAR}?{_NUMBER.format('low')}\s(?:and|to)\s{_DOLLAR}?{_NUMBER.format('price')}{_TAIL}?{_NOT_A_PRICE}",
        rf"{_UNDER}{_DOLLAR}?{_NUMBER.format('price')}{_TAIL}?{_NOT_A_PRICE}",
        rf"{_DOLLAR}?{_NUMBER.format('price')}{_TAIL}? (?:or|and) (?:less|under|below|cheaper|lower){_NOT_A_PRICE}",
        rf"{_DOLLAR}?{_NUMBER.format('price')}{_TAIL}? (?:max(?:imum)?|tops|at most|limit)\b",
        rf"(?:(?:for|at|@)\s)?{_DOLLAR}{_NUMBER.format('price')}{_NOT_A_PRICE}",
        rf"(?:(?:for|at|@)\s)?{_NUMBER.format('price')}{_TAIL}{_NOT_A_PRICE}",
        rf"\s(?:for|@)\s{_NUMBER.format('price')}$",
    )
)
_DIGIT = re.compile(r"\d")
_NEXT_WORD = re.compile(r"\s?([a-z]+)\b")


@dataclass(frozen=True)
class PricedWords:
    """The words without the price, and the price in dollars; None where they name none."""

    words: str
    price: float | None


def read_target(text: str) -> PricedWords:
    """The first price that a wish names. InvalidInputError where it is in another currency, or nothing that can be paid."""
    words = " ".join(text[:_LONGEST].split())
    low = words.lower()
    if (foreign := _FOREIGN.search(low)) and _DIGIT.search(low):
        raise InvalidInputError(f"a target price is in US dollars: {foreign[0]} is another currency", "text")
    for pattern in _PATTERNS:
        for found in pattern.finditer(low):
            if not _is_size(found["price"], low[found.end() :], has_sign="$" in found[0]):
                return PricedWords(_without(words, found), _dollars(found))
    return PricedWords(words, None)


def _is_size(number: str, rest: str, *, has_sign: bool) -> bool:
    """Whether the next word is a unit: product identity then reads a quantity, and no bare number."""
    following = _NEXT_WORD.match(rest)
    if has_sign or following is None:
        return False
    stated = identity_of(f"{number} {following[1]}")
    return bool(stated.inches or stated.gigabytes or stated.measures or stated.pack) or not (
        stated.numbers or stated.models or stated.year
    )


def _dollars(found: re.Match[str]) -> float:
    price = float(found["price"].replace(",", "")) * (1000 if found["pricek"] else 1)
    if not 0 < price <= MOST:
        raise InvalidInputError("a target price is above $0 and at most $10,000,000", "text")
    return price


def _without(words: str, found: re.Match[str]) -> str:
    rest = f"{words[: found.start()]} {words[found.end() :]}"
    return " ".join(rest.split()).strip(" ,;:-–")
