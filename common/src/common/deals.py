"""The deals contract: what the scanner stores and writes to the Redis stream, and what notifier and dashboard read."""

import json
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from pydantic import AfterValidator, BaseModel, Field

from common.judging import Evidence, ListVerdict, Reference
from common.pricing import Estimate, Similar

STREAM = "opportunities"
DEAD_STREAM = "opportunities:dead"
GROUP = "notifier"  # the consumer group of those who deliver
# A sorted set: ids of opportunities that a notifier has stored, by when; the publisher takes them out.
STORED = "opportunities:stored"
STORED_KEPT = 100_000  # of them, for a publisher that is away; one that does not find an id publishes again, which does no harm
ASKED_PRICE = "asked_price"  # the kind of evidence that is the asked price itself
STREAM_FIELD = "opportunity"  # the field of a stream entry that a notifier needs: the Opportunity as JSON
TRACE_FIELD = "traceparent"  # beside it where a trace led to it, W3C Trace Context; who knows it not passes over it
# The field's name where it is withdrawn: a notifier that knows of no withdrawal finds nothing to push, and buries the entry.
WITHDRAWN_FIELD = "withdrawn"
NOTICE_FIELD = "notice"  # the field's name where the entry is a Notice: a notifier that knows of none buries it, too

Priority: TypeAlias = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = ("low", "normal", "high", "urgent")


def _in_utc(moment: datetime) -> datetime:
    """The same moment in UTC. ValueError for one that its calendar does not reach: whoever means "never" leaves the date out."""
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError("out of range in UTC") from exc


Moment = Annotated[datetime, AfterValidator(_in_utc)]


class UnitPrice(BaseModel):
    """What one `unit` (ounce, piece, foot ...) costs, in USD, as the offer's text says or as it tells how many there are."""

    price: float
    unit: str


class Deal(BaseModel):
    """An offer as a feed published it. `price`: what one pays, in `currency`; `condition`: new, refurbished, used or open-box.

    `references`: what the thing costs elsewhere or otherwise, as the offer's text says. `shipping`: what of the price is for that;
    None where nothing is told of it.
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
    category: str = ""
    shipping: float | None = None
    unit_price: UnitPrice | None = None


class Match(BaseModel):
    """Who asked for a push: a rule, or a wanted thing of the watchlist."""

    kind: Literal["rule", "watch"]
    id: int
    name: str


class PriceStanding(BaseModel):
    """How a price stands in its product's own history, of which it is not a part. Money in USD.

    `usual`: the median; `last`: the latest; `points`: days with an offer. score: 0 to 10, by the share of those days that were
    dearer; is_lowest: nothing was cheaper; low_confidence: too few points to say so.
    """

    lowest: float
    usual: float
    last: float
    points: int
    score: float
    is_lowest: bool
    low_confidence: bool


class Notice(BaseModel):
    """Something that a person should know and that is no deal: a feed that fails, and that it is well again."""

    id: str
    kind: str
    title: str
    text: str
    created: Moment


class Opportunity(BaseModel):
    """A deal below what it is worth: what one would otherwise pay for the same thing in that condition at an ordinary shop now.

    estimate: worth, in USD; low..high: its 80 % interval; discount: the expected saving, not above estimate - price. chance: that
    it is a real saving, of a fifth of its worth or more; None where an earlier version stored it. evidence: what worth rests on.
    list_price: whether the seller's highest claim is one that people pay. why_not: why it was not pushed; None where it was.
    review: too good to be believed before a person has looked. What the text says of other prices is in deal.references.

    An alert whose deal's price has changed is published again under its id and moment with a higher `revision`, which takes the
    place of the former wherever that has not gone out. withdrawn: why it is not to go out at all; None: go out as it says now.

    matches: the rules and watches by which it is pushed; channels: names of those that it goes to, none for all; digest: not by
    itself, but together with others. product: its id in GET /products. standing: how its price stands in the product's history.
    wording: a chat model's text for a push, whose figures are true.
    """

    id: str
    deal: Deal
    estimate: float
    low: float
    high: float
    discount: float
    estimates: list[Estimate] = []
    similar: list[Similar] = []
    chance: float | None = None
    evidence: list[Evidence] = []
    list_price: ListVerdict | None = None
    why_not: str | None = None
    review: bool = False
    created: Moment
    revision: int = Field(default=0, ge=0)
    withdrawn: str | None = None
    feed_id: int | None = None
    product: str | None = None
    standing: PriceStanding | None = None
    matches: list[Match] = []
    channels: list[str] = []
    priority: Priority = "normal"
    digest: bool = False
    wording: str | None = None

    @property
    def stored_as(self) -> str:
        """The id under which a notifier reports that this very revision is stored; at most 36 characters for a revision."""
        return str(uuid5(NAMESPACE_URL, f"pricing-agent:{self.id}:revision:{self.revision}")) if self.revision else self.id

    @property
    def grounds(self) -> list[Evidence]:
        """What its worth rests on beside the asked price itself, the weightiest first."""
        return sorted((each for each in self.evidence if each.kind != ASKED_PRICE), key=lambda each: -each.weight)


def stream_field(body: str) -> str:
    """The field of a stream entry in which an Opportunity or a Notice stands; `body`: its JSON, which is not looked at any further.

    Whether it is whole the reader tells, and buries one that is not: who publishes it must not stumble over it.
    """
    found = json.loads(body)
    if "kind" in found:
        return NOTICE_FIELD
    return STREAM_FIELD if found.get("withdrawn") is None else WITHDRAWN_FIELD
