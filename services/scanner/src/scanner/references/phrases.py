"""The phrases that make an amount a reference to another price: words before it, words after it, and what they say of it.

Each is matched against the sentence directly before and after an amount. Knows no language but English.
"""

import re
from dataclasses import dataclass
from enum import Enum

from common.judging import ReferenceKind
from scanner.references.vocabulary import (
    AVERAGE,
    BEST,
    CODE,
    COSTS,
    FALL,
    FROM,
    HEDGE,
    LESS,
    LIST,
    MENTION,
    NAMED,
    NO_GIFT,
    ORIGINAL,
    OTHERS,
    OWN,
    RECORD,
    REGULAR,
    SAVED,
    SEEN,
    SELLING,
    SHOP,
    THE,
    WITHIN,
    YOU_PAY,
)


class Relation(Enum):
    """How the reference follows from the amount and the asked price."""

    IS = "is"  # it is the amount
    ABOVE = "above"  # the asked price and the amount
    BELOW = "below"  # the asked price less the amount


@dataclass(frozen=True)
class Phrase:
    """Words before, up to an amount, and after it that tell its kind. `is_vague`: a saving against a price that is not named."""

    kind: ReferenceKind
    relation: Relation
    before: re.Pattern[str]
    after: re.Pattern[str]
    is_vague: bool = False


def _phrase(kind: ReferenceKind, relation: Relation, before: str = "", after: str = "", *, is_vague: bool = False) -> Phrase:
    return Phrase(kind, relation, re.compile(f"(?:{before})$" if before else "$", re.I), re.compile(after, re.I), is_vague)


# Tried in order; the first whose both sides match decides.
MONEY: tuple[Phrase, ...] = (
    # what it was before, by those who watch prices
    _phrase("all_time_low", Relation.ABOVE, rf"\b{RECORD}\b{WITHIN}\b(?:low|best)\b{WITHIN}\bby\s{HEDGE}"),
    _phrase("all_time_low", Relation.ABOVE, rf"{BEST}{WITHIN}\b(?:ever|on\srecord|all[- ]time)\b{WITHIN}\bby\s{HEDGE}"),
    _phrase("history", Relation.ABOVE, rf"{BEST}{WITHIN}\b{SEEN}\b{WITHIN}\bby\s{HEDGE}"),
    _phrase("all_time_low", Relation.ABOVE, "", rf"{FALL}{FROM}{OWN}\b{RECORD}\s(?:[\w'-]{{1,15}}\s)?(?:low|best)\b"),
    _phrase("history", Relation.ABOVE, "", rf"{FALL}{FROM}{OWN}\b(?:{AVERAGE}|{MENTION})(?![\w$])"),
    _phrase(
        "all_time_low",
        Relation.BELOW,
        "",
        rf"\s(?:more|higher|above|over)\b(?:\sthan)?\s{OWN}(?:lowest|best|low)\b[^.$]{{0,30}}",
    ),
    _phrase(
        "all_time_low",
        Relation.IS,
        rf"\b{RECORD}\s(?:[\w'-]{{1,15}}\s){{0,3}}?(?:low|best)(?:\sprice)?\s?(?:of|was|is|at|:)?\s?{HEDGE}",
    ),
    _phrase("all_time_low", Relation.IS, rf"\b(?:lowest|best)[- ]ever\sprice\s?(?:of|was|is|at|:)\s?{HEDGE}"),
    _phrase(
        "all_time_low",
        Relation.IS,
        rf"\blowest\s(?:price\s)?(?:ever\s|we(?:'ve|\shave)?\sseen\s|so\sfar\s|before\s"
        rf"|previously\s)?(?:was|had\sbeen)\s{HEDGE}",
    ),
    _phrase(
        "history",
        Relation.IS,
        rf"\b{AVERAGE}\s(?:(?:selling|sale|street|market|amazon|sold)\s)?(?:price\s?)?(?:of|is|was|at"
        rf"|:)?\s?{HEDGE}",
    ),
    _phrase("history", Relation.IS, rf"\btypically\s(?:sells?\sfor|goes\sfor|priced\sat|costs?|runs?|around)?\s?{HEDGE}"),
    _phrase(
        "history",
        Relation.IS,
        "",
        rf"\s(?:[0-9]{{1,3}}|thirty|ninety)[- ]day\s{AVERAGE}|\s(?:average|typical"
        rf"|median)\b(?:\s(?:selling\s)?price)?",
    ),
    _phrase(
        "history",
        Relation.IS,
        rf"\bwas\s{HEDGE}",
        r"\s(?:last|in\s(?:January|February|March|April|May|June|July|August|September|October|November"
        r"|December)|back\sin|a\s(?:week|month|year|few)|yesterday|earlier|during)\b",
    ),
    # what it costs elsewhere
    _phrase(
        "next_best",
        Relation.ABOVE,
        "",
        rf"(?:{LESS}|{SAVED})\s(?:what\s)?(?:{YOU_PAY[2:]}|buying\b|the\snext[- ](?:best|lowest|cheapest)|{OTHERS}\b"
        rf"|(?:the\sprice\s)?(?:at\s)?{SHOP}\b)",
    ),
    _phrase(
        "next_best",
        Relation.ABOVE,
        "",
        rf"{LESS}\s(?:what\s)?(?:the\s)?{NAMED}(?:'s?)?\s(?:{SELLING}|(?:current\s"
        rf"|own\s|best\s|lowest\s|sale\s)?price)\b",
    ),
    _phrase("next_best", Relation.ABOVE, rf"{BEST}[^.$]{{0,80}}\bby\s{HEDGE}"),
    _phrase("next_best", Relation.ABOVE, rf"\blow\s(?:\w{{1,10}}\s){{0,2}}by\s{HEDGE}"),
    _phrase("next_best", Relation.ABOVE, rf"\b(?:beats?|undercuts?|undercutting|beating)\s[^.$]{{1,60}}\bby\s{HEDGE}"),
    _phrase(
        "next_best",
        Relation.ABOVE,
        r"\ban?\s(?:[\w-]{1,15}\s){0,2}",
        r"\s(?:price\s)?low\b(?!-|\s(?:of|price|from|stock|power))",
    ),
    _phrase("next_best", Relation.ABOVE, rf"{YOU_PAY}\s{HEDGE}", r"\smore\b"),
    _phrase("next_best", Relation.ABOVE, rf"{NAMED}\s{SELLING}\s{HEDGE}", r"\smore\b"),
    _phrase("next_best", Relation.ABOVE, "", rf"\smore\s(?:{OTHERS}\b|(?:at|from|on|through)\s{SHOP}\b)"),
    _phrase(
        "next_best",
        Relation.IS,
        rf"{YOU_PAY}\s{HEDGE}",
        r"(?!\s(?:more|less|off|after|with))[^.$]{0,40}?\s(?:at|elsewhere|for|from|through|on|directly"
        r"|new|today|anywhere|everywhere)\b",
    ),
    _phrase("next_best", Relation.IS, rf"{NAMED}(?:\s\w{{1,12}})?\s{SELLING}\s{HEDGE}", r"(?!\s(?:more|less|off|for\sshipping))"),
    _phrase("next_best", Relation.IS, rf"\bnext[- ](?:best|lowest|cheapest)\b[^.$]{{0,100}}\b(?:is|was|at|of|from|for)\s{HEDGE}"),
    _phrase("next_best", Relation.IS, "", r"\s(?:elsewhere|everywhere\selse)\b"),
    _phrase(
        "next_best",
        Relation.IS,
        rf"\b{OTHERS}\b[^.$]{{0,40}}?(?:\b(?:is|are|at|of|from|for)|:)\s{HEDGE}",
        r"(?!\s(?:more|less|off))",
    ),
    _phrase(
        "next_best",
        Relation.IS,
        rf"{NAMED}(?:'s?)?\s(?:current\s|own\s|best\s|lowest\s|sale\s)?price\s(?:of|is)\s{HEDGE}",
    ),
    _phrase(
        "next_best",
        Relation.IS,
        rf"\b(?:{COSTS}|compared?\s(?:to|with)|vs\.?|versus)\s{HEDGE}",
        rf"\s?,?\s?(?:{OTHERS}\b|(?:at|from|on|through)\s(?:{OTHERS}"
        rf"|{SHOP})\b)(?![^.]{{0,60}}(?:coupon|promo|code|clip))",
    ),
    _phrase("next_best", Relation.IS, rf"\b{SHOP}'s?\s{HEDGE}", r"\s(?:current\s|own\s|sale\s)?price\b"),
    _phrase("next_best", Relation.ABOVE, "", rf"{FALL}{FROM}{OWN}{BEST}[^.$]{{0,30}}\b(?:find|found|elsewhere|else)\b"),
    _phrase("all_time_low", Relation.ABOVE, "", rf"{FALL}{FROM}{OWN}{BEST}[^.$]{{0,30}}\b(?:{SEEN}|low|price)\b"),
    # what the seller says of itself
    _phrase("list", Relation.ABOVE, "", rf"{FALL}{FROM}{OWN}{LIST}\b(?!\s\$)"),
    _phrase(
        "regular",
        Relation.ABOVE,
        "",
        rf"{FALL}{FROM}{OWN}{REGULAR}\b\.?(?:\s(?:retail\s|selling\s)?(?:price|rate|cost))?(?![\w-])",
    ),
    _phrase("was", Relation.ABOVE, "", rf"{FALL}{FROM}{OWN}{ORIGINAL}\b(?:\sprice)?"),
    _phrase(
        "list",
        Relation.IS,
        rf"\b(?:{LIST}|retails?|comp(?:are)?\.?\s(?:at|value)|valued\sat)\s?(?:(?:price"
        rf"|value)\s?)?(?:of|is|was|at|for|:|=|-)?\s?{HEDGE}",
    ),
    _phrase("list", Relation.IS, "", rf"\s?(?:\+\s?)?\(?{LIST}\b(?!\s(?:store|stores|box|packag))"),
    _phrase(
        "regular",
        Relation.IS,
        rf"\b{REGULAR}\b\.?\s?(?:(?:retail|selling|sale|asking|ticket|store"
        rf"|amazon)\s)?(?:price[sd]?\b\s?)?(?:(?:sells?|selling|goes?|going|costs?|runs?)\s)?(?:of|is"
        rf"|was|at|for|:|=|-)?\s?{HEDGE}",
    ),
    _phrase("regular", Relation.IS, "", rf"\s{REGULAR}\b\.?(?:\s(?:retail\s|selling\s)?price)?"),
    _phrase(
        "was",
        Relation.IS,
        rf"\b{ORIGINAL}\b\.?\s?(?:(?:retail|selling|sale"
        rf"|asking)\s)?(?:price[sd]?\b\s?)?(?:sold\s)?(?:of|is|was|at|for|:|=|-)?\s?{HEDGE}",
    ),
    _phrase("was", Relation.IS, "", rf"\s{ORIGINAL}\b\.?(?:\s(?:retail\s|selling\s)?price)?"),
    _phrase("was", Relation.IS, rf"\b(?:was|were|instead\sof|had\sbeen|has\sbeen)\s?:?\s?{THE}{HEDGE}"),
    _phrase(
        "was",
        Relation.IS,
        rf"\b(?:down|reduced|drop(?:s|ped|ping)?|marked\sdown|cut|discounted|slashed|lowered|fell|falls"
        rf"|falling|comes\sdown)\sfrom\s{OWN}(?:of\s)?{HEDGE}",
    ),
    _phrase("was", Relation.IS, rf"\bfrom\s{THE}{HEDGE}", r"\s(?:all\sthe\sway\s)?(?:down\s)?to\s(?:just\s|only\s)?\$"),
    _phrase("was", Relation.IS, r"\$[0-9.,]{1,9}[\s,(]{0,3}from\s"),
    _phrase("was", Relation.IS, "", r"\s?(?:->|→|=>|»)\s?(?:now\s)?\$"),
    _phrase("regular", Relation.IS, r"[0-9]\s?%\soff\s(?:of\s)?" + THE),
    _phrase(
        "regular",
        Relation.IS,
        "",
        rf"\s?(?:in\scart\s?)?[-–—]\s?(?:an?\s)?(?:extra\s|additional\s)?(?:\$\s?[0-9.,]{{1,9}}|[0-9.]{{1,5}}(?:\s?%)?"
        rf"|(?=promo|coupon|code))\s?\(?(?=[^.$]{{0,60}}?{CODE})",
    ),
    _phrase("list", Relation.IS, NO_GIFT, r"\s(?:retail\s)?value\b(?!\s(?:gift|pack|menu|meal))"),
    # what a new one costs, where the offer is none
    _phrase("new_price", Relation.ABOVE, "", rf"{LESS}\s{OWN}(?:new|brand[- ]new|sealed)\b"),
    _phrase("new_price", Relation.IS, rf"\b(?:new|sealed)(?:\s(?:one|model|unit|pair|version|set)s?)?,?\s{COSTS}\s{HEDGE}"),
    # a saving against a price that is not named
    _phrase("was", Relation.ABOVE, rf"\b(?:drop(?:ped|s)?|price\s(?:cut|drop)|markdown)\s(?:of|by)\s{HEDGE}", is_vague=True),
    _phrase("was", Relation.ABOVE, "", r"\s(?:price\s)?(?:drop|(?:price\s)?cut|markdown)\b", is_vague=True),
    _phrase(
        "regular",
        Relation.ABOVE,
        rf"\b(?:sav(?:e|es|ing)(?:\syou)?|savings?\sof|discount\sof|discounted\sby)\s{HEDGE}",
        is_vague=True,
    ),
    _phrase(
        "regular",
        Relation.ABOVE,
        rf"\b(?:that's|it's|is|are|for|at|now|they're|total|takes?|of|an?)\s{HEDGE}",
        r"\s(?:in\s)?(?:savings?|discount|off)\b",
        is_vague=True,
    ),
    _phrase("regular", Relation.ABOVE, r"(?:^|\()\s?", r"\s(?:in\s)?savings\b", is_vague=True),
)
SHARES: tuple[Phrase, ...] = (
    _phrase("history", Relation.ABOVE, "", rf"{FALL}{FROM}{OWN}\b{AVERAGE}(?![\w$])"),
    _phrase("list", Relation.ABOVE, "", rf"{FALL}{FROM}{OWN}{LIST}\b"),
    _phrase("regular", Relation.ABOVE, "", rf"{FALL}{FROM}{OWN}{REGULAR}\b"),
    _phrase("was", Relation.ABOVE, "", rf"{FALL}{FROM}{OWN}{ORIGINAL}\b"),
    _phrase("regular", Relation.ABOVE, rf"\b(?:sav(?:e|es|ing)(?:\syou)?|savings?\sof|discount\sof)\s{HEDGE}", is_vague=True),
    _phrase(
        "regular", Relation.ABOVE, "", r"[\s-]{0,3}(?:in\s)?(?:savings?|discount|off|price(?=\s?(?:$|[,.!)])))\b", is_vague=True
    ),
)
