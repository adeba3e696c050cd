"""Says what part an amount plays: the price, a saving, a threshold, shipping, a former price.

A role is read off the words directly before and after the amount, and off its neighbours in a sum or range. Reads legible text.
"""

import re

from scanner.prices.mention import Mention, Role
from scanner.prices.neighbours import behind_joined, is_joined, number_of, role_beside
from scanner.prices.sales import SALE, is_of_one

_WORDS = r"(?:\s(?!(?:with|after|and|plus|or|on|at|in|for|from|during|free|no|not|use|using|via|shipped)\b)\w[\w'&-]{0,30})"
_HEDGE = r"(?:\s(?:just|only|about|around|over|roughly|its|the|a|an|extra|another|at least|additional)){0,4}\s?~?\s?"
_FALLEN = r"(?:down|reduced|drop(?:s|ped)?|cut|fell|falls|lowered|slashed|discounted|marked down)"
_NOT_FALLEN = "".join(
    rf"(?<!\b{word} )"
    for word in ["down", "reduced", "drops", "dropped", "drop", "cut", "fell", "falls", "lowered", "slashed", "discounted"]
)

# "Carry-On $89" and "Clip On $12" name things, "free shipping on $35" a threshold.
_NOT_WORN = "".join(
    rf"(?<!\b{word}[- ])"
    for word in ["carry", "clip", "slip", "pull", "add", "bolt", "snap", "strap", "screw", "plug", "roll", "stick", "ride", "push"]
)

# Tried in order; the first that matches gives the role. Left patterns end where the amount starts, right ones start where it ends.
_RIGHT: tuple[tuple[Role, str], ...] = (
    (
        Role.RECURRING,
        r"\s?(?:/|per\b|a\b|every\b|each)\s?(?:mo|mos|month|mth|yr|year|quarter|fortnight|week|wk|day|night|hour|hr)s?\b"
        r"|\s(?:for\s)?(?:the\s|your\s)?(?:1st|first)\s(?:[2-9]\s)?(?:months?|mo|years?|weeks?|box)\b"
        r"|\s?(?:monthly|annually|yearly|weekly|fortnightly|hourly|p/?m|pcm)\b"
        r"|\s?(?:x|×|\*|for|over|/)\s?\d{1,3}[ -]?(?:months?|mos?\b|(?:[\w-]{1,14}\s){0,2}(?:payments?|instal?lments?))",
    ),
    (Role.UNIT, r"\s?(?:/|per\b)\s?\w|\s?a\s(?:pair|piece|pop|bottle|roll|pound|lb|person)\b"),
    (Role.EACH, r"\s?(?:\([^)]{0,40}\)\s?)?(?:each\b|ea\b|apiece\b|pp\b)"),
    (Role.LIMIT, r"\s?(?:or|and|&)\s(?:less|under|below|lower)\b"),
    (Role.FROM, r"\s?(?:&|and)\s(?:up|above|upwards?)\b|\s?(?:onwards?|upwards?)\b"),
    (
        Role.THRESHOLD,
        r"\+?\s?(?:minimum|min\b|purchases?\b|orders?\b|spend\b|or more\b|cap\b"
        r"|limit\b(?!:?\s(?:of\s)?(?:[0-9]|one|two|three|four|five)\b))",
    ),
    (
        Role.OFF,
        rf"{_WORDS}{{0,3}}?\s?\b(?:gift\s?cards?|giftcards?|e-?gift|gc\b|credit|cash\s?back|cash\b"
        r"|voucher|rewards?|bonus|class action)",
    ),
    (Role.OFF, rf"\s?(?:mail[- ]in\s|instant\s|{_WORDS}\s)?(?:rebates?\b|mir\b|coupon\b(?! code))"),
    (
        Role.OFF,
        r"\s?(?:in\s[\w.']{1,30}\s(?:cash|rewards|credit)|\+\s?off\b|[-–]?\s?(?:instantly\s)?off\b|discount"
        r"|(?:bundle\s|instant\s|in\s)?savings?\b|saved\b|ir\b|more off\b"
        r"|back\b(?!\s(?:again|in\s(?:stock|store)|to\s(?:school|college)|order)))",
    ),
    (
        Role.OFF,
        r"\s?(?:drop\b|low\b(?!-|\s(?:price|stock|profile|top|rise))|cheaper|less\b|under\b(?!\sarmou?r\b)|below\b"
        r"|price (?:drop|cut)|best\b(?!\s(?:buy\b(?!\s(?:coupon|code|promo|certificate))|price|deal|ever|sell(?:er|ing))\b))",
    ),
    (Role.LIST, rf"\+?{_WORDS}{{0,2}}?\s(?:value|msrp|rrp|elsewhere|retail|(?:regular|list|typical|normal|original) price)\b"),
    (Role.LIST, r"\s?(?:reg\b|list\b|value\b)|~~"),  # "~~" strikes through
    (
        Role.SHIPPING,
        r"\s?(?:flat[- ]?(?:rate)?\s?|expedited\s|standard\s)?(?:delivery|shipping|ship\b|s\s?&\s?h\b|s/h|sh\b|postage|p&p)",
    ),
    (
        Role.OTHER,
        r"\s(?!before\b|without\b|no\b|excluding\b|including\b)(?:[a-z]{1,15}\s)?(?:fees?|(?:sur)?charges?"
        r"|installation|assembly)\b"
        r"|\s(?:sales\s)?tax(?:es)?\b(?!\s(?:free|incl|excl))",
    ),
    (Role.SALE, rf"{_WORDS}{{0,2}}?\s{SALE}\b"),
    (Role.OTHER, r"\s(?:for|worth)\s(?:of\s)?\$|\sworth\b"),
    (
        Role.OTHER,
        r"\s(?:down(?:\s?payment\b|\s?(?:$|[,;+)&]))|(?:pre-?order\s)?deposit\b|up-?\s?front\b|due\s(?:today|now"
        r"|at)\b|(?:to\s)?reserv)",
    ),
    (
        Role.MULTI,
        r"\sfor\s(?:any\s)?(?:[2-9]|1\d|two|three|four)\b(?!\s?[-\w\"'.]|\s(?:months?|years?|days?|pairs?|packs?"
        r"|pieces?|hours?))",
    ),
    (Role.FROM, r"\+(?=\s?(?:$|[,;.)!]))"),
)
_LEFT: tuple[tuple[Role, str], ...] = (
    (
        Role.RECURRING,
        r"\b(?:monthly(?:\s(?:payments?|price|cost|rate|fee))?(?:\sof|\sat|:)?|(?:payments?|instal?lments?)\s(?:of|at)"
        rf"|\d{{1,2}}\s?(?:months?|mos?)\s?(?:at|of|@|x|×)){_HEDGE}",
    ),
    (Role.FINAL, r"=\s?|\bfinal(?: cost| price)?:?\s?"),
    (Role.LIMIT, r"\b(?:under|below|less than|cheaper than)\s?"),
    (
        Role.OFF,  # "iPhone 15 Pro Max $999" and "Baseball Cap $8" name things
        r"\b(?:up to|as much as|max(?:imum)? (?:discount|savings?)(?: of)?|max of|maximum(?: of)?|cap of|capped(?: at| of)?)"
        rf"{_HEDGE}",
    ),
    (Role.OFF, rf"(?:[(\[,;:%]\s?|[-–|]\s|\boff\s)(?:max|cap(?: at)?)\b{_HEDGE}"),
    (
        Role.FROM,
        rf"\b(?:starting(?: at| from)?|starts?(?: at| from)?|low as|little as|beginning at|between|prices from"
        rf"|{_NOT_FALLEN}from){_HEDGE}:?\s?",
    ),
    (Role.FROM, r"\b(?:bids?|bidding|auction)(?:\s(?:starts?|starting|opens|begins))?(?:\s(?:at|of|from))?:?\s?"),
    (
        Role.OFF,
        rf"\b(?:saves?(?: you)?|saving|savings? of|discount of|extra|additional|further"
        rf"|take|rebate of|minus|low by|off by|drop of|dropped|get|after -){_HEDGE}-?\s?",
    ),
    (
        Role.THRESHOLD,
        rf"\b(?:off|orders(?: of| over)?|order (?:of|over)|purchases?(?: of| over)?|spend(?:ing)?|{_NOT_WORN}(?:on|over)"
        rf"|min(?:imum)?\.?(?: spend)?(?: of)?|when you buy)\s?(?:of\s?)?{_HEDGE}",
    ),
    (Role.THRESHOLD, r"\b(?:shipping|s/h|s&h|ship|delivery|pickup|pick-up)\s(?:w/|with|at|for|over|on)\s?"),
    (Role.SHIPPING, r"\b(?:shipping|delivery|s/h|s&h|postage)\s(?:is|adds|costs|fee(?: of)?)\s?"),
    (
        Role.LIST,
        r"\b(?:was|were|previously|valued? (?:at|of)|worth|list(?:ed)?(?: price)?(?: of| at| for| is)?"
        r"|reg(?:ular(?:ly)?)?\.?(?: price)?(?: of| is)?|msrp(?: of| is)?:?"
        r"|orig(?:inal(?:ly)?)?\.?(?: price)?|normally|usually|compared?(?: at| to| with)?|comp\.?(?: value)?|rrp|srp"
        rf"|retails?(?: for| at| price)?|typical(?:ly)?(?: price)?(?: of)?|{_FALLEN} from|sells? (?:for|at)"
        rf"|you'd pay|before|instead of|vs\.?|than|has been):?{_HEDGE}",
    ),
    (Role.OFF, r"[(\[]-\s?"),
    (Role.OTHER, r"\$[\d.,]{1,12}\sfor\s"),
    (Role.MULTI, r"(?<![\w.$£€])\d{1,2}(?:\s?/\s?|\sx\s|x\s)"),
)
_RIGHT_RULES = [(role, re.compile(pattern, re.I)) for role, pattern in _RIGHT]
_LEFT_RULES = [(role, re.compile(rf"(?:{pattern})$", re.I)) for role, pattern in _LEFT]
_RANGE_AFTER = re.compile(
    r"\s?(?:to|thru|through|until|~|…|\.{2,3})\s?(?:just\s)?[$£€]?\s?(?P<upper>\d[\d,]{0,12}(?:\.\d\d?)?)(?!\d|\s?%)", re.I
)
_COUNT_FOR = re.compile(
    r"(?P<lead>\S{0,40})(?:^|\s|\()\(?(?P<count>[1-9]|1\d|two|three|four|five|six)\)?[\s-]for[\s-](?:just\s|only\s)?$", re.I
)
# "Switch 2 for $449" names a product, "Air freshener 2 for $3" a multi-buy. Only these words before the number tell them apart;
# a product that is not among them is refused, as a wrong price is worse than none.
_GENERATIONS = re.compile(
    r"(?:playstation|xbox|switch|quest|pixel|iphone|ipad|galaxy|airpods|buds|watch|series|gen|generation|mini|pro|max"
    r"|air|ultra|plus|note|fold|flip|dot|show|echo|stick|hub|hero|gopro|fenix|charge|versa|sense|band|tab|surface"
    r"|windows|wifi|wi-fi|usb|bluetooth|pcie|mark|mk|part|vol|volume|season|version|model|type|edition|chapter"
    r"|episode)"
)
_NUMBERED = re.compile(r"\d[-–/]?$")
# Behind a price: "$199 + shipping $15". Before one it belongs to the thing: "assembly + delivery $499".
_ADDED_SHIPPING = re.compile(r"[+&,;(]\s?(?:shipping|delivery|postage|s\s?&\s?h|s/h)(?:\s(?:costs?|fee))?(?:\sof)?:?\s?$", re.I)
# "$228 shipping $15": the first is the price.
_NEXT_SHIPPING = re.compile(
    r"\s?(?:shipping|delivery|postage|s\s?&\s?h|s/h)(?:\s(?:costs?|fee|is|for))?(?:\sof)?:?\s?[$£€]\s?\d", re.I
)
_SIDE = 200  # characters before an amount in which a bracket may have opened


def role_of(text: str, start: int, end: int, before: list[Mention], amount: float) -> Role:
    """The role of the amount at text[start:end], where `before` are those before it."""
    left, right = text[max(0, start - 60) : start + (text[start] == "=")], text[end : end + 80]
    if amount == 0:
        return Role.ZERO
    between = text[before[-1].end : start] if before else ""
    if text[start] != "=" and (role := role_beside(left, right, before, between, amount)):
        return role
    if (is_joined(before, between) and before[-1].role is Role.OFF) or _is_off(behind_joined(right, amount)):
        return Role.OFF
    is_one = not before and is_of_one(text[max(0, start - _SIDE) : start], right)
    role, is_priced = _role_by_words(left, right, is_one=is_one), any(each.role in (Role.PRICE, Role.FINAL) for each in before)
    if role is Role.PRICE and is_priced and (_ADDED_SHIPPING.search(left) or _NEXT_SHIPPING.fullmatch(f"{between}$0")):
        return Role.SHIPPING
    if role is Role.SHIPPING and not is_priced and _NEXT_SHIPPING.match(right):
        role = Role.PRICE
    if role is Role.PRICE and (to := _RANGE_AFTER.match(right)) and number_of(to["upper"]) > amount:
        return Role.FROM
    return Role.ALTERNATIVE if role in (Role.PRICE, Role.FINAL) and _is_aside(text, start, before) else role


def is_generation(left: str) -> bool:
    """Whether the word that ends here is mostly followed by a product's number, as in "Switch 2"."""
    return _GENERATIONS.fullmatch(left.rstrip().rpartition(" ")[2].lower()) is not None


def _role_by_words(left: str, right: str, *, is_one: bool) -> Role:
    for role, pattern in _RIGHT_RULES:
        if pattern.match(right) and not (is_one and role is Role.SALE):
            return role
    for role, pattern in _LEFT_RULES:
        if pattern.search(left):
            return role
    return Role.MULTI if _is_multi_buy(left) else Role.PRICE


def _is_off(right: str | None) -> bool:
    return right is not None and any(role is Role.OFF and pattern.match(right) for role, pattern in _RIGHT_RULES)


def _is_aside(text: str, start: int, before: list[Mention]) -> bool:
    """In brackets that open after the price was named."""
    earlier = next((each for each in before if each.role in (Role.PRICE, Role.FINAL)), None)
    between = text[max(earlier.end, start - _SIDE) : start] if earlier else ""
    return between.count("(") + between.count("[") > between.count(")") + between.count("]")


def _is_multi_buy(left: str) -> bool:
    match = _COUNT_FOR.search(left)
    if not match:
        return False
    lead = match["lead"].lower()
    return not _GENERATIONS.fullmatch(lead) and not _NUMBERED.search(lead)
