"""The rule extractor: reads the true price of a deal from its title, and its former price and condition from title and text.

    extract("Acme 27\\" Monitor for $139 + free shipping", "Save $60. Buy Now at Acme") -> price 139.0, list_price 199.0

A wrong price is worse than none: whatever is not plainly the price of one thing is refused. Knows no language but English.
"""

import re
from dataclasses import dataclass, field, replace

from scanner.prices import terms
from scanner.prices.candidate import Candidate
from scanner.prices.conditions import condition_of
from scanner.prices.currencies import currency_of_all
from scanner.prices.legible_text import legible
from scanner.prices.mention import Mention, Role
from scanner.prices.money import find_money

PRICED = "priced"
MAX_TITLE, MAX_TEXT = 1_000, 10_000  # characters that are read
_OPENING = 400  # characters of a text that may say the price of a title without one


@dataclass(frozen=True)
class Extraction:
    """What a deal costs. `price` is what one pays, once, for the one thing that the title names; None where that is not plain.

    kind: priced, and where price is None: recurring, from, percent_or_amount_off, roundup, multi_buy, free, free_with_purchase,
    other. `has_variants`: the title prices several things, and `price` is the lowest. `price_source`: who read it: rules, model,
    page for a page's structured data, or feed for a feed's own element. `shipping`: what of `price` is for that, where the deal is
    made; the readers say what the thing costs by itself, and leave it None. `candidates`: what each who was asked says it costs.
    """

    price: float | None
    list_price: float | None
    kind: str
    condition: str
    currency: str
    has_variants: bool = False
    price_source: str = "rules"
    shipping: float | None = None
    candidates: tuple[Candidate, ...] = field(default=(), compare=False)


_FREE_SHIPPING = re.compile(
    r"\bfree\s(?:[\w.-]{1,20}\s)?(?:&\seasy\s)?(?:s\s?[&/]\s?h|s/?h\b|shipping|ship\b|delivery|store|in-store"
    r"|pick-?up|returns?|sync|local|no-rush|prime|curbside|c&c)"
    r"|\bfree(?:sync|dom)|(?<=\w)-free\b|\bfree\s?\)?\s?$",
    re.I,
)
_FREE = re.compile(r"\bfree(?:bies?)?\b", re.I)
_WITH_PURCHASE = re.compile(
    r"\bfree\s(?:w/|with|when)\s.{0,40}?\b(?:purchases?|pre-?orders?|orders?|buy)\b"
    r"|\b(?:with|w/|when you)\s(?:\w{1,20}\s){0,2}(?:purchases?|buy)\b",
    re.I,
)
_PERCENT = re.compile(r"\d\s?%\s?(?:-\s?)?off\b|\bhalf[- ]price\b|\boff\b", re.I)
_UP_TO = re.compile(r"\bup to (?:an? )?(?:extra )?(?:\d{1,3}\s?%|\$\d)", re.I)
_SALE = re.compile(
    r"\b(?:deals?|sale|sales|clearance|doorbusters?|event|outlet|roundup|round-up|megathread|coupons?|sitewide|everything|specials?)\b",
    re.I,
)
BARE_PRICE = re.compile(
    r"(?:(?<![\d.])\s?[-–](?!\d+\.\d\d\))|[:(\[@]|\b(?:for|at|only|now|just|price)\b)\s?(?P<amount>\d{1,4}\.\d{2})"
    r"(?=\s?(?:[)\]]|$|(?:after|shipped|w/|with|at)\b|\([\d$]))",
    re.I,
)
_TEXT_PRICE = re.compile(
    r"\b(?:drops?(?: it| the price| the total)? to|drops?(?: it)? down to|cuts?(?: it| the price)? to"
    r"|(?:it'?s|yours|get it|pay|is) (?:just|only)"
    r"|for (?:just|only|a total of)|(?:price|total) (?:of|is))\s?$",
    re.I,
)
_WITH = re.compile(r"(?:w/|with)\s(?:[\w-]{1,20}\s){0,2}$", re.I)
_SAVING = re.compile(
    r"(?:\b(?:savings? of|save|saves you|low by)\s\$(?P<a>\d[\d,]{0,12}(?:\.\d{2})?)(?!\d|[.,]\d)"
    r"|\$(?P<b>\d[\d,]{0,12}(?:\.\d{2})?)\s(?:off|savings|under list|below list|less than|cheaper|low\b))",
    re.I,
)


def extract(title: str, text: str, currency: str = "USD") -> Extraction:
    """Read one deal. `currency` is what a plain dollar sign means in the feed."""
    title, text = legible(_cut(title, MAX_TITLE)), legible(_cut(text, MAX_TEXT))
    mentions = find_money(title)
    empty = Extraction(None, None, "other", condition_of(title, text), currency_of_all(title) or currency)
    result = _decide(title, mentions, empty)
    if result.kind == "other":
        result = _from_text(title, text, result)
    if result.price is not None:
        result = replace(result, list_price=_list_price(result.price, mentions, text))
    return result


def _cut(text: str, most: int) -> str:
    """No more than `most` characters, and no part of a word or number."""
    return text if len(text) <= most else text[:most].rpartition(" ")[0]


def _decide(title: str, mentions: list[Mention], empty: Extraction) -> Extraction:
    roles = {mention.role for mention in mentions}
    if Role.UNREADABLE in roles or terms.is_no_deal(title) or terms.is_conditional(title):
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
    if any(each.role is Role.RECURRING and _WITH.search(title[: each.start]) for each in mentions):
        return True
    if any(each.role in (Role.SALE, Role.LIMIT) for each in mentions) or terms.is_of_several(title):
        return True
    if terms.is_of_everything(earlier) or _WITH_PURCHASE.search(earlier) or terms.is_with_another(title[price.end :]):
        return True
    up_to = _UP_TO.search(title)
    return up_to is not None and (up_to.start() > price.start or ":" not in title[up_to.end() : price.start])


def _priced(prices: list[Mention], empty: Extraction) -> Extraction:
    lowest = min(prices, key=lambda each: each.amount)
    several = len({each.amount for each in prices}) > 1
    return replace(empty, price=lowest.amount, kind=PRICED, currency=lowest.currency or empty.currency, has_variants=several)


def _without_price(title: str, roles: set[Role], empty: Extraction) -> Extraction:
    unshipped = _FREE_SHIPPING.sub(" ", title)
    is_multi = terms.is_of_several(title)
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
    if find_money(title) or terms.is_no_deal(title) or terms.is_of_everything(text[:200]) or terms.is_conditional(text[:_OPENING]):
        return empty
    mentions = [each for each in find_money(text) if each.end <= _OPENING]
    found = [each for each in mentions if each.role is Role.PRICE and _TEXT_PRICE.search(text[: each.start])]
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
    former = round(price + float((saving["a"] or saving["b"]).replace(",", "")), 2)
    return former if former > price else None
