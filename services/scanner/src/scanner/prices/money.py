"""Finds amounts of money in a text and says what part each plays: the price, a saving, a threshold, shipping, a former price.

A role is read off the words directly before and after the amount. Nothing here decides whether a deal has a usable price.
"""

import re
from dataclasses import dataclass
from enum import Enum

_NUMBER = (
    r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?(?!\d)"  # 1,299.99
    r"|\d{1,3}(?:\.\d{3})+,\d{2}(?!\d)"  # 1.299,00
    r"|\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d{2})?"  # 1 875, see _spaced
    r"(?=\s*(?:$|[^\w\s]|(?:with|w/|at|after|shipped|delivered|and|or|was|usd|aud|eur|free|for|in)\b|€))"
    r"|\d+(?:[.,]\d{1,2})?(?![\d])|\d+|\.\d{2}"
)
_SIGN = r"US\s?\$|USD\s?\$?|AUD\s?\$?|AU\$|A\$|CAD\s?\$?|CA\$|C\$|NZ\$|\${1,2}|£|€|=(?=\s?\d+\.\d\d\b)"
_AFTER = r"(?:CAD|AUD|USD)?\$|€|¢|(?:USD|AUD|CAD|EUR|dollars?|bucks)\b"
_MONEY = re.compile(
    rf"(?<![\w$])(?:(?P<sign>{_SIGN})\s?(?P<amount>{_NUMBER})|(?P<bare>{_NUMBER})\s?(?P<after>{_AFTER})(?!\d))", re.I
)
_CURRENCY = {"US": "USD", "AU": "AUD", "A$": "AUD", "CA": "CAD", "C$": "CAD", "NZ": "NZD", "£": "GBP", "€": "EUR", "EU": "EUR"}
_UNIT = r"\s?(?:[gtm]b|oz|ct|count|pack|pc|piece|pk|lbs?|ml|kg|g|ft|w|mm|inch|in|mhz|hz|gallon|sheets?|pairs?|k)\b"
_UNREADABLE = re.compile(rf"[ \u00a0\u202f]\d{{3}}(?!\d|{_UNIT}|-|\"|')|\s?[km]\b|\d|[.,]\d", re.I)


class Role(Enum):
    """What an amount stands for."""

    PRICE = "price"
    FINAL = "final"  # the end of a sum: "$70 - $20 = $50"
    BEFORE = "before"  # its beginning
    ALTERNATIVE = "alternative"  # in brackets behind the price: members' price, break-down
    LIST = "list"
    OFF = "off"
    FROM = "from"
    LIMIT = "limit"
    THRESHOLD = "threshold"
    SHIPPING = "shipping"
    RECURRING = "recurring"
    UNIT = "unit"
    EACH = "each"
    MULTI = "multi"
    SALE = "sale"
    OTHER = "other"
    ZERO = "zero"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Mention:
    """An amount at text[start:end]. `currency` is None where the text shows a plain dollar sign."""

    amount: float
    currency: str | None
    role: Role
    start: int
    end: int


_WORDS = r"(?:\s+(?!(?:with|after|and|plus|or|on|at|in|for|from|during|free|no|not|use|using|via|shipped)\b)\w[\w'’&-]*)"
_HEDGE = r"(?:\s+(?:just|only|about|around|over|roughly|its|the|a|an|extra|another|at least|additional))*\s*~?\s*"

# Tried in order; the first that matches gives the role. Left patterns end where the amount starts, right ones start where it ends.
_RIGHT: tuple[tuple[Role, str], ...] = (
    (
        Role.RECURRING,
        r"\s*(?:usd\s*)?(?:/|per\b|a\b|every\b|each)\s*(?:mo|mos|month|mth|yr|year|week|wk|day|night)s?\b|\s*(?:monthly|annually|yearly)\b",
    ),
    (Role.UNIT, r"\s*(?:/|per\b)\s*\w+|\s*a\s+(?:pair|piece|pop|bottle|roll|pound|lb|person)\b"),
    (Role.EACH, r"\s*(?:\([^)]*\)\s*)?(?:each\b|ea\b|apiece\b|pp\b)"),
    (Role.LIMIT, r"\s*(?:or|and|&)\s+(?:less|under|below|lower)\b"),
    (Role.FROM, r"\s*(?:&|and)\s+up\b"),
    (Role.THRESHOLD, r"\+?\s*(?:minimum|min\b|purchases?\b|orders?\b|spend\b|or more\b|cap\b|limit\b)"),
    (
        Role.OFF,
        rf"{_WORDS}{{0,3}}?\s*\b(?:gift\s?cards?|giftcards?|e-?gift|gc\b|credit|cash\s?back|cash\b"
        r"|voucher|rewards?|bonus|class action)",
    ),
    (Role.OFF, rf"\s*(?:mail[- ]in\s+|instant\s+|{_WORDS}\s+)?(?:rebates?\b|mir\b|coupon\b(?! code))"),
    (
        Role.OFF,
        r"\s*(?:in\s+[\w.'’]+\s+(?:cash|rewards|credit)|\+\s*off\b|[-–]?\s*(?:instantly\s+)?off\b|discount"
        r"|(?:bundle\s+|instant\s+|in\s+)?savings?\b|saved\b|ir\b|back\b|more off\b)",
    ),
    (Role.OFF, r"\s*(?:drop\b|low\b|cheaper|less\b|under\b|below\b|price (?:drop|cut)|best\b)"),
    (Role.LIST, rf"\+?{_WORDS}{{0,2}}?\s+(?:value|msrp|rrp|elsewhere|retail|(?:regular|list|typical|normal|original) price)\b"),
    (Role.LIST, r"\s*(?:reg\b|list\b|value\b)"),
    (
        Role.SHIPPING,
        r"\s*(?:flat[- ]?(?:rate)?\s*|expedited\s+|standard\s+)?(?:delivery|shipping|ship\b|s\s?&\s?h\b|s/h|sh\b|postage|p&p)",
    ),
    (Role.SALE, rf"{_WORDS}{{0,2}}?\s+(?:sale|deals|event|clearance|doorbusters?|finds)\b"),
    (Role.OTHER, r"\s+(?:for|worth)\s+(?:of\s+)?\$|\s+worth\b"),
    (
        Role.MULTI,
        r"\s+for\s+(?:any\s+)?(?:[2-9]|1\d|two|three|four)\b(?!\s?[-\w\"'.]|\s+(?:months?|years?|days?|pairs?|packs?|pieces?|hours?))",
    ),
    (Role.FROM, r"\+(?=\s*(?:$|[,;.)!]))"),
)
_LEFT: tuple[tuple[Role, str], ...] = (
    (Role.FINAL, r"=\s*|\bfinal(?: cost| price)?:?\s*"),
    (Role.LIMIT, r"\b(?:under|below|less than|cheaper than)\s*"),
    (Role.OFF, rf"\b(?:up to|as much as|max(?:imum)?(?: discount)?(?: of)?|cap(?:ped)?(?: at| of)?){_HEDGE}"),
    (Role.FROM, rf"\b(?:starting(?: at| from)?|starts?(?: at| from)?|low as|little as|beginning at|prices from|from){_HEDGE}:?\s*"),
    (
        Role.OFF,
        rf"\b(?:save|saving|savings? of|discount of|extra|additional|further"
        rf"|take|rebate of|minus|low by|off by|drop of|dropped|get|after -){_HEDGE}-?\s*",
    ),
    (
        Role.THRESHOLD,
        rf"\b(?:off|orders(?: of| over)?|order (?:of|over)|purchases?(?: of| over)?|spend(?:ing)?|on|over"
        rf"|min(?:imum)?\.?(?: spend)?(?: of)?|when you buy)\s*(?:of\s*)?{_HEDGE}",
    ),
    (Role.THRESHOLD, r"\b(?:shipping|s/h|s&h|ship|delivery|pickup|pick-up)\s+(?:w/|with|at|for|over|on)\s*"),
    (Role.SHIPPING, r"\b(?:shipping|delivery|s/h|s&h|postage)\s+(?:is|adds|costs|fee(?: of)?)\s*"),
    (
        Role.LIST,
        r"\b(?:was|were|previously|valued? (?:at|of)|worth|list(?:ed)?(?: price)?(?: of| at| for| is)?"
        r"|reg(?:ular(?:ly)?)?\.?(?: price)?(?: of| is)?|msrp(?: of| is)?:?"
        r"|orig(?:inal(?:ly)?)?\.?(?: price)?|normally|usually|compared?(?: at| to| with)?|comp\.?(?: value)?|rrp|srp"
        r"|retails?(?: for| at| price)?|typical(?:ly)?(?: price)?(?: of)?|(?:down|reduced|dropped|cut) from|sells? (?:for|at)"
        rf"|you'd pay|before|instead of|vs\.?|than|has been):?{_HEDGE}",
    ),
    (Role.OTHER, r"\$[\d.,]+\s+for\s+"),
    (Role.MULTI, r"(?<![\w.])\d{1,2}(?:\s?/\s?|\s+x\s+)"),
)
_RIGHT_RULES = [(role, re.compile(pattern, re.I)) for role, pattern in _RIGHT]
_LEFT_RULES = [(role, re.compile(rf"(?:{pattern})$", re.I)) for role, pattern in _LEFT]
_SUM_AFTER = re.compile(
    r"\s*[-–—]\s*\(?\s*(?:\$\s?(?P<marked>\d[\d,]*(?:\.\d\d?)?)"
    r"|(?P<bare>\d+(?:\.\d\d?)?)(?![\d.])(?!\s?[A-Za-z\"'-]|\s*%)"
    r"|\d+(?:\.\d\d?)?\s?(?:sale|promo|code|mir|rebate|off|coupon|instant)\b)",
    re.I,
)
_MINUS = re.compile(r"\s*[-–—]\s*\(?\s*")
_SUBTRAHEND = re.compile(r"\d\.\d\d\s*[-–—]\s*$|(?:after|w/|with|and|&|\+|plus|[-–—])\s*$(?P<code>)", re.I)
_CODE = re.compile(r"\s*(?:promo|coupon|code|instant)", re.I)
_FORMER = re.compile(r"[\s,;(]*(?:down |reduced )?from\s*(?:its|the|a)?\s*", re.I)
_COUNT_FOR = re.compile(
    r"(?P<lead>\S*)(?:^|\s|\()\(?(?P<count>[1-9]|1\d|two|three|four|five|six)\)?\s+for\s+(?:just\s+|only\s+)?$", re.I
)
# "Switch 2 for $449" names a product, "Air freshener 2 for $3" a multi-buy. Only these words before the number tell them apart;
# a product that is not among them is refused, as a wrong price is worse than none.
_GENERATIONS = re.compile(
    r"(?:playstation|xbox|switch|quest|pixel|iphone|ipad|galaxy|airpods|buds|watch|series|gen|generation|mini|pro|max"
    r"|air|ultra|plus|note|fold|flip|dot|show|echo|stick|hub|hero|gopro|fenix|charge|versa|sense|band|tab|surface"
    r"|windows|wifi|wi-fi|usb|bluetooth|pcie|mark|mk|part|vol|volume|season|version|model|type|edition|chapter"
    r"|episode)"
)


def find_money(text: str) -> list[Mention]:
    """Every amount in `text` with its role, in order."""
    found: list[Mention] = []
    for match in _MONEY.finditer(text):
        amount, currency = _value(match), _currency(match)
        role = Role.UNREADABLE if _is_unreadable(match, text) else _role(text, match.start(), match.end(), found, amount)
        found.append(Mention(amount, currency, role, match.start(), match.end()))
    return found


def _value(match: re.Match[str]) -> float:
    digits = match["amount"] or match["bare"]
    if re.search(r",\d{1,2}$", digits):  # a decimal comma: 1.299,00 or 12,50
        digits = digits.replace(".", "").replace(",", ".")
    amount = float(re.sub(r"[,\s]", "", digits))
    return amount / 100 if match["after"] == "¢" else amount


def _currency(match: re.Match[str]) -> str | None:
    return _CURRENCY.get((match["sign"] or match["after"]).upper().replace(" ", "")[:2])


def _is_unreadable(match: re.Match[str], text: str) -> bool:
    """ "$1 875 laptop" and "$2.5k": more digits follow than were read, so the amount is none that one may trust."""
    return match["sign"] is not None and bool(_UNREADABLE.match(text, match.end()))


def _role(text: str, start: int, end: int, before: list[Mention], amount: float) -> Role:
    left, right = text[max(0, start - 60) : start + (text[start] == "=")], text[end : end + 80]
    if amount == 0:
        return Role.ZERO
    between = text[before[-1].end : start] if before else ""
    if text[start] != "=" and (role := _role_in_sum(left, right, before, between, amount)):
        return role
    role = _role_by_words(left, right)
    return Role.ALTERNATIVE if role in (Role.PRICE, Role.FINAL) and _is_aside(text, start, before) else role


def _role_by_words(left: str, right: str) -> Role:
    for role, pattern in _RIGHT_RULES:
        if pattern.match(right):
            return role
    for role, pattern in _LEFT_RULES:
        if pattern.search(left):
            return role
    return Role.MULTI if _is_multi_buy(left) else Role.PRICE


def _role_in_sum(left: str, right: str, before: list[Mention], between: str, amount: float) -> Role | None:
    """The part in "$70 - $20 MIR = $50", "$37 from $69", "$40-$60": what the amount is relative to its neighbours."""
    if before and before[-1].role in (Role.PRICE, Role.FINAL) and _FORMER.fullmatch(between):
        return Role.LIST
    if before and _MINUS.fullmatch(between):
        return Role.OFF if amount <= before[-1].amount else Role.FROM
    if (found := _SUBTRAHEND.search(left)) and (found["code"] is None or _CODE.match(right)):
        return Role.OFF
    if difference := _SUM_AFTER.match(right):
        less = difference["marked"] or difference["bare"]
        return Role.FROM if less and float(less.replace(",", "")) > amount else Role.BEFORE
    return None


def _is_aside(text: str, start: int, before: list[Mention]) -> bool:
    """In brackets that open after the price was named."""
    earlier = next((each for each in before if each.role in (Role.PRICE, Role.FINAL)), None)
    between = text[earlier.end : start] if earlier else ""
    return between.count("(") + between.count("[") > between.count(")") + between.count("]")


def _is_multi_buy(left: str) -> bool:
    match = _COUNT_FOR.search(left)
    if not match:
        return False
    lead = match["lead"].lower()
    return not _GENERATIONS.fullmatch(lead) and not re.search(r"\d[-–/]?$", lead)
