"""What the door to a scan's trace gives."""

from pydantic import BaseModel


class StepOut(BaseModel):
    """A step, in seconds since the scan began: wait, fetch, parse, pages, take in, judge, price, decide, choose or store.

    `of`: its feed or pricer; `facts`: counts; `problem`: why it failed.
    """

    step: str
    start: float
    end: float
    of: str = ""
    problem: str = ""
    facts: dict[str, float] = {}


class PricerOut(BaseModel):
    """What a pricer said of an item, and how long its batch took, in milliseconds."""

    pricer: str
    price: float
    ms: float


class ItemOut(BaseModel):
    """What came of an item. `state`: as of a deal; `reason`: why it is skipped, not pushed or no news.

    queued: when it went into the outbox; published: into the stream, null once a notifier has it; stored: when one was known to.
    """

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
    pricers: list[PricerOut]
    opportunity: str | None
    alerted: bool
    queued: str | None
    published: str | None
    stored: str | None


class TraceOut(BaseModel):
    """A scan's steps, and a page of the items that it took in. `left_out`: steps beyond those that are kept."""

    scan: str
    begun: str
    spans: list[StepOut]
    left_out: int
    items: list[ItemOut]
    next: str | None
