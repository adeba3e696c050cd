"""What the doors to opportunities take: filters, an order, and where to go on."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from common.judging import Condition
from scanner.opportunities.query import Query, Sort, State
from scanner.rules.schemas import Name, RuleId
from scanner.schemas import IsoMoment

_Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"[^\W_]")]
_FeedId = Annotated[int, Field(ge=0, lt=2**31)]
_Dollars = Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False)]
_MOST = 20  # values of one name


class Filters(BaseModel):
    """Which opportunities; `feed`, `category`, `retailer` and `condition` may be given several times, of which any counts."""

    q: Annotated[str, Field(max_length=200, description="words of title, shop and category, or their beginnings: all")] = ""
    feed: Annotated[list[_FeedId], Field(max_length=_MOST, description="ids of feeds")] = []
    category: Annotated[list[_Name], Field(max_length=_MOST, description="words of its category")] = []
    retailer: Annotated[list[_Name], Field(max_length=_MOST, description="the shop: Best Buy and bestbuy.com are one")] = []
    condition: Annotated[list[Condition], Field(max_length=_MOST)] = []
    min_saving: Annotated[_Dollars, Field(description="the least expected saving, in USD")] = 0
    min_discount: Annotated[float, Field(ge=0, le=100, description="the least expected saving, in percent of its worth")] = 0
    min_chance: Annotated[float, Field(ge=0, le=1, description="the least chance that it is a real saving")] = 0
    max_price: Annotated[_Dollars | None, Field(description="the most that one pays, in USD")] = None
    rule: Annotated[RuleId | None, Field(description="the id of a rule that wants it")] = None

    @property
    def query(self) -> Query:
        """The same as the store takes it."""
        names = tuple(self.category), tuple(self.retailer), tuple(self.condition)
        return Query(
            self.q, tuple(self.feed), *names, self.min_saving, self.min_discount, self.min_chance, self.max_price, self.rule
        )


class ListRequest(Filters):
    """A page of the list."""

    sort: Annotated[
        Sort,
        Field(
            description="best: the expected saving times its chance, greatest first; newest; saving: the greatest; "
            "chance: the greatest; price: the lowest"
        ),
    ] = "best"
    state: Annotated[
        State,
        Field(
            description="listed: to be had now and not dismissed; pushed and review: those of them that were pushed, that are too "
            "good to be believed; dismissed; over: expired or its entry has another price; all"
        ),
    ] = "listed"
    all: Annotated[bool, Field(description="the same as state=all")] = False
    cursor: Annotated[str | None, Field(max_length=300, description="the `next` of the page before, under the same sort")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class FeedQuery(Filters):
    """A feed of the list, newest first."""

    state: Annotated[State, Field(description="as of the list: pushed is a feed of alerts")] = "listed"
    sort: Annotated[Sort, Field(description="as of the list")] = "newest"
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    key: Annotated[str | None, Field(max_length=200, description="of POST /feed-keys, where no other key can be shown")] = None


class FeedKeyRequest(BaseModel):
    """A new key; `label`: for whom it is."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, json_schema_extra={"examples": [{"label": "Reader"}]})

    label: Name


class FeedKeyView(BaseModel):
    """A key without itself. `used`: when a feed was read by it last, to the hour."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    label: str
    created: IsoMoment
    used: IsoMoment | None


class FeedKeyMade(FeedKeyView):
    """A new key, shown this once, and the addresses that hold it: add filters to them as to the list."""

    key: str
    rss: str
    atom: str
    json_feed: str


class FeedKeys(BaseModel):
    """All keys, the oldest first."""

    items: list[FeedKeyView]


class SavedView(BaseModel):
    """Filters and an order that a person wants to come back to; `query`: as in the list's address."""

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        json_schema_extra={"examples": [{"name": "Cheap screens", "query": "q=monitor&min_discount=30&sort=price"}]},
    )

    name: Annotated[str, Field(min_length=1, max_length=60)]
    query: Annotated[str, Field(max_length=1_000)]


class SavedViews(BaseModel):
    """All of them, by name."""

    items: list[SavedView]
