"""What is remembered of a deal: its product, price, shop and time, whether it is just read or comes from the store."""

from scanner.deal_data import NewDeal, PastOffer, StoredDeal
from scanner.judging.product_key import product_key


def new_offer(new: NewDeal, dollars: float | None) -> PastOffer | None:
    """What a new deal offers at `dollars` USD; None where product or price are not told, or several prices are."""
    entry, read = new.entry, new.extraction
    product = None if dollars is None or read.has_variants else product_key(entry.title)
    if dollars is None or product is None:
        return None
    return PastOffer(new.keys[0], product, read.condition, dollars, entry.retailer, new.feed.title, entry.link, entry.published)


def offer_of(deal: StoredDeal, dollars: float) -> PastOffer | None:
    """The same of a deal that waits to be judged."""
    product = None if deal.has_variants else product_key(deal.title)
    if product is None:
        return None
    return PastOffer(deal.key, product, deal.condition, dollars, deal.retailer, deal.feed, deal.url, deal.published)
