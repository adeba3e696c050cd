"""What the scanner tells of feeds and scans, as far as pages show it."""

from pydantic import BaseModel

from common.deals import Moment


class Feed(BaseModel):
    """A feed and how its last fetch went. `last_status` is an HTTP status or a word."""

    id: str | int
    url: str
    title: str = ""
    currency: str = "USD"
    last_fetched: Moment | None = None
    last_status: str | int | None = None
    last_error: str | None = None
    demo: bool = False

    @property
    def is_failing(self) -> bool:
        """Its last fetch brought nothing."""
        return bool(self.last_error)


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
