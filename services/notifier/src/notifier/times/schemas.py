"""What the routes of times take and answer. What they take is checked by the times themselves."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from common.deals import Moment
from common.http.plain_json import NO_NUMBER, NO_SWITCH
from notifier.times.desk import Outlook
from notifier.times.held import HeldOn
from notifier.times.holding import Why
from notifier.times.snooze import Snooze, Subject
from notifier.times.times import Weekly
from notifier.times.wall_time import in_utc

_UNITS = {"minutes": 60.0, "hours": 3600.0, "days": 86_400.0}


class WeeklyIn(BaseModel):
    """When the weekly summary comes: "sun", "18:00"."""

    model_config = ConfigDict(extra="forbid")

    day: str
    time: str


class TimesIn(BaseModel):
    """What is left out stays as it is. hourly, daily: null for any number; weekly: null for no summary."""

    model_config = ConfigDict(extra="forbid")

    time_zone: str = Field(default="UTC", max_length=100)
    quiet: list[str] = []
    hourly: Annotated[int, NO_SWITCH] | None = None
    daily: Annotated[int, NO_SWITCH] | None = None
    digest_at: str = "19:00"
    urgent_breaks_quiet: Annotated[bool, NO_NUMBER] = True
    weekly: WeeklyIn | None = None

    @property
    def given(self) -> dict[str, Any]:
        """What was said."""
        return self.model_dump(exclude_unset=True)


class TimesOut(BaseModel):
    """The times; edited: when a person did, null while they are the environment's.

    is_quiet: now; quiet_until: null where it is not. next_digest: when what is held now, or would be, comes at the latest.
    etag, of the times themselves, is the header ETag as well: as If-Match it lets a change reach them only as they were read.
    """

    time_zone: str
    quiet: list[str]
    hourly: int | None
    daily: int | None
    digest_at: str
    urgent_breaks_quiet: bool
    weekly: Weekly | None
    edited: datetime | None
    is_quiet: bool
    quiet_until: datetime | None
    next_digest: datetime
    etag: str


class SnoozeIn(BaseModel):
    """`id`: of the rule, watch, product or feed; none for all. Either `until`, or one of minutes, hours and days."""

    model_config = ConfigDict(extra="forbid")

    subject: Subject
    id: str | int | None = None
    until: Moment | None = None
    minutes: Annotated[float, Field(gt=0, allow_inf_nan=False), NO_SWITCH] | None = None
    hours: Annotated[float, Field(gt=0, allow_inf_nan=False), NO_SWITCH] | None = None
    days: Annotated[float, Field(gt=0, allow_inf_nan=False), NO_SWITCH] | None = None

    @model_validator(mode="after")
    def _has_one_end(self) -> "SnoozeIn":
        said = [name for name in ("until", *_UNITS) if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError("one of until, minutes, hours and days is needed")
        return self

    @property
    def seconds(self) -> float:
        """For how long, where no moment is said."""
        return sum(seconds * (getattr(self, name) or 0.0) for name, seconds in _UNITS.items())

    @property
    def ends(self) -> float | None:
        """The moment, in Unix seconds."""
        return self.until.timestamp() if self.until else None

    @property
    def target(self) -> str:
        """Of what."""
        return "" if self.id is None else str(self.id)


class SnoozeOut(BaseModel):
    """A snooze that holds. `target`: the id of the rule, watch, product or feed."""

    id: int
    subject: Subject
    target: str
    until: datetime
    created: datetime


class SnoozeList(BaseModel):
    """The first to end first."""

    items: list[SnoozeOut]


class HeldOut(BaseModel):
    """What is held, why, and until when. expires: when it is worth sending no more."""

    id: str
    title: str
    why: Why
    until: datetime
    expires: datetime


class HeldOnOut(BaseModel):
    """A channel's. `next`: when the first of them come; items: of `count`, those that come first."""

    channel: str
    count: int
    next: datetime
    items: list[HeldOut]


class HeldList(BaseModel):
    """By channel; one with nothing held is not there."""

    items: list[HeldOnOut]


class HeldSent(BaseModel):
    """How many deliveries come in a digest now."""

    sent: int


def times_out(outlook: Outlook) -> TimesOut:
    """For showing."""
    return TimesOut(
        **outlook.times.model_dump(),
        edited=None if outlook.edited is None else in_utc(outlook.edited),
        is_quiet=outlook.quiet_until is not None,
        quiet_until=None if outlook.quiet_until is None else in_utc(outlook.quiet_until),
        next_digest=in_utc(outlook.next_digest),
        etag=outlook.times.etag,
    )


def snooze_out(snooze: Snooze) -> SnoozeOut:
    """For showing."""
    moments = {"until": in_utc(snooze.until), "created": in_utc(snooze.created)}
    return SnoozeOut(id=snooze.id, subject=snooze.subject, target=snooze.target, **moments)


def held_on_out(on: HeldOn) -> HeldOnOut:
    """For showing."""
    items = [
        HeldOut(id=each.id, title=each.title, why=each.why, until=in_utc(each.until), expires=in_utc(each.expires))
        for each in on.items
    ]
    return HeldOnOut(channel=on.label, count=on.count, next=in_utc(on.next), items=items)
