"""What was seen of a wanted thing: deals, and what their products cost before."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Sighting:
    """A deal of the store. `price` in `currency`; `is_now`: it is not over, and was in a feed lately; `chance` of a real saving."""

    deal_id: int
    title: str
    text: str
    price: float
    currency: str
    condition: str
    retailer: str
    feed: str
    url: str
    published: datetime
    is_now: bool
    chance: float | None = None


@dataclass(frozen=True)
class PastPrice:
    """What something was offered for, in dollars, by whom and when."""

    price: float
    seller: str
    seen: datetime
    url: str

    def told(self) -> str:
        """ "$1,299 on 3 Oct at Best Buy"."""
        price = f"${self.price:,.2f}".removesuffix(".00")
        return f"{price} on {self.seen.day} {self.seen:%b}" + (f" at {self.seller}" if self.seller else "")
