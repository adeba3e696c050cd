"""Shops by name: a push names none but its deal's own. Not all there are: those that people know, and may be sent to."""

import re

from common.deals import Deal

_NAMES = (
    "Abercrombie, Academy Sports, Adorama, AliExpress, Alibaba, Amazon, Apple Store, Backcountry, Banggood, Barnes & Noble, "
    "Bed Bath & Beyond, Best Buy, BestBuy, BJ's, B&H, Bloomingdale's, Big Lots, Blain's, Cabela's, Chewy, Costco, Craigslist, CVS, "
    "Daily Steals, Dick's, Dillard's, DHgate, Dollar General, eBay, Etsy, Eastbay, Facebook Marketplace, Foot Locker, GameStop, "
    "Gearbest, Groupon, Harbor Freight, Home Depot, HSN, IKEA, JB Hi-Fi, JCPenney, Kmart, Kohl's, Kroger, Lowe's, Macy's, Meh, "
    "Menards, Micro Center, MicroCenter, Monoprice, Neiman Marcus, Newegg, Nordstrom, Officeworks, Office Depot, Old Navy, "
    "Overstock, Petco, PetSmart, QVC, REI, Rite Aid, Sam's Club, SamsClub, Sears, Sephora, Shein, Shopee, Staples, StackSocial, "
    "Target, Temu, TigerDirect, Tractor Supply, Ulta, UntilGone, Walgreens, Walmart, Wayfair, Wish, Woot, Zappos"
)
_SHOPS = tuple(name.strip() for name in _NAMES.split(","))
# As names are written: "target" and "wish" are words, "Target" and "Wish" shops.
_NAMED = {name: re.compile(rf"(?<!\w){re.escape(name)}(?!\w)") for name in _SHOPS}


def other_shop(text: str, deal: Deal) -> str | None:
    """A shop that the text names and the deal does not, neither as its seller nor in its title; None where there is none."""
    own = f"{deal.retailer} {deal.title}".lower()
    return next((name for name, found in _NAMED.items() if found.search(text) and name.lower() not in own), None)
