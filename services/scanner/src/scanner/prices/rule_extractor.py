"""The rule extractor: reads the true price of a deal from its title, and its former price and condition from title and text.

    extract("Acme 27\\" Monitor for $139 + free shipping", "Save $60. Buy Now at Acme") -> price 139.0, list_price 199.0

A wrong price is worse than none: whatever is not plainly the price of one thing is refused. Knows no language but English.
"""

import re
from dataclasses import dataclass, replace

from scanner.prices.money import Mention, Role, find_money

PRICED = "priced"
MAX_TITLE, MAX_TEXT = 1_000, 10_000  # characters that are read


@dataclass(frozen=True)
class Extraction:
    """What a deal costs. `price` is what one pays, once, for the one thing that the title names; None where that is not plain.

    kind: priced, and where price is None: recurring, from, percent_or_amount_off, roundup, multi_buy, free, free_with_purchase,
    other. `has_variants`: the title prices several things, and `price` is the lowest. `price_source`: who read it: rules, model, or
    feed for a feed's own element.
    """

    price: float | None
    list_price: float | None
    kind: str
    condition: str
    currency: str
    has_variants: bool = False
    price_source: str = "rules"


_NOT_A_DEAL = re.compile(r"^\W*(?:meta|psa|discussion|reminder|notice|question|giveaway|news|review)\b\s*[\])]", re.I)
_CONDITIONAL = re.compile(
    r"(?<!no )(?:with|w/|requires?|after|when you)\s+(?:[\w$.-]+\s+){0,4}?"
    r"(?:trade[- ]?in|activation|new line|port[- ]in|contract|service plan)\b",
    re.I,
)
_FREE_SHIPPING = re.compile(
    r"\bfree\s+(?:[\w.-]+\s+)?(?:&\s+easy\s+)?(?:s\s?[&/]\s?h|s/?h\b|shipping|ship\b|ship\b|delivery|store|in-store|pick-?up|returns?|sync|local|no-rush|prime|curbside|c&c)"
    r"|\bfree(?:sync|dom)|[\w-]+-free\b|\bfree\s*\)?\s*$",
    re.I,
)
_FREE = re.compile(r"\bfree(?:bies?)?\b", re.I)
_WITH_PURCHASE = re.compile(
    r"\bfree\s+(?:w/|with|when)\s.{0,40}?\b(?:purchases?|pre-?orders?|orders?|buy)\b"
    r"|\b(?:with|w/|when you)\s+(?:\w+\s+){0,2}(?:purchases?|buy)\b",
    re.I,
)
_MULTI = re.compile(r"\b(?:bogo|b\dg\d|buy\s+(?:\d+|one|two|three|more),?\s+get|mix (?:&|and) match)\b", re.I)
_PERCENT = re.compile(r"\d\s?%\s*(?:-\s*)?off\b|\bhalf[- ]price\b|\boff\b", re.I)
_UP_TO = re.compile(r"\bup to (?:an? )?(?:extra )?(?:\d+\s?%|\$\d[\d,.]*)", re.I)
_SALE = re.compile(
    r"\b(?:deals?|sale|sales|clearance|doorbusters?|event|outlet|roundup|round-up|megathread|coupons?|sitewide|everything|specials?)\b",
    re.I,
)
_EVERYTHING = re.compile(
    r"\b(?:everything|sitewide|storewide|all (?:items|orders|products)|hundreds of|thousands of"
    r"|off (?:any|all|select|most|your|everything))\b",
    re.I,
)
BARE_PRICE = re.compile(
    r"(?:(?<![\d.])\s*[-–](?!\d+\.\d\d\))|[:(\[@]|\b(?:for|at|only|now|just|price)\b)\s*(?P<amount>\d{1,4}\.\d{2})(?=\s*(?:[)\]]|$|(?:after|shipped|w/|with|at)\b|\([\d$]))",
    re.I,
)
_TEXT_PRICE = re.compile(
    r"\b(?:drops?(?: it| the price| the total)? to|drops?(?: it)? down to|cuts?(?: it| the price)? to"
    r"|(?:it'?s|yours|get it|pay|is) (?:just|only)"
    r"|for (?:just|only|a total of)|(?:price|total) (?:of|is))\s*$",
    re.I,
)
_CONDITIONS = (
    ("refurbished", re.compile(r"\b(?:refurb(?:s|ished)?|renewed|recertified|reconditioned|b-stock)\b", re.I)),
    ("open-box", re.compile(r"\bopen[- ]?box\b", re.I)),
    ("used", re.compile(r"\b(?:pre-?owned|second[- ]?hand|previously owned|used(?! (?:for|to|by|in|with|as|on|at)\b))\b", re.I)),
)
_TEXT_CONDITIONS = (
    (
        "refurbished",
        re.compile(
            r"\b(?:this|these|a|the|it'?s an?|certified|factory|manufacturer|seller|sold as)[\w ,-]{0,20}"
            r"\b(?:refurb(?:s|ished)?|renewed|recertified|reconditioned)\b",
            re.I,
        ),
    ),
    ("open-box", re.compile(r"\b(?:this|these|it'?s|they'?re|is|are|sold as)[\w ]{0,12}\bopen[- ]?box\b", re.I)),
    ("used", re.compile(r"\b(?:pre-?owned|used condition|(?:this|it|they) (?:is|are) used|in used)\b", re.I)),
)
_SAVING = re.compile(
    r"(?:\b(?:savings? of|save|saves you|low by)\s+\$(?P<a>\d[\d,]*(?:\.\d{2})?)"
    r"|\$(?P<b>\d[\d,]*(?:\.\d{2})?)\s+(?:off|savings|under list|below list|less than|cheaper|low\b))",
    re.I,
)


def extract(title: str, text: str, currency: str = "USD") -> Extraction:
    """Read one deal. `currency` is what a plain dollar sign means in the feed."""
    title, text = _plain(title)[:MAX_TITLE], _plain(text)[:MAX_TEXT]
    mentions = find_money(title)
    result = _decide(title, mentions, Extraction(None, None, "other", condition_of(title, text), currency))
    if result.kind == "other":
        result = _from_text(title, text, result)
    if result.price is not None:
        result = replace(result, list_price=_list_price(result.price, mentions, text))
    return result


def condition_of(title: str, text: str) -> str:
    """new, refurbished, open-box or used. The text must say it of the product itself: many compare with a refurbished one."""
    for condition, pattern in _CONDITIONS:
        if pattern.search(title):
            return condition
    opening = text[:300]
    return next((condition for condition, pattern in _TEXT_CONDITIONS if pattern.search(opening)), "new")


def _plain(text: str) -> str:
    return re.sub(r"[\s\u200b]+", " ", text).strip()


def _decide(title: str, mentions: list[Mention], empty: Extraction) -> Extraction:
    roles = {mention.role for mention in mentions}
    if _NOT_A_DEAL.search(title) or Role.UNREADABLE in roles or _CONDITIONAL.search(title):
        return empty
    prices = [each for each in mentions if each.role is Role.FINAL] or [each for each in mentions if each.role is Role.PRICE]
    if prices and not _is_vague(title, prices[0], mentions):
        return _priced(prices, empty)
    if Role.RECURRING in roles:
        return replace(empty, kind="recurring")
    if not mentions and (bare := BARE_PRICE.search(title)):
        return replace(empty, price=float(bare["amount"]), kind=PRICED)
    return _without_price(title, roles, empty)


def _is_vague(title: str, price: Mention, mentions: list[Mention]) -> bool:
    """The amount belongs to a whole sale, a range or a condition rather than to a product."""
    earlier = title[: price.start]
    if any(each.role is Role.FROM and each.start < price.start for each in mentions):
        return True
    if any(
        each.role is Role.RECURRING and re.search(r"(?:w/|with)\s+(?:[\w-]+\s+){0,2}$", title[: each.start], re.I)
        for each in mentions
    ):
        return True
    if (
        any(each.role in (Role.SALE, Role.LIMIT) for each in mentions)
        or _EVERYTHING.search(earlier)
        or _WITH_PURCHASE.search(earlier)
    ):
        return True
    up_to = _UP_TO.search(title)
    return up_to is not None and (up_to.start() > price.start or ":" not in title[up_to.end() : price.start])


def _priced(prices: list[Mention], empty: Extraction) -> Extraction:
    lowest = min(prices, key=lambda each: each.amount)
    several = len({each.amount for each in prices}) > 1
    return replace(empty, price=lowest.amount, kind=PRICED, currency=lowest.currency or empty.currency, has_variants=several)


def _without_price(title: str, roles: set[Role], empty: Extraction) -> Extraction:
    unshipped = _FREE_SHIPPING.sub(" ", title)
    is_multi = bool(_MULTI.search(title))
    reasons = (
        ("multi_buy", Role.MULTI in roles),
        ("free_with_purchase", bool(_WITH_PURCHASE.search(unshipped)) and not is_multi),
        ("free", bool(_FREE.search(unshipped))),
        ("multi_buy", is_multi),
        ("from", Role.FROM in roles),
        ("percent_or_amount_off", Role.OFF in roles or bool(_PERCENT.search(title))),
        ("roundup", not roles and bool(_SALE.search(title))),
    )
    return replace(empty, kind=next((kind for kind, holds in reasons if holds), "other"))


def _from_text(title: str, text: str, empty: Extraction) -> Extraction:
    """A title without any amount: the text's price counts where it says so in so many words, and only once."""
    if find_money(title) or _NOT_A_DEAL.search(title) or _EVERYTHING.search(text[:200]) or _CONDITIONAL.search(text[:300]):
        return empty
    found = [each for each in find_money(text[:400]) if each.role is Role.PRICE and _TEXT_PRICE.search(text[: each.start])]
    amounts = {each.amount for each in found}
    return _priced(found, empty) if len(amounts) == 1 else empty


def _list_price(price: float, mentions: list[Mention], text: str) -> float | None:
    """The former price where it is named, else price + the saving that is named. Never used to rank: sellers inflate it."""
    for each in [*mentions, *find_money(text)]:
        if each.role in (Role.LIST, Role.BEFORE) and each.amount > price:
            return each.amount
    saving = _SAVING.search(text)
    if not saving:
        return None
    return round(price + float((saving["a"] or saving["b"]).replace(",", "")), 2)
