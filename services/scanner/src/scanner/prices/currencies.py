"""Which currency the sign or the code beside an amount names. A plain dollar sign names none: it means that of the feed.

"C$299", "CAD 299", "$299 CAD" and "$299 (CAD)" say one thing. Rare codes, some of which are words, count in capitals only.
"""

import re

_KNOWN = "USD|CAD|CDN|AUD|NZD|HKD|SGD|MXN|TWD"
_RARE = "ARS|BBD|BMD|BND|BRL|BSD|BZD|CLP|COP|DOP|FJD|GYD|JMD|NAD|TTD|UYU|XCD"
SIGN = (
    rf"(?:US|U\.S\.|AU|CA|NZ|HK|SG|MX|NT)\s?\$|(?:{_KNOWN})\s?\$?|(?:Can|Mex|[ACSR])\$|\${{1,2}}|£|€"
    r"|(?:EUR|GBP)(?=\s?[0-9][0-9.,' ]{0,12}[.,][0-9]{2,3}\b)"  # not a shoe's size
    r"|=(?=\s?[0-9]{1,9}\.[0-9]{2}\b)"
)
CODE = rf"\s?[(\[]?(?P<code>{_KNOWN}|(?-i:{_RARE}))\b[)\]]?"
AFTER = rf"(?:CAD|AUD|USD|NZD)?\$|€|£|¢|(?:{_KNOWN}|EUR|GBP|euros?|dollars?|bucks|quid)\b"
DOT_THOUSANDS = frozenset({"EUR", "ARS", "BRL", "CLP", "COP", "UYU"})  # of countries that write 1.299 for 1299
_NAMES = {
    "CDN": "CAD",
    "CAN": "CAD",
    "A": "AUD",
    "C": "CAD",
    "S": "SGD",
    "R": "BRL",
    "NT": "TWD",
    "MEX": "MXN",
    "€": "EUR",
    "£": "GBP",
}
_NAMES |= {"US": "USD", "AU": "AUD", "CA": "CAD", "NZ": "NZD", "HK": "HKD", "SG": "SGD", "MX": "MXN", "EURO": "EUR", "EUROS": "EUR"}
_NAMES |= {"QUID": "GBP"} | {code: code for code in f"{_KNOWN}|{_RARE}|EUR|GBP".split("|") if code != "CDN"}
# A code that stands for all amounts of a title: "[CAD]", "(prices in AUD)".
_OF_ALL = re.compile(
    rf"[(\[](?:all\s)?(?:prices?\s)?(?:are\s)?(?:in\s)?(?P<code>{_KNOWN})[)\]]"
    rf"|\bprices?\s(?:are\s)?in\s(?P<said>{_KNOWN})\b",
    re.I,
)


def currency_of(sign: str) -> str | None:
    """The ISO code that a sign, code or word beside an amount stands for; None for a plain dollar sign."""
    return _NAMES.get(re.sub(r"[\s$.]", "", sign).upper())


def currency_of_all(title: str) -> str | None:
    """The ISO code that a title gives for all its amounts, else None."""
    found = _OF_ALL.search(title)
    return currency_of(found["code"] or found["said"]) if found else None
