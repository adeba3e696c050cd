"""What is read from a feed: its entries, or the error that it gave. Imports next to nothing: the process that parses loads it."""

from dataclasses import dataclass
from datetime import datetime

from common.errors import UnavailableError


class FeedError(UnavailableError):
    """A feed gave nothing usable. `is_unreachable`: no answer at all; `wait`: seconds for which its server is left alone.

    `feeds_found`: those that the page links which was found instead of a feed.
    """

    def __init__(self, detail: str, *, status: int | None = None, is_unreachable: bool = False, wait: float | None = None) -> None:
        super().__init__(detail)
        self.status, self.is_unreachable, self.wait = status, is_unreachable, wait
        self.feeds_found: tuple[str, ...] = ()


@dataclass(frozen=True)
class FeedEntry:
    """One item of a feed in plain text. `price` is the feed's own price element."""

    title: str
    text: str
    link: str
    guid: str
    published: datetime
    expires: datetime | None = None
    retailer: str = ""
    category: str = ""
    deal_type: str = ""
    price: float | None = None
    price_currency: str | None = None


@dataclass(frozen=True)
class ParsedFeed:
    """A feed's entries. `warning` says what was wrong with it although it could be read; `kind`: RSS, RDF, Atom or JSON Feed."""

    title: str
    entries: list[FeedEntry]
    warning: str | None = None
    kind: str = ""
