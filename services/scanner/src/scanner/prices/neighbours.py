"""Says what an amount is relative to those beside it: a part of a sum, a former price, the end of a range, one of several savings.

Reads legible text, and no words but those that stand between amounts or belong to a sum.
"""

import re

from scanner.prices.mention import Mention, Role

_NUMBER = r"\d[\d,]{0,12}(?:\.\d\d?)?"
_SUM_AFTER = re.compile(
    rf"\s?[-–—]\s?\(?\s?(?:[$£€]\s?(?P<marked>{_NUMBER})"
    r"|(?P<bare>\d{1,9}(?:\.\d\d?)?)(?![\d.])(?!\s?[A-Za-z\"'-]|\s?%)"
    r"|\d{1,9}(?:\.\d\d?)?\s?(?:sale|promo|code|mir|rebate|off|coupon|instant)\b)",
    re.I,
)
_AMOUNT = rf"[$£€]\s?(?:{_NUMBER})(?![\d%])"
# "$20/$30 off", "$10, $20 or $30 off": what is said of the last is said of all.
_JOINED = re.compile(
    rf"(?:,\s?{_AMOUNT}){{0,3}}(?P<mark>\s?/\s?|,?\s(?:or|and|&)\s)"
    rf"[$£€]\s?(?P<last>{_NUMBER})(?![\d%])",
    re.I,
)
_JOINT = re.compile(r"\s?/\s?|\s?,?\s(?:or|and|&)\s", re.I)
# "$300 -> $228", "$300, now just $228", "from $300 to $228": the first is what it cost before, as long as the second is less.
_FALLS_TO = re.compile(
    r"[\s,;)\]]{0,3}(?:[-–=~]{0,2}>|[→➔➜➝➞➡⇒»]"
    r"|(?:now|today|on sale for|(?:marked down|reduced|cut|slashed|lowered|discounted|drop(?:s|ped)?|falls|fell|down)?\s?to)\b"
    rf"(?: just| only)?:?)\s?[$£€]\s?(?P<lower>{_NUMBER})(?![\d%])",
    re.I,
)
_MINUS = re.compile(r"\s?[-–—]\s?\(?\s?")
_SUBTRAHEND = re.compile(r"\d\.\d\d\s?[-–—]\s?$|(?:after|w/|with|and|&|\+|plus|[-–—])\s?$(?P<code>)", re.I)
_CODE = re.compile(r"\s?(?:promo|coupon|code|instant)", re.I)
_FORMER = re.compile(r"[\s,;(]{0,3}(?:down |reduced )?from\s?(?:its|the|a)?\s?|\s?(?:<[-=]{1,2}|[←⬅⇐])\s?", re.I)


def role_beside(left: str, right: str, before: list[Mention], between: str, amount: float) -> Role | None:
    """The part in "$70 - $20 MIR = $50", "$37 from $69", "$40-$60": what the amount is relative to its neighbours."""
    if before and before[-1].role in (Role.PRICE, Role.FINAL) and _FORMER.fullmatch(between):
        return Role.LIST
    if before and _MINUS.fullmatch(between):
        return Role.OFF if amount <= before[-1].amount else Role.FROM
    if (found := _SUBTRAHEND.search(left)) and (found["code"] is None or _CODE.match(right)):
        return Role.OFF
    if difference := _SUM_AFTER.match(right):
        less = difference["marked"] or difference["bare"]
        return Role.FROM if less and number_of(less) > amount else Role.BEFORE
    falls = _FALLS_TO.match(right)
    return Role.BEFORE if falls and number_of(falls["lower"]) < amount else None


def is_joined(before: list[Mention], between: str) -> bool:
    """Whether it is told in one breath with the amount before it: "save $20 or $30"."""
    return bool(before) and _JOINT.fullmatch(between) is not None


def behind_joined(right: str, amount: float) -> str | None:
    """What is said behind the last of several amounts that are told in one breath: " off" of "$20/$30 off"; None of one alone.

    Of two that are joined by a word the first is the less, or they are of two things: "the $290 chip and $50 off a board".
    """
    joined = _JOINED.match(right)
    is_one = joined is not None and ("/" in joined["mark"] or amount < number_of(joined["last"]))
    return right[joined.end() :] if joined is not None and is_one else None


def number_of(digits: str) -> float:
    """ "1,299.99" as a number."""
    return float(digits.replace(",", ""))
