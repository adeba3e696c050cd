"""What a product's page tells of it, and what becomes of that beside a feed's word. Imports next to nothing."""

from dataclasses import dataclass

from common.errors import UnavailableError

MAX_TEXT = 1_000  # characters of each fact


class PageError(UnavailableError):
    """A page gave nothing usable. `status`: what its server answered, None where it did not; `may_pass`: worth another try."""

    def __init__(self, detail: str, *, status: int | None = None, may_pass: bool = False) -> None:
        super().__init__(detail)
        self.status, self.may_pass = status, may_pass

    @property
    def is_gone(self) -> bool:
        """Whether there is no such page, says its server."""
        return self.status in (404, 410)


@dataclass(frozen=True)
class PageFacts:
    """What a page states of its one product, in structured data. `price`, `list_price` in `currency`; None or "": not told.

    availability: in stock, sold out, or "" where neither is told. condition: as a deal's. `picture`: its address.
    """

    title: str = ""
    price: float | None = None
    currency: str | None = None
    list_price: float | None = None
    availability: str = ""
    condition: str = ""
    brand: str = ""
    model: str = ""
    sku: str = ""
    gtin: str = ""
    picture: str = ""

    @property
    def is_sold_out(self) -> bool:
        """Whether it cannot be had any more."""
        return self.availability == SOLD_OUT

    @property
    def asks(self) -> tuple[float, str] | None:
        """Price and currency, where both are told."""
        return None if self.price is None or self.currency is None else (self.price, self.currency)


IN_STOCK, SOLD_OUT = "in stock", "sold out"
