"""Words of a title that make its amount no price of one thing: contracts, instalments, several pieces, sweepstakes, whole sales.

Read of legible text. "No contract" and "no activation required" are no terms.
"""

import re

from scanner.prices.legible_text import legible

_TERM = (
    r"(?:trade[- ]?ins?|activations?(?!\s(?:code|key|card))|new\slines?|port[- ]?ins?|(?<!bridge\s)contracts?|bill\scredits?"
    r"|(?:service|data|voice|phone|wireless|carrier|unlimited|eligible|qualifying|monthly|finance|instal?lment)\splans?"
    r"|instal?lments?|financing|approved\scredit|credit\sapproval"
    r"|(?:two|[0-9]{1,2})[- ]?(?:y(?:ea)?r|mo(?:nth)?)s?\.?\s(?:agreement|commitment|term)|autopay)"
)
_REQUIRED = r"(?:\s(?:is|are))?\s(?:required|req(?:'?d)?\b|needed|necessary|mandatory|only)"
_NO_TERM = re.compile(rf"\b(?:no|not|without|w/o|zero|non)[\s-](?:[\w-]{{1,15}}\s){{0,2}}?{_TERM}\b(?:{_REQUIRED})?", re.I)
_CONDITIONAL = re.compile(
    rf"(?:\b(?:with|requires?|after|via|when\syou|when\syour|on)\b|\bw/)\s?(?:[\w$.'-]{{1,20}}\s){{0,4}}?(?<!voice\s){_TERM}\b"
    rf"|\b{_TERM}{_REQUIRED}|[(\[][^()\[\]]{{0,40}}\b{_TERM}[)\]]|\bactivation\sfees?\b|\bmust\s(?:activate|port|switch|finance|trade|buy|purchase)\b"
    r"|\b(?:when|if)\syou\s(?:(?:switch|port|activate|finance|trade|sign\sup)\b|add\s(?:an?|one|1|another)\s(?:new\s)?line\b)|\b(?:when|if)\s(?:you\s)?(?:buy|buying|purchase|purchasing|bundle)\s(?:any\s)?(?:[2-9]|two|three|four|more)\b"
    r"|\bmin(?:imum)?\.?\s(?:of\s|qty\.?\s|quantity\s|order\s){0,2}[2-9]\b(?!\s?[-\w\"'.%])",
    re.I,
)
_GIVEN_AWAY = re.compile(
    r"\b(?:give-?\s?aways?|sweep(?:stake)?s|raffles?|lottery|prize\s(?:draw|pool|worth)|contests?|chance\sto\swin"
    r"|enter\s(?:now\s)?(?:to|for)\s(?:a\schance|win)|(?:to|and|&|could|can)\swin|win\s(?:an?|this|one|the|your|up\sto|[$£€]))(?!\w)"
    r"|^\W{0,3}win\b(?!\s?1?[0-9]\b)",
    re.I,
)
_FOR_UNITS = (
    r"(?!\s?(?:months?|mos?|years?|yrs?|days?|hours?|weeks?|people|persons?|pairs?|packs?|pieces?|[gt]b|in\b|ft|lbs?|oz)\b)"
)
_COUNT = r"(?:[1-9]|1[0-9]|one|two|three|four|five|six)"
_SEVERAL = re.compile(
    r"\b(?:2nd|second)\s(?:(?:one|item|pair|piece)\s)?(?:(?:is|for|at)\s)?(?:half\b|free\b|[0-9]{1,2}\s?%|[$£€])"
    r"|\b(?:bogof?\w{0,3}|b[1-9]g[1-9]\w{0,2}|mix\s(?:&|and|n|'n'?)\smatch"
    rf"|buy\s(?:any\s)?(?:[0-9]|one|two|three|more)\b[^.$%]{{0,30}}?[\s,]get)\b"
    rf"|(?<![\w.-]){_COUNT}[\s-]for[\s-](?:the\sprice\sof\s{_COUNT}\b|{_COUNT}\b(?![\"'-]|[.,][0-9]){_FOR_UNITS})",
    re.I,
)
_EVERYTHING = re.compile(
    r"\b(?:everything|sitewide|storewide|all (?:items|orders|products)|hundreds of|thousands of"
    r"|off (?:any|all|select|most|your|everything))\b",
    re.I,
)
# A price that holds with another thing alone: "$249 (with purchase of a chip)", "$140 w/ motherboard purchase". Read of what
# follows the price; what is given, sent or taken off "with purchase" is told before that.
_OF_ANOTHER = re.compile(
    r"^(?:(?![+&]|\b(?:free|gift|bonus|plus|extra|off|save|ship\w{0,5}|deliver\w{0,3}|codes?|games?|includ\w{0,3}|comes|get)).){0,60}?"
    r"(?<!\w)(?:with|w/|when\syou|if\syou)\s?(?:(?:the\s|an?\s|any\s|your\s)?purchases?\sof\b"
    r"|(?:(?!(?:first|online|in-store|app|prime|codes?|coupons?|promo|free|gift|bonus)\b)[\w-]{1,20}\s){1,3}purchases?\b"
    r"(?!\s(?:protection|price|at|on|in|today)))",
    re.I,
)
_GONE = r"expired(?:\s[\d/.-]{1,10})?|oos|out\sof\sstock|sold\sout|no\slonger\savailable|deal\s(?:is\s)?(?:over|dead)"
_OVER = re.compile(rf"[\[({{*]\s?(?:{_GONE}|dead)\s?[\])}}*]|^\W{{0,4}}(?:{_GONE})\s?(?::|\s[-–|]\s)", re.I)
_NOT_A_DEAL = re.compile(r"^\W{0,8}(?:meta|psa|discussion|reminder|notice|question|news|review)\b\s?[\])]", re.I)


def is_conditional(text: str) -> bool:
    """Whether the price holds only with a contract, an instalment plan, a trade-in or a second piece."""
    return _CONDITIONAL.search(_NO_TERM.sub(" ", text)) is not None


def is_of_several(text: str) -> bool:
    """Whether several pieces are sold together: "3 for 2", "buy two, get one"."""
    return _SEVERAL.search(text) is not None


def is_of_everything(text: str) -> bool:
    """Whether it speaks of a whole shop."""
    return _EVERYTHING.search(text) is not None


def is_with_another(behind: str) -> bool:
    """Whether a price holds only for who buys something else besides, by what is said `behind` it."""
    return _OF_ANOTHER.match(behind) is not None


def is_over(title: str) -> bool:
    """Whether who wrote it says that it is to be had no longer: "[Expired] ...", "... (sold out)". Any text."""
    return _OVER.search(legible(title)) is not None


def is_no_deal(title: str) -> bool:
    """Whether nothing is sold: an announcement, or something to be won."""
    return _NOT_A_DEAL.search(title) is not None or _GIVEN_AWAY.search(title) is not None


def is_refused(title: str) -> bool:
    """Whether no price of the deal holds, whoever names it: nothing is sold, or only to who signs a contract. Any text."""
    plain = legible(title)
    return is_no_deal(plain) or is_conditional(plain)
