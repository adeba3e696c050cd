"""The product that a deal is about, as text for the pricers: without prices, coupons, shipping and shop talk.

The pricers are trained on product texts that never name a price, and an estimate must not be drawn from the deal's own.
"""

import re

from scanner.prices.conditions import LEADING
from scanner.prices.legible_text import legible
from scanner.prices.mention import Mention, Role
from scanner.prices.money import find_money
from scanner.prices.rule_extractor import BARE_PRICE

_TAG = re.compile(r"^(?:\[[^\]]{1,30}\]|\([A-Za-z/ ]{2,20}\))\s?")
_SENTENCE = re.compile(r"(?<=[.!?])\s(?=[A-Z\"“'])")
_TALK = re.compile(
    r"[$£€%]|\b(?:coupon|promo|code|ship(?:s|ping|ped)?|delivery|buy now|shop now|checkout|price[sd]?|deal|savings?|save|discount"
    r"|sale|offer|expires?|ends?|lowest|cheap(?:er|est)?|per license|members?|cart|free to join|elsewhere|sells?|in stock"
    r"|return policy|we've (?:seen|found)|you'd pay|best buy now|rebate|pick ?up|prime)\b",
    re.I,
)
_TAIL = re.compile(
    r"(?:[-–|:,+&(\[@/\s]|\b(?:for|at|only|just|now|from|is|w/|with|after|in)\b){1,40}$",
    re.I,
)
_FIRST_TALK = re.compile(
    r"\s?(?:\+\s?)?\b(?:free (?:s\s?[&/]\s?h|s/?h\b|shipping|store|delivery|pick-?up)"
    r"|delivered\b|& more\b|with code\b|w/ code\b|[@]\s)"
    r"|\s@\s.*$|\s\+\s?(?:free\b|digital download\b|delivery\b|shipping\b).*$",
    re.I,
)
# "Price drop to $99: Acme TV", "Was $99, now $79: Acme TV": words before an amount that name no thing.
_LEAD = re.compile(
    r"(?:[\W_]|\b(?:now|just|only|today|price[sd]?|drop(?:s|ped)?|cut|was|were|reg(?:ular(?:ly)?)?|orig(?:inal(?:ly)?)?|list|msrp|usually"
    r"|for|from|to|at|down|pay|get|grab|save|take|off|on|sale|deal|hot|prime|members?|or|and|it's|is|back|again|up|extra"
    r"|in|stock|lightning|flash|daily|ends?|tonight|soon)\b){0,20}",
    re.I,
)
# What then joins amount and thing: "$35 for an Acme Mouse", "For $35 you get the Acme Mouse". A name begins with a capital.
_JOINT = re.compile(
    r"(?:[\W_]|\b(?:off|on|for|an?|the|this|you|get|your|of|in|rebate|at|now|today|only|just|shipped|delivered)\b){1,20}"
)
_SALE_OF = re.compile(r"^(?:[^:]{3,40}\b(?:sale|members|deals|% off)\s?):\s?", re.I)
_NO_GOODS = re.compile(
    r"\b(?:digital (?:download|code|delivery|hd|4k)|licen[sc]es?|subscriptions?|memberships?|e-?books?|kindle (?:edition|unlimited)"
    r"|vpn|software|antivirus|gift ?cards?|e-?gift|tickets?|flights?|vacations?|hotels?|cruises?|insurance|credit card"
    r"|online courses?|pc game|dlc|magazines?|printer plan|phone plan|sim card)\b",
    re.I,
)


def is_goods(title: str) -> bool:
    """Whether the title names a thing. Of licences, subscriptions and journeys the pricers, trained on goods, know nothing."""
    return not _NO_GOODS.search(title)


def product_title(title: str) -> str:
    """The title up to the first word about money or shipping; what comes behind a price in front is kept."""
    text = _TAG.sub("", legible(title))
    mentions = find_money(text)
    readable = [each for each in mentions if each.role is not Role.UNREADABLE]
    leading = _leading(text, readable)
    if leading:
        text = _without_leading(text, leading[-1], readable[len(leading) :])
    elif mentions and mentions[0].start >= 4:
        text = text[: mentions[0].start]
    elif bare := BARE_PRICE.search(text):
        text = text[: bare.start()]
    if talk := _FIRST_TALK.search(text):
        text = text[: talk.start()]
    text = _SALE_OF.sub("", text)
    cleaned = _TAIL.sub("", text).strip(" -–|,:")
    return LEADING.sub("", cleaned).strip() or cleaned or title.strip()


def _leading(text: str, mentions: list[Mention]) -> list[Mention]:
    """The amounts that stand before the thing."""
    found: list[Mention] = []
    for each in mentions:
        before = text[found[-1].end if found else 0 : each.start]
        if not _LEAD.fullmatch(before) and (found or each.start >= 4):
            break
        found.append(each)
    return found


def _without_leading(text: str, last: Mention, others: list[Mention]) -> str:
    named = text[last.end : others[0].start if others else len(text)]
    joint = _JOINT.match(named)
    return named[joint.end() :] if joint else named


def product_description(text: str) -> str:
    """The sentences that speak of the product."""
    return " ".join(
        sentence.strip() for sentence in _SENTENCE.split(legible(text)) if sentence.strip() and not _TALK.search(sentence)
    )
