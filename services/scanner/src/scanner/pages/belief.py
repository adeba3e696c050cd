"""Who is believed of a deal: the feed's own price first, then its page, then what title and text say. Pure.

A page can show a variant, another currency, or a price before the coupon: where it differs from what the deal says by more than
2 % the deal's word stands, and a person is asked, unless a coupon explains it.
"""

import re
from dataclasses import replace

from scanner.pages.page_data import PageFacts
from scanner.parsing.feed_entry import FeedEntry
from scanner.prices import terms
from scanner.prices.candidate import Candidate
from scanner.prices.legible_text import legible
from scanner.prices.rule_extractor import PRICED, Extraction

# What lowers a price only at the checkout: the page asks more before that.
_LOWERED_LATER = re.compile(
    r"\b(?:coupons?|promo(?:tional|tion)?|codes?|clip(?:ped)?|checkout|in[- ]cart|rebates?|subscribe|s&s|members?|prime|trade-?in"
    r"|sign[- ]?up|student|app[- ]only)\b",
    re.I,
)
_OPENING = 400  # characters of a text that may say so
TOLERANCE = 0.02  # of the price, and a cent: titles are rounded to dollars


def believed(read: Extraction, entry: FeedEntry, page: PageFacts) -> Extraction:
    """What a deal costs by itself, its page heard."""
    read = replace(read, condition=page.condition) if read.condition == "new" and page.condition else read
    if page.asks is None or read.price_source == "feed" or read.has_variants:
        return _with_list_price(read, page)
    price, currency = page.asks
    if read.price is None:
        if read.kind != "other" or _is_no_single_price(entry):
            return read
    elif currency != read.currency or not is_near(price, read.price):
        return read
    found = replace(read, price=price, currency=currency, kind=PRICED, price_source="page")
    return _with_list_price(found, page)


def _is_no_single_price(entry: FeedEntry) -> bool:
    """Whether no page makes a price of it: a sale, something to be won, or what is had only with a contract."""
    opening = legible(entry.text[:_OPENING])
    is_of_many = entry.deal_type == "sale" or terms.is_of_everything(opening)
    return is_of_many or terms.is_refused(entry.title) or terms.is_conditional(opening)


def page_candidate(read: Extraction, entry: FeedEntry, page: PageFacts) -> Candidate | None:
    """What a page says a deal costs; None where it names nothing, or a price from which a coupon is still to be taken."""
    if page.asks is None:
        return None
    price, currency = page.asks
    is_before_coupon = read.price is not None and price > read.price and is_lowered_later(f"{entry.title} {entry.text}")
    return None if is_before_coupon else Candidate(price, currency, "page", "its page's structured data")


def is_lowered_later(text: str) -> bool:
    """Whether a deal's text names a coupon or the like, so that its page asks more than one pays."""
    return _LOWERED_LATER.search(text) is not None


def is_near(one: float, other: float) -> bool:
    """Whether two prices in one currency are the same but for rounding."""
    return abs(one - other) <= max(TOLERANCE * other, 0.011)


def enriched(entry: FeedEntry, page: PageFacts) -> FeedEntry:
    """The entry, with brand and model where its page names them and the deal does not."""
    known = f"{entry.title}\n{entry.text}".lower()
    named = {"Brand": page.brand, "Model": page.model}
    added = [f"{name}: {value[:80]}." for name, value in named.items() if value and value.lower() not in known]
    if not added:
        return entry
    text = entry.text.rstrip()
    stop = "" if not text or text.endswith((".", "!", "?")) else "."
    return replace(entry, text=f"{text}{stop} {' '.join(added)}".strip())


def _with_list_price(read: Extraction, page: PageFacts) -> Extraction:
    """With the page's former price where the deal names none. It is the seller's claim, and never used to rank."""
    is_told = read.price is not None and page.list_price is not None and page.currency == read.currency
    if not is_told or read.list_price is not None or page.list_price is None or page.list_price <= (read.price or 0.0):
        return read
    return replace(read, list_price=page.list_price)
