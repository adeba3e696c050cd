"""Quiet hours between the services' form ("mon-fri 22:00-07:00"), rows of a form, and bars of a week's days. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = 1440  # minutes
_RANGE = re.compile(r"(?:(?P<days>[a-z,\s-]+?)\s+)?(?P<start>\d{1,2}:\d\d)\s*-\s*(?P<end>\d{1,2}:\d\d)")
_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True)
class Stretch:
    """Quiet from `start` to `end` ("22:00") on the weekdays on which it begins."""

    days: tuple[str, ...]
    start: str
    end: str

    @property
    def text(self) -> str:
        """As the notifier takes it. The same time at both ends is a whole day."""
        end = "24:00" if self.start == self.end == "00:00" else self.end
        return f"{','.join(self.days)} {self.start}-{end}"


@dataclass(frozen=True)
class Piece:
    """A quiet piece of a day, in minutes after its midnight."""

    start: int
    end: int

    @property
    def left(self) -> float:
        """Where it begins, in percent of the day."""
        return round(self.start / _DAY * 100, 3)

    @property
    def width(self) -> float:
        """How long it is, in percent of the day."""
        return round((self.end - self.start) / _DAY * 100, 3)

    @property
    def words(self) -> str:
        """22:00 to 24:00."""
        return f"{_clock(self.start)} to {_clock(self.end)}"


@dataclass(frozen=True)
class DayBar:
    """A weekday and its quiet pieces."""

    name: str
    pieces: Sequence[Piece]

    @property
    def words(self) -> str:
        """For who does not see it."""
        said = " and ".join(each.words for each in self.pieces)
        return f"{self.name}: quiet {said}" if said else f"{self.name}: not quiet"


def stretches(quiet: Iterable[str]) -> list[Stretch]:
    """Of the notifier's form; what is none is left out."""
    found = [_RANGE.fullmatch(each.strip().lower()) for each in quiet]
    return [Stretch(_days(each["days"]), _two(each["start"]), _two(each["end"])) for each in found if each]


def day_bars(quiet: Iterable[Stretch]) -> list[DayBar]:
    """The seven days; a stretch that goes over midnight goes on the next day."""
    pieces: list[list[Piece]] = [[] for _ in WEEKDAYS]
    for each in quiet:
        start, end = _minutes(each.start), _minutes(each.end)
        if start is None or end is None:
            continue
        for day in (WEEKDAYS.index(name) for name in each.days if name in WEEKDAYS):
            pieces[day].append(Piece(start, end if end > start else _DAY))
            if 0 < end <= start:
                pieces[(day + 1) % 7].append(Piece(0, end))
    return [DayBar(name, _joined(found)) for name, found in zip(DAY_NAMES, pieces, strict=True)]


def _joined(pieces: list[Piece]) -> list[Piece]:
    """In order, and those that touch as one."""
    found: list[Piece] = []
    for each in sorted(pieces, key=lambda piece: piece.start):
        if found and each.start <= found[-1].end:
            found[-1] = Piece(found[-1].start, max(found[-1].end, each.end))
        else:
            found.append(each)
    return found


def _days(text: str | None) -> tuple[str, ...]:
    found: set[int] = set()
    for part in (text or "mon-sun").split(","):
        first, dash, last = (each.strip()[:3] for each in part.partition("-"))
        if first in WEEKDAYS and (not dash or last in WEEKDAYS):
            start = WEEKDAYS.index(first)
            length = (WEEKDAYS.index(last) - start) % 7 if dash else 0
            found |= {(start + more) % 7 for more in range(length + 1)}
    return tuple(WEEKDAYS[each] for each in sorted(found))


def _minutes(text: str) -> int | None:
    found = _TIME.fullmatch(text)
    return int(found[1]) * 60 + int(found[2]) if found else None


def _two(text: str) -> str:
    """07:00 for 7:00; a day's end as the next one's beginning, as fields of times have it."""
    return "00:00" if text == "24:00" else text.zfill(5)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
