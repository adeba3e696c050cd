"""Which product an offer is of, where a person asks for its history: what its title tells, else the entry that it stands in.

The judge's memory knows the products alone that titles tell: no key of an entry is like one of those.
"""

from scanner.deal_data import PastOffer, StoredDeal
from scanner.identity import digest
from scanner.judging.product_key import product_key

OF_ENTRY = "entry:"  # before the first deal's key of an entry; a product's key has bars, and this has none
_LENGTH = 16  # characters of an id


def identity_of(title: str, entry: str) -> str:
    """A product's identity. `entry`: key of the first deal of the same entry."""
    return product_key(title) or f"{OF_ENTRY}{entry}"


def is_of_entry(identity: str) -> bool:
    """Whether no title tells the product."""
    return identity.startswith(OF_ENTRY)


def id_of(identity: str, condition: str) -> str:
    """The short id of a product in a condition."""
    return digest(f"{identity}\n{condition}")[:_LENGTH]


def offer_at(deal: StoredDeal, dollars: float) -> PastOffer | None:
    """What a deal that waits to be judged offers; None where its title names several prices."""
    if deal.has_variants:
        return None
    identity = identity_of(deal.title, deal.entry or deal.key)
    of = (deal.key, identity, deal.condition, dollars, deal.retailer, deal.feed, deal.url, deal.published)
    return PastOffer(*of, title=deal.title, category=deal.category)


def name_of(identity: str) -> str:
    """What a product is called whose offers have no title any more."""
    return identity.removeprefix(OF_ENTRY).partition("|")[0]
