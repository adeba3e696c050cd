"""What the doors to the feeds take and give."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from common.http.plain_json import NO_NUMBER, NO_SWITCH
from scanner.deal_data import DEMO_URL, Baseline
from scanner.feeds.feed_care import State
from scanner.feeds.feed_list import DEMO_TITLE, WantedFeed, is_feed_url
from scanner.feeds.schedule import LONGEST, MAX_CRON, MAX_ZONE, SHORTEST, Schedule, checked

_EXAMPLE: JsonDict = {"url": "https://deals.example/rss", "title": "Example deals", "currency": "USD", "schedule": {"every": 3600}}


def _feed_url(url: str) -> str:
    if not is_feed_url(url):
        raise ValueError("must be an http or https address without a user name, or demo")
    return url


def _cron(cron: str) -> str:
    checked(Schedule(cron=cron))
    return cron


def _zone(zone: str) -> str:
    checked(Schedule(every=SHORTEST, zone=zone))
    return zone


Url = Annotated[str, Field(max_length=2000), AfterValidator(_feed_url)]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
MaxAge = Annotated[float, Field(gt=0, le=87_600), NO_SWITCH]
_STRICT = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ScheduleForm(BaseModel):
    """When a feed is read: every so many seconds, or by a cron expression of five fields in an IANA time zone (UTC)."""

    model_config = _STRICT | ConfigDict(json_schema_extra={"examples": [{"cron": "*/30 7-23 * * *", "zone": "Europe/Berlin"}]})

    every: Annotated[float, Field(ge=SHORTEST, le=LONGEST), NO_SWITCH] | None = None
    cron: Annotated[str, Field(max_length=MAX_CRON), AfterValidator(_cron)] | None = None
    zone: Annotated[str, Field(max_length=MAX_ZONE), AfterValidator(_zone)] | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "ScheduleForm":
        if (self.every is None) == (self.cron is None):
            raise ValueError("give either every, in seconds, or cron")
        if self.zone is not None and self.cron is None:
            raise ValueError("a zone belongs to cron")
        return self


class _FeedOptions(BaseModel):
    title: Title | None = None
    currency: Currency = "USD"
    schedule: ScheduleForm | None = None
    paused: Annotated[bool, NO_NUMBER] = False
    baseline: Baseline | None = None
    max_age_hours: MaxAge | None = None
    details: Annotated[bool, NO_NUMBER] = False


class FeedRequest(_FeedOptions):
    """A feed to be added. `currency` is what a plain dollar sign means there. What is null of the others is as the settings say.

    `baseline`: what is pushed of its first reading, nothing (silent) or what is a day old at most (recent). `details`: the pages of
    its deals are wanted.
    """

    model_config = _STRICT | ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    url: Url

    def wanted(self) -> WantedFeed:
        """The feed."""
        given = self.model_dump(exclude={"schedule"}) | schedule_values(self.schedule)
        title = DEMO_TITLE if self.url == DEMO_URL else self.title or self.url[:200]
        return WantedFeed(**(given | {"title": title}))


class FeedChange(_FeedOptions):
    """What is to be otherwise. null: as the settings say, a title: as the feed says. `paused` false resumes what is gone, too."""

    model_config = _STRICT | ConfigDict(json_schema_extra={"examples": [{"paused": False, "schedule": None}]})


class FeedView(BaseModel):
    """A feed, its settings, and how it fares.

    `state`: new (not read yet), well, failing, gone (for good, says its server), paused (by a person) or resting (as its server
    asked). `last_fetched`: when it was last read well; `last_tried`; `next_try`, null where it is not read by itself;
    `not_before`: until when its server wants to be left alone; `failures` in a row, `failing_since`. `items` of the last
    reading; `items_seen`: new ones ever; `last_new`: when the last one was found. `moved_to`: where it is read since its server
    said that it moved there for good. `schedule` null: as all; `schedule_words` says either. `etag`, of the settings but for the
    pause, stands in the header ETag of one as well: as If-Match it lets a change reach them only as they were read.
    """

    id: int
    url: str
    title: str
    currency: str
    demo: bool
    origin: str
    state: State
    last_status: int | None
    last_error: str | None
    last_fetched: datetime | None
    last_tried: datetime | None
    next_try: datetime | None
    not_before: datetime | None
    failures: int
    failing_since: datetime | None
    items: int
    items_seen: int
    last_new: datetime | None
    moved_to: str | None
    schedule: ScheduleForm | None
    schedule_words: str
    paused: bool
    baseline: Baseline | None
    max_age_hours: float | None
    details: bool
    etag: str


class FeedItems(BaseModel):
    """All feeds: the list is short enough for one page."""

    items: list[FeedView]
    next: None = None


class FeedTest(BaseModel):
    """A feed to be tried. `currency` is what a plain dollar sign means there."""

    model_config = _STRICT | ConfigDict(json_schema_extra={"examples": [{"url": "https://deals.example/rss"}]})

    url: Url
    currency: Currency = "USD"


class FeedExample(BaseModel):
    """An item as it was read. `kind`: priced, or why there is no price."""

    title: str
    price: float | None
    currency: str
    kind: str


class FeedFindings(BaseModel):
    """What is at an address, in a `sentence`; where it is no feed what is wrong, and in `feeds_found` those that the page links.

    `kind`: RSS, RDF, Atom or JSON Feed; `newest`: when the newest item was published, null where none bears a date.
    """

    ok: bool
    sentence: str
    title: str
    kind: str
    items: int
    with_price: int
    newest: datetime | None
    warning: str | None
    examples: list[FeedExample]
    feeds_found: list[str]


class ListedOutline(BaseModel):
    """An outline of an imported list. `reason`: why it is not added; `outline`: which one it is, from 1."""

    outline: int
    url: str
    title: str
    reason: str | None = None


class OpmlImport(BaseModel):
    """What became of each outline that names a feed: added, known already, or refused."""

    added: list[FeedView]
    known: list[ListedOutline]
    refused: list[ListedOutline]


def schedule_values(form: ScheduleForm | None) -> dict[str, float | str | None]:
    """A schedule as a Feed has it."""
    return form.model_dump() if form else {"every": None, "cron": None, "zone": None}
