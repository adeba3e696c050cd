"""What passes between the scanner's parts: a feed, the entries read from it, the deals made of them, and what they came to."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from common.deals import Deal, Match, Opportunity, PriceStanding, Priority, UnitPrice
from common.judging import Judgement, Reference
from scanner.pages.page_data import PageFacts
from scanner.parsing.feed_entry import FeedEntry, ParsedFeed
from scanner.prices.rule_extractor import Extraction
from scanner.tracing.trace import Trace

DEMO_URL = "demo"
Baseline: TypeAlias = Literal["silent", "recent"]  # what is told of a feed's first reading: nothing, or what is a day old at most
Asked: TypeAlias = tuple[float | None, str, str]  # what is asked: price, currency, and the condition of what it is asked for
SAME_PRICE = 0.005  # USD: less is no difference


@dataclass(frozen=True, kw_only=True)
class FeedOptions:
    """What a person may set of a feed. What is None of `every`, `cron` with `zone`, `baseline` and `max_age_hours` is as the
    settings say. `details`: pages of its deals are wanted.
    """

    paused: bool = False
    every: float | None = None
    cron: str | None = None
    zone: str | None = None
    baseline: Baseline | None = None
    max_age_hours: float | None = None
    details: bool = False


@dataclass(frozen=True)
class Feed(FeedOptions):
    """A feed and what its last fetch left. `currency` is what a plain dollar sign means there.

    Times in seconds since the epoch: `last_fetched`, when a fetch last succeeded; `last_tried`, when one was last tried;
    `next_try`, when it is planned, None as soon as may be; `not_before`, until when its server wants to be left alone;
    `last_new`, when a new item was last found. `failing_for`: seconds for which it was seen to fail; `failing_told`: a person
    has heard of that. `gone`: its server says that it is for good. `moved_to`: where it is read since its server said that it
    moved there.
    """

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
    items: int = 0
    last_tried: float | None = None
    last_new: float | None = None
    next_try: float | None = None
    failures: int = 0
    failing_since: float | None = None
    failing_for: float = 0.0
    failing_told: bool = False
    gone: bool = False
    moved_to: str | None = None

    @property
    def address(self) -> str:
        """Where it is read."""
        return self.moved_to or self.url

    @property
    def is_read(self) -> bool:
        """Whether scans read it."""
        return self.enabled and not self.paused and not self.gone

    @property
    def is_heard(self) -> bool:
        """Whether a person wants to hear how it fares: not while it is off the list, or paused."""
        return self.enabled and not self.paused

    @property
    def is_first_reading(self) -> bool:
        """Whether all that stands in it was there before anybody looked."""
        return self.last_fetched is None and self.items_seen == 0

    def named(self, title: str) -> "Feed":
        """The same; one that has no title but its address takes this. The label demo is ours to give."""
        has_name = self.title != self.url[:200]
        return self if has_name or not title or title.lower().startswith("demo") else replace(self, title=title)


@dataclass(frozen=True)
class Fetched:
    """A feed's answer. `body` is None where nothing changed (304). `url`: where it was found in the end.

    `moved_to`: that, where each step on the way said that it is for good. `seconds`: what it took, without waiting for turns.
    """

    status: int
    body: bytes | None
    etag: str | None = None
    last_modified: str | None = None
    content_type: str = ""
    url: str = ""
    moved_to: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class ReadFeed:
    """A feed's answer, and what it holds; `parsed` is None where nothing changed. `parse_seconds`: what reading it took."""

    fetched: Fetched
    parsed: ParsedFeed | None
    parse_seconds: float = 0.0

    @property
    def warning(self) -> str | None:
        """What is not as it should be. A feed that moved stays listed as it is: a person chose that, its deals are known by it."""
        moved_to = self.fetched.moved_to if self.parsed else None
        warnings = [f"moved for good to {moved_to}"] if moved_to else []
        warnings += [self.parsed.warning] if self.parsed and self.parsed.warning else []
        return "; ".join(warnings) or None


@dataclass(frozen=True)
class PastOffer:
    """What a product was offered for. `product`: its identity; `deal_key`: of the deal that offers it; `price` in USD."""

    deal_key: str
    product: str
    condition: str
    price: float
    retailer: str
    feed: str
    url: str
    offered: datetime
    title: str = ""
    category: str = ""


@dataclass(frozen=True)
class KnownDeal:
    """A deal of the store as far as it tells whether an entry is that deal, and at that price.

    `entry`: key of the first deal of the same entry, whose price has changed since. `reading`: what its price was read from, None
    where an earlier version stored it. `is_orphan`: its feed is read no longer. `expires`: as it was told last. `as_read`: price,
    currency and condition as they were read before a person put them right; None where nobody did.
    """

    id: int
    key: str
    entry: str
    feed_id: int
    is_orphan: bool
    title: str
    reading: str | None
    price: float | None
    currency: str
    condition: str
    retailer: str
    url: str
    last_seen: datetime
    expires: datetime | None = None
    price_source: str = ""
    as_read: Asked | None = None


@dataclass(frozen=True)
class PastPrice:
    """What the deals of one entry cost, in their currency."""

    entry: str
    price: float
    currency: str


@dataclass(frozen=True)
class Told:
    """What was pushed, or may be: `price` in USD; `entry` as of a KnownDeal; `product`: its id, None where it is not known."""

    entry: str
    title: str
    condition: str
    price: float
    product: str | None = None


@dataclass(frozen=True)
class ToldProduct:
    """What was pushed of a product: the lowest price, and when last. `cool_down`: its own, None for the one of all."""

    price: float | None = None
    at: datetime | None = None
    cool_down: timedelta | None = None
    muted: bool = False


@dataclass(frozen=True)
class NewDeal:
    """An entry that was not seen before, or not at this price, and what it costs. `keys` identify it, the first one best.

    `why_skipped`: why it is not judged; None where it waits to be. `references`: what it costs elsewhere or otherwise.
    `offer`: what is remembered of it; None where it has not one price in dollars. `reading`: what its price was
    read from. `follows`: the deal whose price this one takes the place of; `withdraws`: why an alert of that is not to go out any
    more, None where that waits for the judgement. `why_no_news`: why it is not pushed, whatever its worth. `waits`: why a person is
    to look at its price first; it is not judged until then. `unit_price`: in the deal's currency. `page`: what its page tells.
    `renews`: key of a deal that is forgotten, and in whose entry this one comes back.
    """

    feed: Feed
    entry: FeedEntry
    extraction: Extraction
    keys: tuple[str, ...]
    why_skipped: str | None = None
    references: tuple[Reference, ...] = ()
    offer: PastOffer | None = None
    reading: str | None = None
    follows: KnownDeal | None = None
    withdraws: str | None = None
    why_no_news: str | None = None
    unit_price: UnitPrice | None = None
    page: PageFacts | None = None
    waits: str | None = None
    renews: str | None = None


class StoredDeal(Deal):
    """A deal of the store that waits to be judged: its price, shipping and unit price are in the feed's currency.

    `entry`: key of the first deal of the same entry, where this one changed its price; None where this is the first.
    `why_no_news`: why it is not pushed, whatever it is worth. `product`, `standing`: as of an Opportunity.
    """

    id: int
    key: str
    feed_id: int = 0
    has_variants: bool
    price_source: str = "rules"
    entry: str | None = None
    why_no_news: str | None = None
    product: str | None = None
    standing: PriceStanding | None = None


@dataclass(frozen=True)
class Wanted:
    """That somebody wants to be told of an offer: who, on which channels (none: all), and how loudly."""

    match: Match
    channels: tuple[str, ...] = ()
    priority: Priority = "normal"


@dataclass(frozen=True)
class Judged:
    """What became of a deal: the ensemble's judgement, None where it has none; the opportunity that it is, if it is one.

    `is_alert`: the opportunity is to be pushed. `is_sound`: it is good enough for that, be it news or not: it may take the place of
    an alert of the same entry that has not gone out.
    """

    deal: StoredDeal
    judgement: Judgement | None
    opportunity: Opportunity | None = None
    is_alert: bool = False
    is_sound: bool = False


@dataclass(frozen=True)
class OutboxRow:
    """An opportunity to be published. `traceparent`: the trace that it is a part of, as W3C has it."""

    id: int
    body: str
    traceparent: str | None = None


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


@dataclass
class PricingReport:
    """What became of the deals that waited. `problem`: why some still do."""

    priced: int = 0
    unpriced: int = 0
    opportunities: int = 0
    alerts: int = 0
    problem: str | None = None


@dataclass
class ScanReport:
    """What a scan did, and when. `taken`: the moments between which its items were taken in."""

    feeds: list[FeedReport]
    pricing: PricingReport
    trace: Trace = field(default_factory=Trace)
    taken: tuple[datetime, datetime] | None = None
