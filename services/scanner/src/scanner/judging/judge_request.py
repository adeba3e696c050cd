"""A deal as the ensemble judges it: the product without prices, and the offer with all that is known of other prices."""

from collections.abc import Sequence

from common.judging import MAX_REFERENCES, MAX_RETAILER, JudgeRequest, Offer, Seen
from common.pricing import MAX_CATEGORY, MAX_DESCRIPTION, MAX_TITLE
from scanner.deal_data import StoredDeal
from scanner.prices.product_text import product_description, product_title


def request_of(deal: StoredDeal, dollars: float, seen: Sequence[Seen] = (), description: str | None = None) -> JudgeRequest:
    """`dollars`: its price in USD, above 0. `seen`: what the product was offered for before. `description`: in place of its own."""
    title = product_title(deal.title)[:MAX_TITLE]
    offer = Offer.model_validate(
        {
            "price": dollars,
            "condition": deal.condition,
            "retailer": deal.retailer[:MAX_RETAILER],
            "references": deal.references[:MAX_REFERENCES],
            "seen": tuple(seen),
        }
    )
    return JudgeRequest(
        title=title,
        description=product_description(description or deal.description)[:MAX_DESCRIPTION] or title,
        category=deal.category[:MAX_CATEGORY] or None,
        offer=offer,
    )
