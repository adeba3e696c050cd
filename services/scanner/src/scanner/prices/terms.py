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
    r"|\bwhen\syou\s(?:switch|port|activate|finance|trade|sign\sup)\b|\b(?:when|if)\s(?:you\s)?(?:buy|buying|purchase|purchasing|bundle)\s(?:any\s)?(?:[2-9]|two|three|four|more)\b"
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


def is_no_deal(title: str) -> bool:
    """Whether nothing is sold: an announcement, or something to be won."""
    return _NOT_A_DEAL.search(title) is not None or _GIVEN_AWAY.search(title) is not None


def is_refused(title: str) -> bool:
    """Whether no price of the deal holds, whoever names it: nothing is sold, or only to who signs a contract. Any text."""
    plain = legible(title)
    return is_no_deal(plain) or is_conditional(plain)
