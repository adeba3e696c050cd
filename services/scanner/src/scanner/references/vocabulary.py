"""The words from which the phrases are made, as parts of patterns. Decides nothing. English of the United States."""

HEDGE = (
    r"(?:\s?\b(?:about|around|over|nearly|almost|at\sleast|roughly|approximately|approx\.?|just|only"
    r"|more\sthan|well\sover"
    r"|an?|another|currently|up\sat|some)(?![\w'])){0,3}\s?[~(]?\s?"
)
THE = r"(?:(?:the|its|it's|their|our|a|an|that|his)\s)?"
NO_SHOP = (  # words that open a sentence or name a kind of price
    r"(?:the|this|that|its?|our|their|now|today|new|full|final|current|regular|reg|original|usual|normal|typical|average|list|retail"
    r"|sale|deal|street|previous|lowest|price|non-prime|prime|members?|shipping|you)"
)
CAPITAL = rf"(?!{NO_SHOP}\b)(?-i:[A-Z])[\w&'.!-]{{0,20}}"
SHOP = (
    r"(?:Amazon|Walmart|Best\sBuy|Target|Costco|eBay|(?:The\s)?Home\sDepot|Lowe'?s|Newegg|B&H"
    r"|Macy'?s|Kohl'?s|Staples|Sam'?s\sClub"
    r"|BJ'?s|Adorama|Woot|Dell|HP|Apple|Microsoft|Samsung|Lenovo|Office\sDepot|GameStop|Nordstrom"
    r"|Micro\sCenter|AliExpress|Temu"
    r"|QVC|HSN|REI|Dick'?s|Zappos|Wayfair|Chewy|Petco|CVS|Walgreens|Ace\sHardware|Harbor\sFreight"
    r"|Tractor\sSupply|AutoZone"
    r"|Advance\sAuto(?:\sParts)?|O'Reilly|Monoprice|Crutchfield|JCPenney|Overstock|Verizon|AT&T"
    r"|T-Mobile|Google|Nike|Adidas|Sears)"
)
SELLERS = r"(?:stores?|sellers?|shops?|retailers?|merchants?|sites?|vendors?|dealers?|places?|outlets?)"
OTHERS = (
    rf"(?:elsewhere|(?:at\s)?(?:any\s|all\s|most\s|many\s)?other\s(?:major\s|local\s|big\s|online\s)?{SELLERS}"
    rf"|(?:at\s)?(?:most|many|all|local)\s(?:other\s|local\s|major\s)?{SELLERS}"
    r"|any(?:one|where)\selse|everywhere\selse|(?:the\s)?competition|(?:the\s)?competitors?|rivals?|others)"
)
NAMED = rf"(?:{OTHERS}|{SHOP}|{CAPITAL}(?:\s{CAPITAL}){{0,2}})"
SELLING = (
    r"(?:(?:will\s|now\s|currently\s|also\s)?(?:charges?|asks?|wants?)(?:\syou)?|(?:is"
    r"|are)\s(?:currently\s|now\s|still\s)?"
    r"(?:charging|asking|selling\s(?:it\s|them\s|this\s)?(?:for|at))"
    r"|sells?\s(?:it|them|this|these|the\ssame\s(?:one|thing|model|item))\s(?:for|at))"
)
PAREN = r"(?:\s?\([^()]{0,30}\))?"
LESS = rf"(?:\s(?:less|cheaper|lower|better){PAREN}\sthan|\s(?:under|below|beneath)\b{PAREN})"
SAVED = r"\s(?:in\s)?savings?\s(?:over|from|compared\s(?:to|with)|versus|vs\.?)"
FALL = (
    r"(?:\s?\([^()]{0,30}\))?\s(?:less|cheaper|lower|under|below|beneath|off|(?:price\s)?drop"
    r"|discount|savings?)\b(?:\s?\([^()]{0,30}\))?"
)
FROM = r"\s(?:(?:than|from|off|of|on|since|over|compared\s(?:to|with|against))\s)?"
YOU_PAY = r"\byou(?:'d|'ll|\swould|\swill)?\s(?:have\sto\s|normally\s|otherwise\s|likely\s)?(?:pay|spend)"
OWN = r"(?:(?!(?:and|or|but|while|at|when|with)\b)[\w'&.-]{1,20}\s){0,4}?"  # whose: "Costco's", "the 90-day"
LIST = (
    r"(?:list(?:\sprice)?|list|m\.?s\.?r\.?p\.?|rrp|srp|(?:full\s"
    r"|suggested\s)?retail(?:\s(?:price|value))?|sticker\sprice)"
)
REGULAR = r"(?:regular(?:ly)?|reg|normal(?:ly)?|usual(?:ly)?|everyday|standard|full|going|non-sale|pre-sale)"
ORIGINAL = r"(?:orig(?:inal(?:ly)?)?|previous(?:ly)?|former(?:ly)?|prior|initial(?:ly)?|launch|old)"
AVERAGE = r"(?:averages?|avg\.?|mean|median|typical(?:\sprice)?|trend)"
MENTION = (
    r"(?:mention(?:ed)?|post(?:ed|ing)?|(?:last|previous|prior|earlier)\s(?:deal|offer|frontpage"
    r"|popular|price|sale))"
)
SEEN = (
    r"(?:seen|ever|mentioned|posted|listed|recorded|tracked|on\srecord|in\s(?:over\s"
    r"|at\sleast\s)?(?:\w{1,8}\s){0,2}(?:months?|years?|weeks?))"
)
RECORD = r"(?:all[- ]time|record|previous|prior|historic(?:al)?(?:ly)?|earlier|lowest[- ]ever|best[- ]ever|former|last)"
WITHIN = r"(?:(?!\band\b)[^.$]){0,45}"
MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
BEST = r"\b(?:best|lowest|cheapest)\b"
NO_GIFT = r"^(?:(?!\b(?:free|gift|bonus|with|plus|includ\w*|get|and|bundle|w/)).)*"
COSTS = (
    r"(?:it\s)?(?:is|it's|are|they're|costs?|runs?|goes\sfor|going\sfor|sells?\sfor|selling\sfor|retails?\sfor|priced\sat"
    r"|found\s(?:it|this|them|these)\sfor)"
)
CODE = (
    r"(?:coupon|promo|code|clip|rebate|mir\b|off\b|instant|discount|subscribe|s&s|checkout"
    r"|check\sout|cart|savings?|with\s|w/|when\s|=)"
)
