"""What passes between the scanner's parts: a feed, the entries read from it, and the deals made of them. Plain data."""

from dataclasses import dataclass, field
from datetime import datetime

from common.errors import UnavailableError
from scanner.prices.rule_extractor import Extraction

DEMO_URL = "demo"


class FeedError(UnavailableError):
    """A feed gave nothing usable. `is_unreachable`: no answer at all; `wait`: seconds for which its server wants peace."""

    def __init__(self, detail: str, *, status: int | None = None, is_unreachable: bool = False, wait: float | None = None) -> None:
        super().__init__(detail)
        self.status, self.is_unreachable, self.wait = status, is_unreachable, wait


@dataclass(frozen=True)
class Feed:
    """A feed and what its last fetch left. `currency` is what a plain dollar sign means there. Times in seconds since the epoch."""

    id: int
    url: str
    title: str
    currency: str = "USD"
    origin: str = "default"  # or environment, person
    enabled: bool = True
    demo: bool = False
    etag: str | None = None
    last_modified: str | None = None
    last_status: int | None = None
    last_error: str | None = None
    last_fetched: float | None = None
    not_before: float | None = None
    items_seen: int = 0


@dataclass(frozen=True)
class Fetched:
    """A feed's answer. `body` is None where nothing changed (304)."""

    status: int
    body: bytes | None
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Entry:
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
class Reading:
    """What a deal costs and who said so: feed, model or rules."""

    extraction: Extraction
    source: str


@dataclass(frozen=True)
class NewDeal:
    """An entry that was not seen before, ready to be stored. `keys` identify it, the first one best."""

    feed: Feed
    entry: Entry
    reading: Reading
    keys: tuple[str, ...]


@dataclass(frozen=True)
class StoredDeal:
    """A deal of the store that waits for its estimate, or for the policy."""

    id: int
    key: str
    feed: str
    title: str
    description: str
    url: str
    retailer: str
    category: str
    currency: str
    price: float
    list_price: float | None
    condition: str
    has_variants: bool
    published: datetime
    expires: datetime | None


@dataclass(frozen=True)
class OutboxRow:
    """An opportunity to be published."""

    id: int
    body: str


@dataclass
class FeedReport:
    """How one feed fared in a scan."""

    feed: str
    url: str
    status: int | None = None
    items: int = 0
    new: int = 0
    error: str | None = None  # it gave nothing
    warning: str | None = None  # it was read, but is not as it should be
    is_unreachable: bool = field(default=False, repr=False)
