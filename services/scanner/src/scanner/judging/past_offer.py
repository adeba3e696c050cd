"""What is remembered of a deal: its product, price, shop and time, whether it is just read or comes from the store."""

from scanner.deal_data import NewDeal, PastOffer, StoredDeal
from scanner.history.product_id import identity_of
from scanner.judging.product_key import product_key


def new_offer(new: NewDeal, dollars: float | None) -> PastOffer | None:
    """What a new deal offers at `dollars` USD; None where the price is not told, or several prices are."""
    entry, read = new.entry, new.extraction
    if dollars is None or read.has_variants:
        return None
    product = identity_of(entry.title, new.follows.entry if new.follows else new.keys[0])
    of = (new.keys[0], product, read.condition, dollars, entry.retailer, new.feed.title, entry.link, entry.published)
    return PastOffer(*of, title=entry.title, category=entry.category)


def offer_of(deal: StoredDeal, dollars: float) -> PastOffer | None:
    """What a deal offers that waits to be judged; None where its title tells no product, of which the judge remembers nothing."""
    product = None if deal.has_variants else product_key(deal.title)
    if product is None:
        return None
    return PastOffer(deal.key, product, deal.condition, dollars, deal.retailer, deal.feed, deal.url, deal.published)
