"""What scanner and notifier answer, as far as pages show it. Unknown keys are ignored, so that they may grow."""

from typing import Generic, TypeVar

from pydantic import BaseModel

from common.deals import Moment, Opportunity

T = TypeVar("T")


class Listing(BaseModel, Generic[T]):
    """One page of a list; `next` is the cursor of the following one."""

    items: list[T]
    next: str | None = None


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


class SeenDeal(BaseModel):
    """A deal as the scanner keeps it. `state`: unpriced, priced, review or skipped, with a `reason`. estimate: its worth."""

    title: str
    url: str = ""
    retailer: str = ""
    feed: str = ""
    currency: str = "USD"
    price: float | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    condition: str = "new"
    published: Moment | None = None
    expires: Moment | None = None
    state: str = ""
    reason: str | None = None


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


class Delivery(BaseModel):
    """What became of a push on one channel. `stage`: waiting, sending, held, in-digest, sent, failed, expired, unknown,
    withdrawn or snoozed; until: when what is held comes.
    """

    target: str
    stage: str
    error: str = ""
    until: Moment | None = None


class Notification(BaseModel):
    """What became of a push; `deliveries` by channel. `opportunity` is there for the kind deal, the only one of an older
    notifier; others have a title.
    """

    id: str
    kind: str = "deal"
    title: str = ""
    state: str
    attempts: int = 0
    error: str = ""
    created: Moment
    sent: Moment | None = None
    opportunity: Opportunity | None = None
    deliveries: list[Delivery] = []

    @property
    def name(self) -> str:
        """What it is called."""
        return self.opportunity.deal.title if self.opportunity else self.title or self.kind

    @property
    def is_withdrawn(self) -> bool:
        """Its deal's price is another now."""
        return bool(self.opportunity and self.opportunity.withdrawn)

    @property
    def held_until(self) -> Moment | None:
        """When it comes, where it is held."""
        return min((each.until for each in self.deliveries if each.stage == "held" and each.until), default=None)

    @property
    def can_be_sent(self) -> bool:
        """Some channel lacks it, it is not under way, and its deal still has this price."""
        if self.is_withdrawn:
            return False
        return self.state != "pending" and (not self.deliveries or any(each.stage != "sent" for each in self.deliveries))


class Channel(BaseModel):
    """Where pushes go, and how that goes: alerts that wait, and those of the last day of which it may lack some."""

    label: str
    problem: str = ""
    failing_since: Moment | None = None
    waiting: int = 0
    unknown: int = 0
    expired: int = 0
    failed: int = 0

    @property
    def is_failing(self) -> bool:
        """It did not take its last push."""
        return bool(self.problem)


class DeadLetter(BaseModel):
    """A stream entry that could not be delivered."""

    id: str
    reason: str
    buried: Moment | None = None
    opportunity: Opportunity | None = None


class PushResult(BaseModel):
    """How it went at one address; `target` is its service's name and its place among the addresses."""

    target: str
    sent: bool
    outcome: str = ""
    error: str = ""


class PushTest(BaseModel):
    """How a test push went."""

    sent: bool
    detail: str
    results: list[PushResult] = []

    @property
    def summary(self) -> str:
        """To how many addresses it went out, in a sentence without its stop."""
        good = sum(each.sent for each in self.results)
        return f"The test push went out to {good} of {len(self.results)} addresses" if self.results else self.detail

    @property
    def lines(self) -> tuple[str, ...]:
        """What each address said, where not all of them took it."""
        if self.sent:
            return ()
        return tuple(f"{each.target}: {'sent' if each.sent else each.error or each.outcome or 'not sent'}" for each in self.results)
