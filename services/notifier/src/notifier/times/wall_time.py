"""Moments of a time zone's wall clock, over its changes: Unix seconds of a date's wall time, an hour, a day.

A wall time that does not exist is the moment at which the clock jumps over it; of one that comes twice the first counts, unless the
last is asked for. It knows nothing of quiet hours.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY = timedelta(days=1)
_MINUTES = 1440


def zone_of(name: str) -> ZoneInfo:
    """The zone of that IANA name. ValueError where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:  # OSError: a name that is a folder
        raise ValueError(f"{name[:60]!r} is no time zone: an IANA name such as Europe/Berlin is needed") from exc


def minutes_of(text: str) -> int:
    """Minutes since midnight of "07:30"; "24:00" is the end of the day. ValueError for what is no time."""
    hours, colon, minutes = text.strip().partition(":")
    is_number = hours.isascii() and hours.isdigit() and minutes.isascii() and minutes.isdigit()
    if not colon or not is_number or len(hours) > 2 or len(minutes) != 2 or int(minutes) > 59:
        raise ValueError(f"{text[:20]!r} is no time: one from 00:00 to 23:59 is needed")
    found = int(hours) * 60 + int(minutes)
    if found > _MINUTES:
        raise ValueError(f"{text[:20]!r} is no time: a day ends at 24:00")
    return found


def moment_of(day: date, minutes: int, zone: ZoneInfo, *, is_last: bool = False) -> float:
    """Unix seconds of a wall time, `minutes` after the midnight with which `day` begins."""
    day += DAY * (minutes // _MINUTES)
    naive = datetime.combine(day, time(minutes % _MINUTES // 60, minutes % 60))
    first = naive.replace(tzinfo=zone).timestamp()
    if datetime.fromtimestamp(first, zone).replace(tzinfo=None) != naive:
        return _jump(naive.replace(tzinfo=zone, fold=1).timestamp(), first, zone)
    return naive.replace(tzinfo=zone, fold=1).timestamp() if is_last else first


def _jump(before: float, after: float, zone: ZoneInfo) -> float:
    """The first second at which the zone has the offset that it has `after`."""
    low, high = int(before), int(after)
    target = _offset(high, zone)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(middle, zone) == target else (middle, high)
    return float(high)


def _offset(moment: float, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(moment, zone).utcoffset()


def date_of(moment: float, zone: ZoneInfo) -> date:
    """The day on which it falls."""
    return datetime.fromtimestamp(moment, zone).date()


@dataclass(frozen=True)
class Span:
    """From `start` to before `end`, in Unix seconds."""

    start: float
    end: float

    def has(self, moment: float) -> bool:
        """Whether it falls into it."""
        return self.start <= moment < self.end


def hour_of(moment: float, zone: ZoneInfo) -> Span:
    """The hour of the wall clock: longer than one where the clock is set back in it, shorter where it jumps."""
    local = datetime.fromtimestamp(moment, zone)
    start = moment_of(local.date(), local.hour * 60, zone)
    end = moment_of(local.date(), local.hour * 60 + 60, zone)
    return Span(start, end if end > moment else moment_of(local.date(), local.hour * 60 + 60, zone, is_last=True))


def day_of(moment: float, zone: ZoneInfo) -> Span:
    """The calendar day."""
    day = date_of(moment, zone)
    end = moment_of(day + DAY, 0, zone)
    return Span(moment_of(day, 0, zone), end if end > moment else moment_of(day + DAY, 0, zone, is_last=True))


def next_of(moment: float, minutes: int, zone: ZoneInfo) -> float:
    """When the wall clock shows that time next."""
    day = date_of(moment, zone) - DAY
    while (found := moment_of(day, minutes, zone)) <= moment:
        day += DAY
    return found


def in_utc(moment: float) -> datetime:
    """For showing."""
    return datetime.fromtimestamp(moment, UTC)
