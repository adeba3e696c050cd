"""The product that a deal is about, as text for the pricers: without prices, coupons, shipping and shop talk.

The pricers are trained on product texts that never name a price, and an estimate must not be drawn from the deal's own.
"""

import re

from scanner.prices.conditions import LEADING
from scanner.prices.legible_text import legible
from scanner.prices.mention import Mention, Role
from scanner.prices.money import find_money
from scanner.prices.rule_extractor import BARE_PRICE
from scanner.prices.shops import OCCASION, SHOP, SHOP_WORDS

_TAG = re.compile(r"^(?:(?:\[[^\]$£€]{1,30}\]|\([A-Za-z/ ]{2,20}\))\s?){1,3}")
_SENTENCE = re.compile(r"(?<=[.!?])\s(?=[A-Z\"“'])")
_TALK = re.compile(
    r"[$£€%]|\b(?:coupon|promo|code|ship(?:s|ping|ped)?|delivery|buy now|shop now|checkout|price[sd]?|deal|savings?|save|discount"
    r"|sale|offer|expires?|ends?|lowest|cheap(?:er|est)?|per license|members?|cart|free to join|elsewhere|sells?|in stock"
    r"|return policy|we've (?:seen|found)|you'd pay|best buy now|rebate|pick ?up|prime)\b",
    re.I,
)
_TAIL = re.compile(
    r"(?:[-–|:,+&(\[@/\s]|\b(?:for|at|only|just|now|from|is|w/|with|after|in|was|reg(?:ularly)?\.?|orig(?:inally)?\.?|rrp|msrp)(?!\w)"
    rf"|[(,]\s?list(?!\w)|(?<=\s)(?:on\s|(?:{OCCASION}\s){{0,3}})(?:clearance|sale)(?!\w)){{1,40}}$",
    re.I,
)
_FIRST_TALK = re.compile(
    rf"\s(?:at|from|via|on)\s{SHOP}\b(?!'s|\s?[:|–—-]\s?\w|(?-i:\s[A-Z])).*$|"
    r"\s?(?:\+\s?)?\b(?:free (?:s\s?[&/]\s?h|s/?h\b|shipping|store|delivery|pick-?up)"
    r"|delivered\b|& more\b|with code\b|w/ code\b|[@]\s)"
    r"|\s@\s.*$|\s\+\s?(?:free\b|digital download\b|delivery\b|shipping\b).*$",
    re.I,
)
# "Price drop to $99: Acme TV", "Amazon (YMMV): $99 Acme TV": words before an amount that name no thing.
_LEAD = re.compile(
    rf"(?:[\W_]|\([\w /,+-]{{2,20}}\)|\d{{1,2}}\s?%|\b(?:now|just|today|tonight|price[sd]?|drop(?:s|ped)?|cut|was|were"
    r"|reg(?:ular(?:ly)?)?|orig(?:inal(?:ly)?)?|list|msrp|usually|for|from|to|at|on|in|off|up|down|or|and|a"
    r"|the|this|it's|is|back|again|extra|hot|stock|soon|via"
    rf"|pay|get|grab|save|take|ends?|shipped|delivered|after|coupon|rebate|mir|{SHOP_WORDS}|{SHOP})\b){{0,20}}",
    re.I,
)
# What then joins amount and thing: "$35 for an Acme Mouse", "For $35 you get the Acme Mouse". A name begins with a capital.
_JOINT = re.compile(
    r"(?:[^\w(\[]|_|\([A-Za-z/ -]{2,20}\)|\b(?:off|on|for|an?|the|this|you|get|your|of|in|rebate|coupon|mir|at|now|today|only|just"
    r"|[Ss]hipped|[Dd]elivered)\b){1,20}"
)
# What names no thing behind an amount: "$99 with code X".
_NO_NAME = re.compile(
    r"[\W_]{0,8}(?:(?:with|after|when|if|via|using|plus|or|each|per|by|until|thru|through|expires?|exp|coupons?|codes?|promo"
    r"|limit|ends?|today|(?:refurb(?:ished)?|used|new)\W{0,4}$|free\s(?:s\s?[&/]|s/?h|ship|store|pick|deliver))\b|w/|$)",
    re.I,
)
# "Dell: $599 Inspiron 15", "LG $300 65-inch TV": of one word before the amount and a name behind it both are the name.
_FIRST_WORD = re.compile(r"(?P<word>[A-Za-z][\w'&.+-]{1,20}?)(?:\.com)?[\s:,|–—-]{1,3}(?:(?:for|now|only|just)\s)?")
_NAME = re.compile(r"[\s:,|–—-]{1,3}(?=[A-Z0-9])")
_WORD = re.compile(r"[^\W_]{2}")
# "Amazon: Acme TV", "Best Buy has the Acme TV".
_SOURCE = re.compile(
    r"^(?!amazon\s(?:warehouse|resale)\b|amazon\b.{0,60}\b(?:fire|echo|kindle)\b)"  # a condition, and what it makes itself
    rf"(?:at\s|from\s)?{SHOP}(?:[\s(]{{1,2}}(?:{SHOP_WORDS})\b\)?){{0,4}}!?\s?(?:[:|]\s?|[-–—]\s|\bhas\s(?:an?|the)\s)(?=\w)",
    re.I,
)
_SALE_OF = re.compile(r"^(?:[^:]{3,40}\b(?:sale|members|deals|% off)\s?):\s?(?=\S)", re.I)
_NO_GOODS = re.compile(
    r"\b(?:digital (?:download|code|delivery|hd|4k)|licen[sc]es?|subscriptions?|memberships?|e-?books?|kindle (?:edition|unlimited)"
    r"|vpn|software|antivirus|gift ?cards?|e-?gift|tickets?|flights?|vacations?|hotels?|cruises?|insurance|credit card"
    r"|online courses?|pc game|dlc|magazines?|printer plan|phone plan|sim card)\b",
    re.I,
)


def is_goods(title: str) -> bool:
    """Whether the title names a thing, and not a shop alone.

    Of licences, subscriptions and journeys the pricers, trained on goods, know nothing.
    """
    return not _NO_GOODS.search(title) and not _LEAD.fullmatch(product_title(title))


def product_title(title: str) -> str:
    """The title up to the first word about money or shipping; what comes behind a price in front is kept."""
    text = _TAG.sub("", legible(title))
    named = _without_talk(_named(text, find_money(text)))
    cleaned = _TAIL.sub("", _SOURCE.sub("", _SALE_OF.sub("", named))).strip(" -–|,:")
    return LEADING.sub("", cleaned).strip() or cleaned or title.strip()


def _named(text: str, mentions: list[Mention]) -> str:
    """The part of a title beside its amounts that names the thing: what stands before them, else what stands behind."""
    readable = [each for each in mentions if each.role is not Role.UNREADABLE]
    leading = _leading(text, readable)
    if not mentions:
        bare = BARE_PRICE.search(text)
        return text[: bare.start()] if bare else text
    before = text[: mentions[0].start]
    if leading:
        behind = _behind(text, leading[-1], readable[len(leading) :])
        joint = _JOINT.match(behind)
        name = behind[joint.end() if joint else 0 :]
        return before if _WORD.search(before) and _is_talk(name) else name
    first, behind = _FIRST_WORD.fullmatch(before), _behind(text, mentions[0], mentions[1:])
    gap = _NAME.match(behind)
    return f"{first['word']} {behind[gap.end() :]}" if first and gap and not _is_talk(behind) else before


def _leading(text: str, mentions: list[Mention]) -> list[Mention]:
    """The amounts that stand before the thing."""
    found: list[Mention] = []
    for each in mentions:
        if not _LEAD.fullmatch(text[found[-1].end if found else 0 : each.start]):
            break
        found.append(each)
    return found


def _behind(text: str, last: Mention, others: list[Mention]) -> str:
    return text[last.end : others[0].start if others else len(text)]


def _is_talk(behind: str) -> bool:
    """Whether what stands behind an amount names no thing."""
    return _LEAD.fullmatch(_without_talk(behind)) is not None or _NO_NAME.match(behind) is not None


def _without_talk(text: str) -> str:
    talk = _FIRST_TALK.search(text)
    return text[: talk.start()] if talk else text


def product_description(text: str) -> str:
    """The sentences that speak of the product."""
    return " ".join(
        sentence.strip() for sentence in _SENTENCE.split(legible(text)) if sentence.strip() and not _TALK.search(sentence)
    )
