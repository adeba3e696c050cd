"""The deals contract: what the scanner stores and writes to the Redis stream, and what notifier and dashboard read."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel

from common.judging import Reference
from common.pricing import Estimate, Similar

STREAM = "opportunities"
DEAD_STREAM = "opportunities:dead"
GROUP = "notifier"  # the consumer group of those who deliver
STORED = (
    "opportunities:stored"  # a sorted set: ids of opportunities that a notifier has stored, by when; the publisher takes them out
)
STORED_KEPT = 100_000  # of them, for a publisher that is away; one that does not find an id publishes again, which does no harm
STREAM_FIELD = "opportunity"  # the one field of a stream entry: the Opportunity as JSON


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]


class Deal(BaseModel):
    """An offer as a feed published it. `price`: what one pays, in `currency`; `condition`: new, refurbished, used or open-box.

    `references`: what the thing costs elsewhere or otherwise, as the offer's text says.
    """

    title: str
    description: str
    price: float
    currency: str = "USD"
    url: str
    retailer: str = ""
    feed: str
    published: Moment
    expires: Moment | None = None
    condition: str = "new"
    references: list[Reference] = []


class Opportunity(BaseModel):
    """A deal below its estimated price. discount = estimate - price, in USD; low..high is the estimate's 80 % interval."""

    id: str
    deal: Deal
    estimate: float
    low: float
    high: float
    discount: float
    estimates: list[Estimate] = []
    similar: list[Similar] = []
    created: Moment
