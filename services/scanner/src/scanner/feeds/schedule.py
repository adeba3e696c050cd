"""When a feed is read: every so many seconds, or by a cron expression in a time zone. Pure: the moment and the jitter are given.

A cron expression means what it means to Debian's cron where clocks are changed: an hour that is left out is made up for at its end,
and one that comes twice counts once, but for what runs every so many minutes or hours.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

SHORTEST = 60.0  # seconds between two readings
LONGEST = 30 * 86_400.0
MAX_CRON, MAX_ZONE = 100, 60  # characters
_ZONE = re.compile(r"[A-Za-z0-9_+/-]+")


@dataclass(frozen=True)
class Schedule:
    """Every so many seconds, or by a cron expression of five fields; with neither on demand alone."""

    every: float | None = None
    cron: str | None = None
    zone: str = "UTC"

    def after(self, moment: datetime, spread: float = 1.0) -> datetime | None:
        """The next time after a moment, in UTC; None: never by itself. `spread`: factor of an interval, one for all of a scan."""
        if self.cron is not None:
            return _next(self.cron, self.zone, moment)
        return moment + timedelta(seconds=self.every * spread) if self.every else None

    @property
    def words(self) -> str:
        """As a person says it."""
        if self.cron is not None:
            return f"{self.cron} ({self.zone})"
        return f"every {_spoken(self.every)}" if self.every else "on demand"


def checked(schedule: Schedule) -> Schedule:
    """The same. ValueError says why it cannot be followed."""
    if (schedule.every is None) == (schedule.cron is None):
        raise ValueError("give either every, in seconds, or cron")
    if schedule.every is not None and not SHORTEST <= schedule.every <= LONGEST:
        raise ValueError(f"every must be between {SHORTEST:.0f} s and {LONGEST / 86_400:.0f} days")
    _zone(schedule.zone)
    if schedule.cron is not None and _next(schedule.cron, schedule.zone, datetime(2026, 1, 1, tzinfo=UTC)) is None:
        raise ValueError(f"cron {schedule.cron!r} never comes to pass")
    return schedule


def _next(cron: str, zone: str, moment: datetime) -> datetime | None:
    if len(cron) > MAX_CRON or len(cron.split()) != 5:
        raise ValueError(f"cron must have five fields, as */30 7-23 * * * has, not {cron[:MAX_CRON]!r}")
    try:
        times = CronSim(cron, moment.astimezone(_zone(zone)))
        for found in times:  # of an hour that comes twice it may name the first one again
            if found.astimezone(UTC) > moment:
                return found.astimezone(UTC)
    except CronSimError as exc:
        raise ValueError(f"cron {cron!r} cannot be read: {exc}") from exc
    return None


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        if len(name) <= MAX_ZONE and _ZONE.fullmatch(name):
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, outside of the folder of zones, or a part of that folder
        pass
    raise ValueError(f"{name[:MAX_ZONE]!r} is no time zone like Europe/Berlin or UTC")


def _spoken(seconds: float | None) -> str:
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds and seconds % size == 0:
            count = round(seconds / size)
            return unit if count == 1 else f"{count} {unit}s"
    return f"{seconds:g} s"
