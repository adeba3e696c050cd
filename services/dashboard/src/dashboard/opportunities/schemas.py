"""What the scanner tells of deals, as far as pages show it."""

from pydantic import BaseModel

from common.deals import Moment


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
