"""What the scanner tells of feeds and scans, as far as pages show it, and of tries and lists."""

from pydantic import BaseModel

from common.deals import Moment

_STATES = {
    "new": "not fetched yet",
    "well": "works",
    "resting": "rests, as its server asks",
    "failing": "fails",
    "gone": "gone for good, says its server",
    "paused": "paused",
}


class Schedule(BaseModel):
    """Every so many seconds, or by cron in a time zone."""

    every: float | None = None
    cron: str | None = None
    zone: str | None = None


class Feed(BaseModel):
    """A feed, its settings and how it fares. `last_status` is an HTTP status or a word; an older scanner knows no `state`."""

    id: str | int
    url: str
    title: str = ""
    currency: str = "USD"
    demo: bool = False
    state: str = ""
    last_status: str | int | None = None
    last_error: str | None = None
    last_fetched: Moment | None = None
    last_tried: Moment | None = None
    next_try: Moment | None = None
    failures: int = 0
    failing_since: Moment | None = None
    items: int = 0
    last_new: Moment | None = None
    moved_to: str | None = None
    schedule: Schedule | None = None
    schedule_words: str = ""
    paused: bool = False
    baseline: str | None = None
    max_age_hours: float | None = None
    details: bool = False
    etag: str = ""

    @property
    def is_failing(self) -> bool:
        """It brings nothing, though it should."""
        return self.state in ("failing", "gone") if self.state else bool(self.last_error)

    @property
    def is_well(self) -> bool:
        """It was read well when it was last tried."""
        return self.state == "well" if self.state else bool(self.last_fetched and not self.last_error)

    @property
    def can_resume(self) -> bool:
        """It is not asked until a person says so."""
        return self.paused or self.state == "gone"

    @property
    def state_words(self) -> str:
        """How it fares."""
        plain = "fails" if self.is_failing else "works" if self.is_well else "not fetched yet"
        said = _STATES.get(self.state, plain)
        return f"{said}, {self.failures} times in a row" if self.state == "failing" and self.failures > 1 else said


class FeedResult(BaseModel):
    """One feed in one scan."""

    feed: str = ""
    status: str | int | None = None
    new: int = 0
    error: str | None = None


class Scan(BaseModel):
    """A scan, running or over. `problem`: why `unpriced` deals still wait for their estimate."""

    id: str | int
    state: str
    started: Moment | None = None
    finished: Moment | None = None
    error: str | None = None
    problem: str | None = None
    unpriced: int = 0
    feeds: list[FeedResult] = []

    @property
    def is_running(self) -> bool:
        """It is still under way."""
        return self.state == "running"

    @property
    def new(self) -> int:
        """Items that were not seen before."""
        return sum(feed.new for feed in self.feeds)


class ScanStarted(BaseModel):
    """The scanner's answer to POST /scan."""

    scan: str | int


class Example(BaseModel):
    """An item as it was read. `kind`: priced, or why there is no price."""

    title: str
    price: float | None = None
    currency: str = "USD"
    kind: str = ""


class Findings(BaseModel):
    """What is at an address; where that is no feed, the feeds that the page there links."""

    ok: bool
    sentence: str
    title: str = ""
    kind: str = ""
    warning: str | None = None
    examples: list[Example] = []
    feeds_found: list[str] = []


class Outline(BaseModel):
    """An outline of an imported list that was not added, and why."""

    url: str = ""
    title: str = ""
    reason: str | None = None

    @property
    def line(self) -> str:
        """In a line."""
        return f"{self.title or self.url}: {self.reason or 'known'}"


class Imported(BaseModel):
    """What became of each outline of a list."""

    added: list[Feed] = []
    known: list[Outline] = []
    refused: list[Outline] = []
