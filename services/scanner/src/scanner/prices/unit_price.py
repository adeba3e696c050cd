"""Reads what one ounce, foot or piece of a deal costs, where its texts say so or say surely how many there are.

    "24-pack for $12" -> 0.50 a piece; "($0.12/oz)" -> 0.12 an ounce; "3 x 500 ml" for 6 dollars -> 4.00 a litre

A wrong one is worse than none: what may count something else is left alone. Knows no currency: it is that of the price.
"""

import re
from collections.abc import Iterator

from common.deals import UnitPrice
from scanner.prices.legible_text import legible
from scanner.prices.rule_extractor import MAX_TEXT, MAX_TITLE

_UNITS: dict[str, str] = {
    "fluid ounce": r"fl\.?\s?oz\.?|fluid\sounces?",
    "ounce": r"oz\.?|ounces?",
    "pound": r"lbs?\.?|pounds?",
    "kilogram": r"kgs?|kilo(?:gram)?s?",
    "gram": r"g|grams?",
    "litre": r"l|lit(?:er|re)s?",
    "millilitre": r"ml",
    "gallon": r"gal\.?|gallons?",
    "square foot": r"sq\.?\s?(?:ft|foot)\.?|square\sf(?:oo|ee)t",
    "foot": r"ft\.?|foot|feet",
    "yard": r"yds?\.?|yards?",
    "sheet": r"sheets?",
    "roll": r"rolls?",
    "pod": r"pods?|k-cups?",
    "load": r"loads?",
    "can": r"cans?",
    "bottle": r"bottles?",
    "bar": r"bars?",
    "battery": r"batter(?:y|ies)",
    "bulb": r"bulbs?",
    "tablet": r"tablets?|capsules?|pills?",
    "bag": r"bags?",
    "gigabyte": r"gb|gigabytes?",
    "terabyte": r"tb|terabytes?",
    "piece": r"counts?|ct\.?|pcs?\.?|pieces?|units?|items?",
}
_NAMES = [(re.compile(pattern, re.I), unit) for unit, pattern in _UNITS.items()]
_SAID = re.compile(
    rf"(?:\$\s?(?P<dollars>\d{{1,4}}(?:\.\d{{1,3}})?|\.\d{{1,3}})|(?<![\d.,$])(?P<cents>\d{{1,2}}(?:\.\d{{1,2}})?)\s?(?:¢|cents?\b))"
    rf"\s?(?:(?:/|\bper\s|\ba(?:n)?\s)\s?(?P<unit>{'|'.join(_UNITS.values())})(?![\w-]|\.\w)|(?P<each>each|ea\.?|apiece)(?!\w))",
    re.I,
)
_NO_PRICE = re.compile(
    r"\b(?:from|up to|as low as|starting at|save|saves|saving|off|was|reg|regularly|normally|extra|to|vs\.?)\W{0,2}$|~\s?$", re.I
)
_COUNT = re.compile(
    r"(?<![\d.,/$#x-])(?:(?P<hyphened>\d{1,2},\d{3}|\d{1,4})\s?-\s?(?:pack|pk|count|ct|pcs)|(?P<worded>\d{1,4})\s?(?:count|ct|pk|pcs)"
    r"|(?<=[(,])\s?(?P<aside>\d{1,4})\s?pack|(?:pack|box|case)\sof\s(?P<of>\d{1,4}))\b(?!\s?-?in\b)\.?",
    re.I,
)
_SEVERAL = re.compile(
    r"(?<![\d.,/$#x-])(?P<count>[2-9]|[1-9]\d)\s?[x×]\s?(?P<size>\d{1,4}(?:\.\d{1,2})?)\s?-?(?P<unit>fl\.?\s?oz|oz|ml|kg|(?-i:g|l|L))(?![\w/])",
    re.I,
)
# What holds more than equal pieces, or another number of them than is written, and what is no number of pieces at all.
_MIXED = re.compile(
    r"\b(?:bundle|kit|sets?|combo|assort(?:ed|ment)|variety|mixed|system|total|plus|tool\s?box|bonus|backpack|daypack|choose|select"
    r"|up to|refill|starter|deck|puzzle|lego|building|dinnerware|cookware|socket|bit|playset|watch)\b"
    r"|\s[+&]\s(?!free|\$|s&s|more\b)|\bfree\s(?!s\s?[&/]|s/?h|shipping|delivery|ship|pick|prime|store|returns?)|\b(?:w/|with)\s(?!amazon|(?:sub|promo)\b|prime|s&s|subscribe|code|coupon|free)"
    r"|\bfor\s\d+\s?months?\b|\d\s(?:or|to)\s\d|\bmore\s(?:sizes|options)\b|\bor\s\d",
    re.I,
)
_METRIC = {"millilitre": ("litre", 1_000.0), "gram": ("kilogram", 1_000.0)}
_ROUND = 4  # decimals


def read_unit_price(title: str, text: str, price: float) -> UnitPrice | None:
    """What one unit costs of what costs `price` by itself, in the same currency; None where that is not sure."""
    plain = legible(title[:MAX_TITLE])
    for each in (plain, legible(text[:MAX_TEXT])):
        said = list(_said(each, price))
        if said:
            is_one = len({one and (one.price, one.unit) for one in said}) == 1
            return said[0] if is_one else None
    return _reckoned(plain, price)


def _said(text: str, price: float) -> Iterator[UnitPrice | None]:
    """All that are said; None for one that does not fit the price."""
    for found in _SAID.finditer(text):
        amount = float(found["dollars"]) if found["dollars"] else float(found["cents"]) / 100
        if not 0 < amount < price or _NO_PRICE.search(text[max(0, found.start() - 20) : found.start()]):
            continue
        if found["each"]:
            yield UnitPrice(price=amount, unit="piece") if _is_share(amount, price) else None
        else:
            yield UnitPrice(price=amount, unit=_unit(found["unit"]))


def _is_share(amount: float, price: float) -> bool:
    """Whether a whole number of pieces at this amount make the price, to the cent by which an amount is rounded."""
    count = round(price / amount)
    return count >= 2 and abs(price / count - amount) <= 0.0101


def _reckoned(title: str, price: float) -> UnitPrice | None:
    if _MIXED.search(title):
        return None
    several, counts = list(_SEVERAL.finditer(title)), {_number(found) for found in _COUNT.finditer(title)}
    if len(several) == 1 and not counts:
        return _by_size(several[0], price)
    if several or len(counts) != 1:
        return None
    (count,) = counts
    return UnitPrice(price=round(price / count, _ROUND), unit="piece") if count >= 2 else None


def _by_size(found: re.Match[str], price: float) -> UnitPrice | None:
    unit, whole = _unit(found["unit"]), int(found["count"]) * float(found["size"])
    unit, parts = _METRIC.get(unit, (unit, 1.0))
    return UnitPrice(price=round(price * parts / whole, _ROUND), unit=unit) if whole else None


def _number(found: re.Match[str]) -> int:
    return int(next(filter(None, found.groups())).replace(",", ""))


def _unit(written: str) -> str:
    return next(unit for pattern, unit in _NAMES if pattern.fullmatch(written))
