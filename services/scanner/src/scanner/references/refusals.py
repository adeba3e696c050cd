"""What makes an amount something else than another price of the thing: coupons, shipping, conditions, other things."""

import re

# An amount with one of these beside it is no price of the thing, nor a saving on it.
NEVER_AFTER = re.compile(
    r"\s?(?:/|per\b)\s?\w|\s?(?:an?|every|each)\s(?:mo|month|mth|yr|year|week|wk|day|night)s?\b"
    r"|\s?(?:monthly|annually|yearly)\b"
    r"|\s?(?:each|ea|apiece)\b"
    r"|\s?(?:USD\s)?(?:(?:in|of)\s)?(?:(?-i:[A-Za-z])[\w'&.-]{0,15}\s){0,3}?(?:gift\s?cards?"
    r"|e-?gift|gc|(?:store\s|site\s|statement\s)?credits?"
    r"|cash\s?back|rebates?|mir|coupons?|vouchers?|rewards?|bonus|points|shipping|delivery|postage"
    r"|s&h|s/h|trade-?in|fee|deposit"
    r"|down\spayment|membership|warranty)\b(?!\s(?:included|price))"
    r"|\s?\+?\s?(?:minimum|min\b|purchases?\b|orders?\b|or\smore(?!\s(?:elsewhere|at|from)\b)|and\sup|spend\b|sale\b|&\sup)"
    r"|\s(?:for|worth)\s(?:of\s)?\$",
    re.I,
)
NEVER_BEFORE = re.compile(
    r"(?:\b(?:shipping|delivery|postage|s&h|s/h|handling)\b(?:\s(?:is|adds|costs?|fees?|of|for"
    r"|charges?|charge|on|orders|with|w/|an?|over|at)){0,4}"
    r"|\b(?:orders?|purchases?)\s(?:of|over|above|totaling)|(?<!you'd )(?<!you would )\bspend(?:ing)?"
    r"|\b(?:when\syou\s)?buy|\bminimum(?:\sof)?"
    r"|\b(?:gift\s?cards?|credits?|rebates?|vouchers?|coupons?|rewards?|cash\s?back|bonus"
    r"|trade-?in)\b(?:\s[\w-]{1,10}){0,2}\s?(?:for|of|worth|valued\sat|:)?"
    r"|\bfree\s[^.$]{1,40}\b(?:worth|valued\sat|value)|\b(?:up\sto|as\smuch\sas"
    r"|max(?:imum)?(?:\sof)?|as\slow\sas|starting\s(?:at|from)|starts\sat|within)"
    r"|\b(?:extra|additional|further|another|possible|potential)|\bfor\s(?:[2-9]|two|three|four)\sfor)"
    r"\s(?:an?\s|about\s|around\s|the\s)?$"
    r"|(?:\$\s?[0-9][0-9.,]{0,9}|[0-9]\s?%)\s?[-–—]\s?(?:an?\s)?(?:extra\s)?$",  # "$80 - $20": what is taken off
    re.I,
)
# A saving that depends on something more, or that is on another thing.
CONDITIONAL_AFTER = re.compile(
    r"\s(?:in\s)?(?:off|savings?|discount)?\s?(?:\$|(?:off\s)?(?:your|any|all|each|every"
    r"|select(?:ed)?|orders?|purchases?|everything|sitewide|(?:the\s)?(?:entire|whole)|qualifying|eligible)\b"
    r"|(?:when|if)\s(?:you\s)?(?:buy|trade|spend|purchase|bundle|add|sign|check|clip|apply|use"
    r"|enter|order)|(?:w/|with|via|using|after|by)\s(?:an?\s|the\s|your\s|this\s|promo\s"
    r"|coupon\s|\w{1,15}\s){0,3}?(?:codes?|coupons?|promo|trade|rebate|purchase|clipp?|subscri\w{0,15})"
    r"|(?:with|w/|code:?)\s?(?-i:[A-Z][A-Z0-9]{4,})\b|(?:coupons?|promo|codes?|compared|versus|vs)\b"
    r"|on\s(?:your|any|select|orders?|each|a\ssecond|top))",
    re.I,
)
CONDITIONAL_BEFORE = re.compile(
    r"\b(?:(?:extra|additional)\b(?!\ssavings?\sof)|another|up\sto|may|might|could|can|eligible"
    r"|first|next|every|plus|clip(?:ping)?|take|get)\b[^.,$]{0,30}$|\b(?:less"
    r"|lower|cheaper|under|below)\s?\(\s?$|[0-9]\s?[-–—]\s?$|[0-9]-[0-9]{1,4}\s$"
    r"|\bbuy\s(?:[2-9]|two|three|four|more|any)\b[^.$]{0,40}$|\b(?:codes?|coupons?|promo)\b(?![^.$]{0,40}\b(?:for\san?\s|to\s)(?:\w{1,15}\s)?sav)[^.$]{0,40}$",
    re.I,
)
OTHER_THING_AFTER = re.compile(
    r"[^.,;(]{0,60}?\b(?:alone|similar|comparable|previous[- ]gen\w{0,15}|last[- ]gen\w{0,15}|older|different"
    r"|(?:larger|bigger|smaller|lesser)\b"
    r"|other\s(?:colou?rs?|sizes?|models?|styles?|versions?)|without\sthe|for\sjust\sthe)\b",
    re.I,
)
OTHER_THING_BEFORE = re.compile(
    r"\b(?:similar|comparable|other\s(?:colou?rs?|sizes?|models?|styles?|versions?|options?)"
    r"|previous[- ]gen\w{0,15}|last[- ]gen\w{0,15}|predecessor|successor"
    r"|[0-9]{1,4}[\s-]?(?:GB|TB|mm|inch|in|oz|ct|pack|piece|\")\s(?:version|model|size|one|option|variant)"
    r"|the\s[0-9]{1,4}\s?(?:GB|TB)\s(?:is|costs?|for)"
    r"|(?:larger|bigger|smaller|other|pro|plus|max|standard)\s(?:version|model|size|one|option|variant))\b[^.;]{0,60}$",
    re.I,
)
# The price to which a "was" behind it belongs: "the 2 TB one for $150 (was $200)".
PRICED_BEFORE = re.compile(
    r"\b(?:for|at|is|only|just|now)\s\$\s?(?P<price>[0-9][0-9,]{0,9}(?:\.[0-9]{2})?)"
    r"(?![0-9]|\s?(?:off|less|more|under|below|cheaper|lower|drop|low|savings?|discount|coupon)\b)[^$]{0,30}$",
    re.I,
)
# A named amount followed by one of these is a difference.
DIFFERENCE = re.compile(r"\s?(?:off|less|cheaper|lower|below|under|savings?|discount|more|higher)\b", re.I)
NEW_BEFORE = re.compile(r"\b(?:(?:brand[- ])?new|sealed|unopened)\b[^.$)]{0,30}$", re.I)
NEW_UNIT = re.compile(
    r"[^.;]{0,70}?\b(?:(?:brand[- ])?new|sealed|unopened)\b(?!\s(?:low|customer|price|year|member"
    r"|account))",
    re.I,
)
USED_UNIT = re.compile(r"[^.;]{0,70}?\b(?:refurb\w{0,15}|renewed|used|open[- ]box|pre-?owned|restored)\b", re.I)
