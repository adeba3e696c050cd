"""The times at which a person wants to be told, and what follows from them for a moment. It knows neither SQL nor HTTP."""

from functools import cached_property
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from common.conditional.entity_tag import entity_tag
from common.errors import InvalidInputError
from common.problem import plain
from notifier.times.quiet_hours import WEEKDAYS, QuietHours, check, range_of, weekday_of
from notifier.times.wall_time import DAY, date_of, minutes_of, moment_of, next_of, zone_of

_MOST_RANGES = 21
_MOST = 10_000  # of a cap: one so high is none


def _time(text: str) -> str:
    minutes = minutes_of(text)
    if minutes == 24 * 60:
        raise ValueError("'24:00' is the next day's 00:00")
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _zone(name: str) -> str:
    return zone_of(name.strip()).key


WallTime = Annotated[str, AfterValidator(_time)]
Cap = Annotated[int, Field(ge=0, le=_MOST)]


class Weekly(BaseModel):
    """When the weekly summary comes."""

    model_config = ConfigDict(frozen=True)

    day: str
    time: WallTime

    @field_validator("day")
    @classmethod
    def _is_weekday(cls, day: str) -> str:
        return WEEKDAYS[weekday_of(day)]


class Times(BaseModel):
    """`quiet`: ranges such as "mon-fri 22:00-07:00"; hourly, daily: alerts on a channel at most, None for any number.

    What is beyond comes in a digest at `digest_at`. weekly: None for no summary.
    """

    model_config = ConfigDict(frozen=True)

    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    quiet: Annotated[tuple[str, ...], Field(max_length=_MOST_RANGES)] = ()
    hourly: Cap | None = None
    daily: Cap | None = None
    digest_at: WallTime = "19:00"
    urgent_breaks_quiet: bool = True
    weekly: Weekly | None = None

    @field_validator("quiet")
    @classmethod
    def _is_quiet(cls, quiet: tuple[str, ...]) -> tuple[str, ...]:
        check([range_of(each) for each in quiet])
        return quiet

    @property
    def etag(self) -> str:
        """What tells, as an entity tag of HTTP, whether they are as somebody has read them."""
        return entity_tag(self.model_dump_json())

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone in which all of it is meant."""
        return zone_of(self.time_zone)

    @cached_property
    def quiet_hours(self) -> QuietHours:
        """The ranges, read."""
        return QuietHours(tuple(range_of(each) for each in self.quiet), self.zone)

    def quiet_until(self, moment: float) -> float | None:
        """When the quiet ends in which it falls; None where it is not quiet."""
        end = self.quiet_hours.end(moment)
        return end if end > moment else None

    def next_digest(self, moment: float) -> float:
        """When the day's digest comes next, after quiet hours where it would fall into them."""
        return self.quiet_hours.end(next_of(moment, minutes_of(self.digest_at), self.zone))

    def last_summary(self, moment: float) -> tuple[float, str] | None:
        """The latest moment at which a weekly summary was to come, and its ISO week ("2026-W48"); None where there is none."""
        if self.weekly is None:
            return None
        day = date_of(moment, self.zone) + DAY
        while day.weekday() != WEEKDAYS.index(self.weekly.day) or self._at(day, self.weekly.time) > moment:
            day -= DAY
        year, week, _ = day.isocalendar()
        return self._at(day, self.weekly.time), f"{year}-W{week:02}"

    def _at(self, day: Any, time: str) -> float:
        return moment_of(day, minutes_of(time), self.zone)


def times_of(values: dict[str, Any]) -> Times:
    """Checked. InvalidInputError names the field and the reason."""
    try:
        return Times.model_validate(values)
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        raise InvalidInputError(f"{field}: {plain(first['msg'])}", field) from exc
