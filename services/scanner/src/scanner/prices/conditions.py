"""The condition of what a deal sells: new, refurbished, open-box or used. Knows no language but English.

What is blemished, returned or was on show counts as open-box; what is sold as broken or for its parts counts as used. A title
says it of its product, unless it says what the product does ("cleans like new", "can be used for"); a text must say it of the
product itself, as many compare with a used one.
"""

import re

from scanner.prices.legible_text import legible

OPENING = 300  # characters of a text that tell the product's condition

_CONTAINERS = "".join(
    rf"(?<!\b{word}\s)"
    for word in ["bin", "bins", "box", "boxes", "case", "organizer", "tray", "trays", "cabinet", "drawers", "rack", "storage"]
)
_ENDS = r"(?=\s?(?:$|[-–|:,;/)\]$(]))"
_BROKEN = re.compile(
    rf"\b(?:{_CONTAINERS}for\s(?:parts|repairs?)(?=\s?(?:$|[-–|:,;/)\]$(]|(?:or|and|&|only|not)\b))|parts\sonly"
    rf"|spares?\s?(?:or|and|&|/)\s?repairs?"
    r"|(?:not|non)[- ](?:working|functional|functioning)|(?:does|do)(?:n't|\snot)\s(?:work|power|turn|boot|charge)"
    r"|(?:sold\s)?as[- ]is(?!\s\w)|untested|faulty|defective"
    rf"|salvaged?{_ENDS}|(?<!for\s)(?:cracked|broken|shattered)\s(?:screen|display|lcd|glass){_ENDS}|(?:water"
    rf"|smoke)[- ]damaged)(?!\w)"
    r"|[(\[](?:broken\b|damaged[)\]])",
    re.I,
)
_REFURBISHED = (
    r"(?:re-?furb(?:s|ed|ished|ishment)?|(?<!auto-)(?<!auto\s)renewed|re-?certified|re-?conditioned"
    r"|re-?man(?:ufactured)?|remanned|b[- ]?stock|factory\sserviced"
    r"|(?<!digitally\s)(?<![24]k\s)restored(?!\s(?:edition|version|to|by|from)))"
)
_OPEN_BOX = (
    r"(?:open(?:ed)?[-–— ]?box(?:ed)?|unsealed|opened(?=\s?[,;)\]]|\s(?:but|never|once|only)\b)"
    r"|open(?:ed)?[- ]package|ex[- ]?display|ex[- ]?demo|demo\s(?:unit|model)|floor\s(?:model|sample|display)"
    r"|(?:display|showroom)\s(?:model|sample|piece)|shop[- ]?soiled|blem(?:ished|s)?|factory\sseconds?|customer\sreturns?"
    r"|scratch(?:ed)?(?:\s?(?:&|and|n|'n'?|\+|/)\s?|-(?:and|n)-)dent(?:ed)?|(?:damaged|dented|torn)\s(?:box"
    r"|packag(?:e|ing))|(?:box|packaging)\sdamaged?"
    r"|cosmetic(?:ally)?\s(?:damaged?|blemish(?:es|ed)?|defects?|imperfect(?:ions?)?)|geek\ssquad\scertified)"
)
_OWNED = (
    r"(?:pre-?\s?owned|pre-?\s?loved|pre-?\s?used|(?:second|2nd)[- ]?hand|previously\s(?:owned|used|loved)"
    r"|off[- ]?lease|thrifted"
    r"|ex[- ]?(?:rental|lease|library|hire)|amazon\s(?:warehouse|resale)"
    r"|(?<!costco\s)(?<!club\s)warehouse\sdeals?|like[- ]new(?!\sbalance)"
    rf"|(?<!good\s)as[- ]new(?:{_ENDS}|\scondition)|grade\s[bc]|(?-i:CPO)|missing\s(?:accessories|parts|charger|remote|manual)"
    r"|(?:very\sgood|good|excellent|great|mint|acceptable|fair|used)[- ]condition|(?:gently|lightly"
    r"|barely)\sworn|worn\s(?:once|twice)|(?:server|system)\spulls?"
    r"|signs\sof\s(?:wear|use)|(?:minor|light|some|cosmetic)\s(?:wear|scratches|scuffs))"
)
_USED = r"used(?!\s(?:for|to|by|in|with|as|on|at|when|during|up|together|alongside|everywhere|like\s(?:an?|the)|worldwide)\b)"
# What things do, or are not, rather than what state they are in.
_IS_USED = re.compile(
    r"\b(?:be|been|being|is|are|was|most|widely|commonly|often|frequently|mostly|usually|typically|also|when|if"
    r"|get|getting|easily)"
    r"[\s-](?:widely\s|commonly\s|often\s|also\s)?used\b",
    re.I,
)
_NOT_SAID = re.compile(
    r"\b(?:looks?|looking|works?|working|feels?|cleans?|cleaning|restores?|restoring|makes?|shines?|keeps?|back"
    r"|good|runs?|like)\b"
    r"[^.,;:(\[|$–-]{0,30}\blike[- ]new\b"
    rf"|\b(?:not|non|never|no|isn't|aren't|un)[\s-](?:an?\s)?(?:{_REFURBISHED}|{_OPEN_BOX}|{_OWNED}|used)\b",
    re.I,
)
_OF_TITLE = (
    ("refurbished", re.compile(rf"\b{_REFURBISHED}\b", re.I)),
    ("open-box", re.compile(rf"\b{_OPEN_BOX}\b", re.I)),
    ("used", re.compile(rf"\b(?:{_OWNED}|{_USED})\b", re.I)),
)
_OF_TEXT = (
    (
        "refurbished",
        re.compile(
            r"\b(?:this|these|a|the|it's an?|certified|factory|manufacturer|seller|sold\sas)[\w ,-]{0,20}"
            r"\b(?:refurb(?:s|ished)?|renewed|re-?certified|reconditioned|re-?manufactured)\b",
            re.I,
        ),
    ),
    ("open-box", re.compile(rf"\b(?:this|these|it's|they're|is|are|sold\sas)[\w ]{{0,12}}\b{_OPEN_BOX}\b", re.I)),
    (
        "used",
        re.compile(
            r"\b(?:pre-?owned|pre-?loved|(?:used|like[- ]new|very\sgood|acceptable)\scondition|(?:this|it"
            r"|they)\s(?:is|are)\sused(?!\s(?:for|to|by|in|as))"
            r"|in\sused|for\sparts\sor\snot\sworking)\b",
            re.I,
        ),
    ),
)
LEADING = re.compile(
    rf"^\W{{0,4}}(?:(?:certified|factory|manufacturer|seller)\s)?(?:{_REFURBISHED}|{_OPEN_BOX}|{_OWNED}|used|unlocked)"
    r"(?:\s?[-–—/,:]\s?(?:like[- ]new|very\sgood|good|acceptable))?\b[:,\s–—-]{0,4}",
    re.I,
)


def condition_of(title: str, text: str) -> str:
    """new, refurbished, open-box or used."""
    if is_broken(title):
        return "used"
    said = _IS_USED.sub(" ", _NOT_SAID.sub(" ", legible(title)))
    opening = _NOT_SAID.sub(" ", legible(text[:OPENING]))
    of_title = (condition for condition, pattern in _OF_TITLE if pattern.search(said))
    of_text = (condition for condition, pattern in _OF_TEXT if pattern.search(opening))
    return next(of_title, None) or next(of_text, "new")


def is_broken(title: str) -> bool:
    """Whether the thing is sold as not working, or untested: what a working one is worth says nothing of it."""
    return _BROKEN.search(legible(title)) is not None
