"""The phrases that make an amount a reference to another price, and those that make it something else. Nothing but words.

Each is matched against the sentence directly before and after an amount. Knows no language but English.
"""

import re
from dataclasses import dataclass
from enum import Enum

from common.judging import ReferenceKind


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


_HEDGE = (
    r"(?:\s*\b(?:about|around|over|nearly|almost|at\s+least|roughly|approximately|approx\.?|just|only"
    r"|more\s+than|well\s+over"
    r"|an?|another|currently|up\s+at|some)(?![\w'])){0,3}\s*[~(]?\s*"
)
_THE = r"(?:(?:the|its|it's|their|our|a|an|that|his)\s+)?"
_NO_SHOP = (  # words that open a sentence or name a kind of price
    r"(?:the|this|that|its?|our|their|now|today|new|full|final|current|regular|reg|original|usual|normal|typical|average|list|retail"
    r"|sale|deal|street|previous|lowest|price|non-prime|prime|members?|shipping|you)"
)
_CAPITAL = rf"(?!{_NO_SHOP}\b)(?-i:[A-Z])[\w&'.!-]{{0,20}}"
_SHOP = (
    r"(?:Amazon|Walmart|Best\s+Buy|Target|Costco|eBay|(?:The\s+)?Home\s+Depot|Lowe'?s|Newegg|B&H"
    r"|Macy'?s|Kohl'?s|Staples|Sam'?s\s+Club"
    r"|BJ'?s|Adorama|Woot|Dell|HP|Apple|Microsoft|Samsung|Lenovo|Office\s+Depot|GameStop|Nordstrom"
    r"|Micro\s+Center|AliExpress|Temu"
    r"|QVC|HSN|REI|Dick'?s|Zappos|Wayfair|Chewy|Petco|CVS|Walgreens|Ace\s+Hardware|Harbor\s+Freight"
    r"|Tractor\s+Supply|AutoZone"
    r"|Advance\s+Auto(?:\s+Parts)?|O'Reilly|Monoprice|Crutchfield|JCPenney|Overstock|Verizon|AT&T"
    r"|T-Mobile|Google|Nike|Adidas|Sears)"
)
_SELLERS = r"(?:stores?|sellers?|shops?|retailers?|merchants?|sites?|vendors?|dealers?|places?|outlets?)"
_OTHERS = (
    rf"(?:elsewhere|(?:at\s+)?(?:any\s+|all\s+|most\s+|many\s+)?other\s+(?:major\s+|local\s+|big\s+|online\s+)?{_SELLERS}"
    rf"|(?:at\s+)?(?:most|many|all|local)\s+(?:other\s+|local\s+|major\s+)?{_SELLERS}"
    r"|any(?:one|where)\s+else|everywhere\s+else|(?:the\s+)?competition|(?:the\s+)?competitors?|rivals?|others)"
)
_NAMED = rf"(?:{_OTHERS}|{_SHOP}|{_CAPITAL}(?:\s+{_CAPITAL}){{0,2}})"
_SELLING = (
    r"(?:(?:will\s+|now\s+|currently\s+|also\s+)?(?:charges?|asks?|wants?)(?:\s+you)?|(?:is"
    r"|are)\s+(?:currently\s+|now\s+|still\s+)?"
    r"(?:charging|asking|selling\s+(?:it\s+|them\s+|this\s+)?(?:for|at))"
    r"|sells?\s+(?:it|them|this|these|the\s+same\s+(?:one|thing|model|item))\s+(?:for|at))"
)
_PAREN = r"(?:\s*\([^()]{0,30}\))?"
_LESS = rf"(?:\s+(?:less|cheaper|lower|better){_PAREN}\s+than|\s+(?:under|below|beneath)\b{_PAREN})"
_SAVED = r"\s+(?:in\s+)?savings?\s+(?:over|from|compared\s+(?:to|with)|versus|vs\.?)"
_FALL = (
    r"(?:\s*\([^()]{0,30}\))?\s+(?:less|cheaper|lower|under|below|beneath|off|(?:price\s+)?drop"
    r"|discount|savings?)\b(?:\s*\([^()]{0,30}\))?"
)
_FROM = r"\s+(?:(?:than|from|off|of|on|since|over|compared\s+(?:to|with|against))\s+)?"
_YOU_PAY = r"\byou(?:'d|'ll|\s+would|\s+will)?\s+(?:have\s+to\s+|normally\s+|otherwise\s+|likely\s+)?(?:pay|spend)"
_OWN = r"(?:(?!(?:and|or|but|while|at|when|with)\b)[\w'&.-]{1,20}\s+){0,4}?"  # whose: "Costco's", "the 90-day"
_LIST = (
    r"(?:list(?:\s+price)?|list|m\.?s\.?r\.?p\.?|rrp|srp|(?:full\s+"
    r"|suggested\s+)?retail(?:\s+(?:price|value))?|sticker\s+price)"
)
_REGULAR = r"(?:regular(?:ly)?|reg|normal(?:ly)?|usual(?:ly)?|everyday|standard|full|going|non-sale|pre-sale)"
_ORIGINAL = r"(?:orig(?:inal(?:ly)?)?|previous(?:ly)?|former(?:ly)?|prior|initial(?:ly)?|launch|old)"
_AVERAGE = r"(?:averages?|avg\.?|mean|median|typical(?:\s+price)?|trend)"
_MENTION = (
    r"(?:mention(?:ed)?|post(?:ed|ing)?|(?:last|previous|prior|earlier)\s+(?:deal|offer|frontpage"
    r"|popular|price|sale))"
)
_SEEN = (
    r"(?:seen|ever|mentioned|posted|listed|recorded|tracked|on\s+record|in\s+(?:over\s+"
    r"|at\s+least\s+)?(?:\w{1,8}\s+){0,2}(?:months?|years?|weeks?))"
)
_RECORD = r"(?:all[- ]time|record|previous|prior|historic(?:al)?(?:ly)?|earlier|lowest[- ]ever|best[- ]ever|former|last)"
_WITHIN = r"(?:(?!\band\b)[^.$]){0,45}"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_BEST = r"\b(?:best|lowest|cheapest)\b"
_NO_GIFT = r"^(?:(?!\b(?:free|gift|bonus|with|plus|includ\w*|get|and|bundle|w/)).)*"
_COSTS = (
    r"(?:it\s+)?(?:is|it's|are|they're|costs?|runs?|goes\s+for|going\s+for|sells?\s+for|selling\s+for|retails?\s+for|priced\s+at"
    r"|found\s+(?:it|this|them|these)\s+for)"
)
_CODE = (
    r"(?:coupon|promo|code|clip|rebate|mir\b|off\b|instant|discount|subscribe|s&s|checkout"
    r"|check\s+out|cart|savings?|with\s|w/|when\s|=)"
)


def _phrase(kind: ReferenceKind, relation: Relation, before: str = "", after: str = "", *, is_vague: bool = False) -> Phrase:
    return Phrase(kind, relation, re.compile(f"(?:{before})$" if before else "$", re.I), re.compile(after, re.I), is_vague)


# Tried in order; the first whose both sides match decides.
MONEY: tuple[Phrase, ...] = (
    # what it was before, by those who watch prices
    _phrase("all_time_low", Relation.ABOVE, rf"\b{_RECORD}\b{_WITHIN}\b(?:low|best)\b{_WITHIN}\bby\s+{_HEDGE}"),
    _phrase("all_time_low", Relation.ABOVE, rf"{_BEST}{_WITHIN}\b(?:ever|on\s+record|all[- ]time)\b{_WITHIN}\bby\s+{_HEDGE}"),
    _phrase("history", Relation.ABOVE, rf"{_BEST}{_WITHIN}\b{_SEEN}\b{_WITHIN}\bby\s+{_HEDGE}"),
    _phrase("all_time_low", Relation.ABOVE, "", rf"{_FALL}{_FROM}{_OWN}\b{_RECORD}\s+(?:[\w'-]{{1,15}}\s+)?(?:low|best)\b"),
    _phrase("history", Relation.ABOVE, "", rf"{_FALL}{_FROM}{_OWN}\b(?:{_AVERAGE}|{_MENTION})(?![\w$])"),
    _phrase(
        "all_time_low",
        Relation.BELOW,
        "",
        rf"\s+(?:more|higher|above|over)\b(?:\s+than)?\s+{_OWN}(?:lowest|best|low)\b[^.$]{{0,30}}",
    ),
    _phrase(
        "all_time_low",
        Relation.IS,
        rf"\b{_RECORD}\s+(?:[\w'-]{{1,15}}\s+){{0,3}}?(?:low|best)(?:\s+price)?\s*(?:of|was|is|at|:)?\s*{_HEDGE}",
    ),
    _phrase("all_time_low", Relation.IS, rf"\b(?:lowest|best)[- ]ever\s+price\s*(?:of|was|is|at|:)\s*{_HEDGE}"),
    _phrase(
        "all_time_low",
        Relation.IS,
        rf"\blowest\s+(?:price\s+)?(?:ever\s+|we(?:'ve|\s+have)?\s+seen\s+|so\s+far\s+|before\s+"
        rf"|previously\s+)?(?:was|had\s+been)\s+{_HEDGE}",
    ),
    _phrase(
        "history",
        Relation.IS,
        rf"\b{_AVERAGE}\s+(?:(?:selling|sale|street|market|amazon|sold)\s+)?(?:price\s*)?(?:of|is|was|at"
        rf"|:)?\s*{_HEDGE}",
    ),
    _phrase("history", Relation.IS, rf"\btypically\s+(?:sells?\s+for|goes\s+for|priced\s+at|costs?|runs?|around)?\s*{_HEDGE}"),
    _phrase(
        "history",
        Relation.IS,
        "",
        rf"\s+(?:[0-9]{{1,3}}|thirty|ninety)[- ]day\s+{_AVERAGE}|\s+(?:average|typical"
        rf"|median)\b(?:\s+(?:selling\s+)?price)?",
    ),
    _phrase(
        "history",
        Relation.IS,
        rf"\bwas\s+{_HEDGE}",
        r"\s+(?:last|in\s+(?:January|February|March|April|May|June|July|August|September|October|November"
        r"|December)|back\s+in|a\s+(?:week|month|year|few)|yesterday|earlier|during)\b",
    ),
    # what it costs elsewhere
    _phrase(
        "next_best",
        Relation.ABOVE,
        "",
        rf"(?:{_LESS}|{_SAVED})\s+(?:what\s+)?(?:{_YOU_PAY[2:]}|buying\b|the\s+next[- ](?:best|lowest|cheapest)|{_OTHERS}\b"
        rf"|(?:the\s+price\s+)?(?:at\s+)?{_SHOP}\b)",
    ),
    _phrase(
        "next_best",
        Relation.ABOVE,
        "",
        rf"{_LESS}\s+(?:what\s+)?(?:the\s+)?{_NAMED}(?:'s?)?\s+(?:{_SELLING}|(?:current\s+"
        rf"|own\s+|best\s+|lowest\s+|sale\s+)?price)\b",
    ),
    _phrase("next_best", Relation.ABOVE, rf"{_BEST}[^.$]{{0,80}}\bby\s+{_HEDGE}"),
    _phrase("next_best", Relation.ABOVE, rf"\blow\s+(?:\w{{1,10}}\s+){{0,2}}by\s+{_HEDGE}"),
    _phrase("next_best", Relation.ABOVE, rf"\b(?:beats?|undercuts?|undercutting|beating)\s+[^.$]{{1,60}}\bby\s+{_HEDGE}"),
    _phrase(
        "next_best",
        Relation.ABOVE,
        r"\ban?\s+(?:[\w-]{1,15}\s+){0,2}",
        r"\s+(?:price\s+)?low\b(?!-|\s+(?:of|price|from|stock|power))",
    ),
    _phrase("next_best", Relation.ABOVE, rf"{_YOU_PAY}\s+{_HEDGE}", r"\s+more\b"),
    _phrase("next_best", Relation.ABOVE, rf"{_NAMED}\s+{_SELLING}\s+{_HEDGE}", r"\s+more\b"),
    _phrase("next_best", Relation.ABOVE, "", rf"\s+more\s+(?:{_OTHERS}\b|(?:at|from|on|through)\s+{_SHOP}\b)"),
    _phrase(
        "next_best",
        Relation.IS,
        rf"{_YOU_PAY}\s+{_HEDGE}",
        r"(?!\s+(?:more|less|off|after|with))[^.$]{0,40}?\s(?:at|elsewhere|for|from|through|on|directly"
        r"|new|today|anywhere|everywhere)\b",
    ),
    _phrase(
        "next_best", Relation.IS, rf"{_NAMED}(?:\s+\w{{1,12}})?\s+{_SELLING}\s+{_HEDGE}", r"(?!\s+(?:more|less|off|for\s+shipping))"
    ),
    _phrase("next_best", Relation.IS, rf"\bnext[- ](?:best|lowest|cheapest)\b[^.$]{{0,100}}\b(?:is|was|at|of|from|for)\s+{_HEDGE}"),
    _phrase("next_best", Relation.IS, "", r"\s+(?:elsewhere|everywhere\s+else)\b"),
    _phrase(
        "next_best",
        Relation.IS,
        rf"\b{_OTHERS}\b[^.$]{{0,40}}?(?:\b(?:is|are|at|of|from|for)|:)\s+{_HEDGE}",
        r"(?!\s+(?:more|less|off))",
    ),
    _phrase(
        "next_best",
        Relation.IS,
        rf"{_NAMED}(?:'s?)?\s+(?:current\s+|own\s+|best\s+|lowest\s+|sale\s+)?price\s+(?:of|is)\s+{_HEDGE}",
    ),
    _phrase(
        "next_best",
        Relation.IS,
        rf"\b(?:{_COSTS}|compared?\s+(?:to|with)|vs\.?|versus)\s+{_HEDGE}",
        rf"\s*,?\s*(?:{_OTHERS}\b|(?:at|from|on|through)\s+(?:{_OTHERS}"
        rf"|{_SHOP})\b)(?![^.]{{0,60}}(?:coupon|promo|code|clip))",
    ),
    _phrase("next_best", Relation.IS, rf"\b{_SHOP}'s?\s+{_HEDGE}", r"\s+(?:current\s+|own\s+|sale\s+)?price\b"),
    _phrase("next_best", Relation.ABOVE, "", rf"{_FALL}{_FROM}{_OWN}{_BEST}[^.$]{{0,30}}\b(?:find|found|elsewhere|else)\b"),
    _phrase("all_time_low", Relation.ABOVE, "", rf"{_FALL}{_FROM}{_OWN}{_BEST}[^.$]{{0,30}}\b(?:{_SEEN}|low|price)\b"),
    # what the seller says of itself
    _phrase("list", Relation.ABOVE, "", rf"{_FALL}{_FROM}{_OWN}{_LIST}\b(?!\s+\$)"),
    _phrase(
        "regular",
        Relation.ABOVE,
        "",
        rf"{_FALL}{_FROM}{_OWN}{_REGULAR}\b\.?(?:\s+(?:retail\s+|selling\s+)?(?:price|rate|cost))?(?![\w-])",
    ),
    _phrase("was", Relation.ABOVE, "", rf"{_FALL}{_FROM}{_OWN}{_ORIGINAL}\b(?:\s+price)?"),
    _phrase(
        "list",
        Relation.IS,
        rf"\b(?:{_LIST}|retails?|comp(?:are)?\.?\s+(?:at|value)|valued\s+at)\s*(?:(?:price"
        rf"|value)\s*)?(?:of|is|was|at|for|:|=|-)?\s*{_HEDGE}",
    ),
    _phrase("list", Relation.IS, "", rf"\s*(?:\+\s*)?\(?{_LIST}\b(?!\s+(?:store|stores|box|packag\w+))"),
    _phrase(
        "regular",
        Relation.IS,
        rf"\b{_REGULAR}\b\.?\s*(?:(?:retail|selling|sale|asking|ticket|store"
        rf"|amazon)\s+)?(?:price[sd]?\b\s*)?(?:(?:sells?|selling|goes?|going|costs?|runs?)\s+)?(?:of|is"
        rf"|was|at|for|:|=|-)?\s*{_HEDGE}",
    ),
    _phrase("regular", Relation.IS, "", rf"\s+{_REGULAR}\b\.?(?:\s+(?:retail\s+|selling\s+)?price)?"),
    _phrase(
        "was",
        Relation.IS,
        rf"\b{_ORIGINAL}\b\.?\s*(?:(?:retail|selling|sale"
        rf"|asking)\s+)?(?:price[sd]?\b\s*)?(?:sold\s+)?(?:of|is|was|at|for|:|=|-)?\s*{_HEDGE}",
    ),
    _phrase("was", Relation.IS, "", rf"\s+{_ORIGINAL}\b\.?(?:\s+(?:retail\s+|selling\s+)?price)?"),
    _phrase("was", Relation.IS, rf"\b(?:was|were|instead\s+of|had\s+been|has\s+been)\s*:?\s*{_THE}{_HEDGE}"),
    _phrase(
        "was",
        Relation.IS,
        rf"\b(?:down|reduced|drop(?:s|ped|ping)?|marked\s+down|cut|discounted|slashed|lowered|fell|falls"
        rf"|falling|comes\s+down)\s+from\s+{_OWN}(?:of\s+)?{_HEDGE}",
    ),
    _phrase("was", Relation.IS, rf"\bfrom\s+{_THE}{_HEDGE}", r"\s+(?:all\s+the\s+way\s+)?(?:down\s+)?to\s+(?:just\s+|only\s+)?\$"),
    _phrase("was", Relation.IS, r"\$[0-9.,]{1,9}[\s,(]{0,3}from\s+"),
    _phrase("was", Relation.IS, "", r"\s*(?:->|→|=>|»)\s*(?:now\s+)?\$"),
    _phrase("regular", Relation.IS, r"[0-9]\s?%\s+off\s+(?:of\s+)?" + _THE),
    _phrase(
        "regular",
        Relation.IS,
        "",
        rf"\s*(?:in\s+cart\s*)?[-–—]\s*(?:an?\s+)?(?:extra\s+|additional\s+)?(?:\$\s?[0-9.,]{{1,9}}|[0-9.]{{1,5}}(?:\s?%)?"
        rf"|(?=promo|coupon|code))\s*\(?(?=[^.$]{{0,60}}?{_CODE})",
    ),
    _phrase("list", Relation.IS, _NO_GIFT, r"\s+(?:retail\s+)?value\b(?!\s+(?:gift|pack|menu|meal))"),
    # what a new one costs, where the offer is none
    _phrase("new_price", Relation.ABOVE, "", rf"{_LESS}\s+{_OWN}(?:new|brand[- ]new|sealed)\b"),
    _phrase("new_price", Relation.IS, rf"\b(?:new|sealed)(?:\s+(?:one|model|unit|pair|version|set)s?)?,?\s+{_COSTS}\s+{_HEDGE}"),
    # a saving against a price that is not named
    _phrase("was", Relation.ABOVE, rf"\b(?:drop(?:ped|s)?|price\s+(?:cut|drop)|markdown)\s+(?:of|by)\s+{_HEDGE}", is_vague=True),
    _phrase("was", Relation.ABOVE, "", r"\s+(?:price\s+)?(?:drop|(?:price\s+)?cut|markdown)\b", is_vague=True),
    _phrase(
        "regular",
        Relation.ABOVE,
        rf"\b(?:sav(?:e|es|ing)(?:\s+you)?|savings?\s+of|discount\s+of|discounted\s+by)\s+{_HEDGE}",
        is_vague=True,
    ),
    _phrase(
        "regular",
        Relation.ABOVE,
        rf"\b(?:that's|it's|is|are|for|at|now|they're|total|takes?|of|an?)\s+{_HEDGE}",
        r"\s+(?:in\s+)?(?:savings?|discount|off)\b",
        is_vague=True,
    ),
    _phrase("regular", Relation.ABOVE, r"(?:^|\()\s*", r"\s+(?:in\s+)?savings\b", is_vague=True),
)
SHARES: tuple[Phrase, ...] = (
    _phrase("history", Relation.ABOVE, "", rf"{_FALL}{_FROM}{_OWN}\b{_AVERAGE}(?![\w$])"),
    _phrase("list", Relation.ABOVE, "", rf"{_FALL}{_FROM}{_OWN}{_LIST}\b"),
    _phrase("regular", Relation.ABOVE, "", rf"{_FALL}{_FROM}{_OWN}{_REGULAR}\b"),
    _phrase("was", Relation.ABOVE, "", rf"{_FALL}{_FROM}{_OWN}{_ORIGINAL}\b"),
    _phrase("regular", Relation.ABOVE, rf"\b(?:sav(?:e|es|ing)(?:\s+you)?|savings?\s+of|discount\s+of)\s+{_HEDGE}", is_vague=True),
    _phrase("regular", Relation.ABOVE, "", r"[\s-]*(?:in\s+)?(?:savings?|discount|off|price(?=\s*(?:$|[,.!)])))\b", is_vague=True),
)

# An amount with one of these beside it is no price of the thing, nor a saving on it.
NEVER_AFTER = re.compile(
    r"\s*(?:/|per\b)\s*\w|\s*(?:an?|every|each)\s+(?:mo|month|mth|yr|year|week|wk|day|night)s?\b"
    r"|\s*(?:monthly|annually|yearly)\b"
    r"|\s*(?:each|ea|apiece)\b"
    r"|\s*(?:USD\s+)?(?:(?:in|of)\s+)?(?:(?-i:[A-Za-z])[\w'&.-]{0,15}\s+){0,3}?(?:gift\s?cards?"
    r"|e-?gift|gc|(?:store\s+|site\s+|statement\s+)?credits?"
    r"|cash\s?back|rebates?|mir|coupons?|vouchers?|rewards?|bonus|points|shipping|delivery|postage"
    r"|s&h|s/h|trade-?in|fee|deposit"
    r"|down\s+payment|membership|warranty)\b(?!\s+(?:included|price))"
    r"|\s*\+?\s*(?:minimum|min\b|purchases?\b|orders?\b|or\s+more(?!\s+(?:elsewhere|at|from)\b)|and\s+up|spend\b|sale\b|&\s+up)"
    r"|\s+(?:for|worth)\s+(?:of\s+)?\$",
    re.I,
)
NEVER_BEFORE = re.compile(
    r"(?:\b(?:shipping|delivery|postage|s&h|s/h|handling)\b(?:\s+(?:is|adds|costs?|fees?|of|for"
    r"|charges?|charge|on|orders|with|w/|an?|over|at)){0,4}"
    r"|\b(?:orders?|purchases?)\s+(?:of|over|above|totaling)|(?<!you'd )(?<!you would )\bspend(?:ing)?"
    r"|\b(?:when\s+you\s+)?buy|\bminimum(?:\s+of)?"
    r"|\b(?:gift\s?cards?|credits?|rebates?|vouchers?|coupons?|rewards?|cash\s?back|bonus"
    r"|trade-?in)\b(?:\s+[\w-]{1,10}){0,2}\s*(?:for|of|worth|valued\s+at|:)?"
    r"|\bfree\s+[^.$]{1,40}\b(?:worth|valued\s+at|value)|\b(?:up\s+to|as\s+much\s+as"
    r"|max(?:imum)?(?:\s+of)?|as\s+low\s+as|starting\s+(?:at|from)|starts\s+at|within)"
    r"|\b(?:extra|additional|further|another|possible|potential)|\bfor\s+(?:[2-9]|two|three|four)\s+for)"
    r"\s+(?:an?\s+|about\s+|around\s+|the\s+)?$"
    r"|(?:\$\s?[0-9][0-9.,]{0,9}|[0-9]\s?%)\s*[-–—]\s*(?:an?\s+)?(?:extra\s+)?$",  # "$80 - $20": what is taken off
    re.I,
)
# A saving that depends on something more, or that is on another thing.
CONDITIONAL_AFTER = re.compile(
    r"\s+(?:in\s+)?(?:off|savings?|discount)?\s*(?:\$|(?:off\s+)?(?:your|any|all|each|every"
    r"|select(?:ed)?|orders?|purchases?|everything|sitewide|(?:the\s+)?(?:entire|whole)|qualifying|eligible)\b"
    r"|(?:when|if)\s+(?:you\s+)?(?:buy|trade|spend|purchase|bundle|add|sign|check|clip|apply|use"
    r"|enter|order)|(?:w/|with|via|using|after|by)\s+(?:an?\s+|the\s+|your\s+|this\s+|promo\s+"
    r"|coupon\s+|\w+\s+){0,3}?(?:codes?|coupons?|promo|trade|rebate|purchase|clipp?|subscri\w*)"
    r"|(?:with|w/|code:?)\s*(?-i:[A-Z][A-Z0-9]{4,})\b|(?:coupons?|promo|codes?|compared|versus|vs)\b"
    r"|on\s+(?:your|any|select|orders?|each|a\s+second|top))",
    re.I,
)
CONDITIONAL_BEFORE = re.compile(
    r"\b(?:(?:extra|additional)\b(?!\s+savings?\s+of)|another|up\s+to|may|might|could|can|eligible"
    r"|first|next|every|plus|clip(?:ping)?|take|get)\b[^.,$]{0,30}$|\b(?:less"
    r"|lower|cheaper|under|below)\s*\(\s*$|[0-9]\s*[-–—]\s*$|[0-9]-[0-9]{1,4}\s+$"
    r"|\bbuy\s+(?:[2-9]|two|three|four|more|any)\b[^.$]{0,40}$|\b(?:codes?|coupons?|promo)\b(?![^.$]{0,40}\b(?:for\s+an?\s+|to\s+)(?:\w+\s+)?sav)[^.$]{0,40}$",
    re.I,
)
OTHER_THING_AFTER = re.compile(
    r"[^.,;(]{0,60}?\b(?:alone|similar|comparable|previous[- ]gen\w*|last[- ]gen\w*|older|different"
    r"|(?:larger|bigger|smaller|lesser)\b"
    r"|other\s+(?:colou?rs?|sizes?|models?|styles?|versions?)|without\s+the|for\s+just\s+the)\b",
    re.I,
)
OTHER_THING_BEFORE = re.compile(
    r"\b(?:similar|comparable|other\s+(?:colou?rs?|sizes?|models?|styles?|versions?|options?)"
    r"|previous[- ]gen\w*|last[- ]gen\w*|predecessor|successor"
    r"|[0-9]{1,4}[\s-]?(?:GB|TB|mm|inch|in|oz|ct|pack|piece|\")\s+(?:version|model|size|one|option|variant)"
    r"|the\s+[0-9]{1,4}\s?(?:GB|TB)\s+(?:is|costs?|for)"
    r"|(?:larger|bigger|smaller|other|pro|plus|max|standard)\s+(?:version|model|size|one|option|variant))\b[^.;]{0,60}$",
    re.I,
)
# A named amount followed by one of these is a difference.
DIFFERENCE = re.compile(r"\s*(?:off|less|cheaper|lower|below|under|savings?|discount|more|higher)\b", re.I)
NEW_BEFORE = re.compile(r"\b(?:(?:brand[- ])?new|sealed|unopened)\b[^.$)]{0,30}$", re.I)
NEW_UNIT = re.compile(
    r"[^.;]{0,70}?\b(?:(?:brand[- ])?new|sealed|unopened)\b(?!\s+(?:low|customer|price|year|member"
    r"|account))",
    re.I,
)
USED_UNIT = re.compile(r"[^.;]{0,70}?\b(?:refurb\w*|renewed|used|open[- ]box|pre-?owned|restored)\b", re.I)
