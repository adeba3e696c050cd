"""A push names no shop but its deal's own."""

import re

from common.deals import Deal
from scanner.prices.shops import SHOPS

# As names are written: "target" and "wish" are words, "Target" and "Wish" shops.
_NAMED = {name: re.compile(rf"(?<!\w){re.escape(name)}(?!\w)") for name in SHOPS}


def other_shop(text: str, deal: Deal) -> str | None:
    """A shop that the text names and the deal does not, neither as its seller nor in its title; None where there is none."""
    own = f"{deal.retailer} {deal.title}".lower()
    return next((name for name, found in _NAMED.items() if found.search(text) and name.lower() not in own), None)
