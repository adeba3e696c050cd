"""Quiet hours: ranges of wall time by weekday ("mon-fri 22:00-07:00"), each occurrence one stretch of instants.

A stretch begins with the first moment of its wall time and ends with the last, so that a clock that is set back in it neither opens
it twice nor ends it early.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from notifier.times.wall_time import DAY, Span, date_of, minutes_of, moment_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY, _WEEK = 1440, 7 * 1440  # minutes
_RANGE = re.compile(r"(?:(?P<days>[a-z,\s-]+?)\s+)?(?P<start>[0-9:]+)\s*-\s*(?P<end>[0-9:]+)")
_LONGEST = 200  # characters of a range: reading one that is none takes a time that grows with their square
_CHAINED = 40  # stretches that follow each other without a gap; a week of them has an end, since a whole week is refused


@dataclass(frozen=True)
class QuietRange:
    """`weekdays` on which it begins, 0 for Monday; minutes after that midnight, `end` beyond 1440 on the next day."""

    weekdays: tuple[int, ...]
    start: int
    end: int


def range_of(text: str) -> QuietRange:
    """The range that "mon-fri 22:00-07:00" means; without days every day. ValueError says what is wrong."""
    found = _RANGE.fullmatch(text.strip().lower()) if len(text) <= _LONGEST else None
    if found is None:
        raise ValueError(f"{text[:60]!r} is no range of quiet hours: 'mon-fri 22:00-07:00' is one")
    start, end = minutes_of(found["start"]), minutes_of(found["end"])
    if start == _DAY:
        raise ValueError(f"{text[:60]!r}: a range begins at 23:59 at the latest")
    if start == end:
        raise ValueError(f"{text[:60]!r}: a range that ends when it begins is none; a whole day is 00:00-24:00")
    return QuietRange(_weekdays(found["days"] or "mon-sun"), start, end if end > start else end + _DAY)


def weekday_of(text: str) -> int:
    """0 for "mon". ValueError where it is no weekday."""
    short = text.strip().lower()[:3]
    if short not in WEEKDAYS or not text.strip().isalpha():
        raise ValueError(f"{text[:20]!r} is no weekday: mon, tue, wed, thu, fri, sat or sun is needed")
    return WEEKDAYS.index(short)


def check(ranges: Sequence[QuietRange]) -> None:
    """ValueError where two overlap, or where the quiet never ends."""
    spans = sorted((day * _DAY + each.start, each.end - each.start) for each in ranges for day in each.weekdays)
    for (start, length), (following, _) in zip(spans, [*spans[1:], *((at + _WEEK, long) for at, long in spans[:1])], strict=True):
        if start + length > following and len(spans) > 1:
            day, minutes = divmod(following % _WEEK, _DAY)
            raise ValueError(f"two ranges overlap on {WEEKDAYS[day]} at {minutes // 60:02}:{minutes % 60:02}")
    if sum(length for _, length in spans) >= _WEEK:
        raise ValueError("the quiet never ends: leave at least a minute of the week")


@dataclass(frozen=True)
class QuietHours:
    """All ranges, in a zone."""

    ranges: tuple[QuietRange, ...]
    zone: ZoneInfo

    def end(self, moment: float) -> float:
        """When it is loud again: `moment` itself where it is not quiet. Ranges that touch are one."""
        for _ in range(_CHAINED):
            ends = [each.end for each in self._around(moment) if each.has(moment)]
            if not ends:
                break
            moment = max(ends)
        return moment

    def _around(self, moment: float) -> Iterator[Span]:
        """The stretches that can hold it: a range lasts a day at most, and a clock is set by less than one more."""
        today = date_of(moment, self.zone)
        for days in (-2, -1, 0, 1):
            day = today + DAY * days
            for each in self.ranges:
                if day.weekday() in each.weekdays:
                    last = moment_of(day, each.end, self.zone, is_last=True)
                    yield Span(moment_of(day, each.start, self.zone), last)


def _weekdays(text: str) -> tuple[int, ...]:
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        start = weekday_of(first)
        days = (weekday_of(last) - start) % 7 if dash else 0
        found |= {(start + more) % 7 for more in range(days + 1)}
    return tuple(sorted(found))
