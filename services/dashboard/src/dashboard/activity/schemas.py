"""What the scanner tells of scans, their steps and the planner, as far as pages show it."""

from pydantic import BaseModel

from common.deals import Moment


class ScanRow(BaseModel):
    """A scan in the list."""

    id: str
    state: str
    started: Moment
    finished: Moment | None = None
    error: str | None = None
    problem: str | None = None
    feeds: list[dict[str, object]] = []
    failed: int = 0
    items: int = 0
    new: int = 0
    priced: int = 0
    unpriced: int = 0
    opportunities: int = 0
    alerts: int = 0

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it goes on."""
        return (self.finished - self.started).total_seconds() if self.finished else None


class Step(BaseModel):
    """A step, in seconds since the scan began. `of`: its feed or pricer."""

    step: str
    start: float
    end: float
    of: str = ""
    problem: str = ""
    facts: dict[str, float] = {}


class PricerSaid(BaseModel):
    """What a pricer said of an item."""

    pricer: str
    price: float


class Item(BaseModel):
    """What came of an item."""

    deal: int
    title: str
    feed: str
    price: float | None
    currency: str
    state: str
    reason: str | None
    worth: float | None
    saving: float | None
    chance: float | None
    pricers: list[PricerSaid] = []
    opportunity: str | None
    alerted: bool
    queued: Moment | None
    published: Moment | None
    stored: Moment | None


class Trace(BaseModel):
    """A scan's steps, and what came of its items."""

    scan: str
    begun: Moment
    spans: list[Step]
    left_out: int = 0
    items: list[Item]
    next: str | None = None


class PlanStep(BaseModel):
    """One use of a tool. Tokens and dollars: of the plan until then."""

    tool: str
    arguments: str
    result: str
    tokens: int
    dollars: float


class PlanRow(BaseModel):
    """A plan with its steps."""

    id: str
    created: Moment
    ending: str
    chosen: int
    tokens: int
    dollars: float
    steps: list[PlanStep]


class Sent(BaseModel):
    """A notification as far as a trace shows it: when the last channel had it."""

    id: str
    state: str
    sent: Moment | None = None
