"""Whether a delivery may go out now, and if not why, and until when: snoozed, in quiet hours, meant for a digest, or beyond a cap.

Pure: what was pushed already is counted by whoever asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from common.deals import Opportunity
from notifier.times.snooze import Snooze, snoozed_until
from notifier.times.telling import Telling
from notifier.times.times import Times
from notifier.times.wall_time import Span, day_of, hour_of

LONGEST = 10 * 86_400.0  # seconds for which anything but a snooze holds: what is held for longer was held by a clock that was ahead


class Why(StrEnum):
    """Why a delivery is held."""

    SNOOZED = "snoozed"
    QUIET = "quiet"
    DIGEST = "digest"
    HOURLY = "hourly"
    DAILY = "daily"


@dataclass(frozen=True)
class Hold:
    """It may not go out before `until`, in Unix seconds."""

    why: Why
    until: float


@dataclass(frozen=True)
class Plan:
    """The times and snoozes that hold at the moment `now`. `has_digests`: what is meant for a digest waits for one."""

    times: Times
    snoozes: Sequence[Snooze]
    now: float
    has_digests: bool = True

    def unbound(self) -> "Plan":
        """For a channel that follows no times: snoozes alone hold there."""
        return replace(self, times=Times(), has_digests=False)

    def snoozed(self, telling: Telling) -> Hold | None:
        """By a snooze; that of everything covers also what is no deal."""
        until = snoozed_until(telling if isinstance(telling, Opportunity) else None, self.snoozes, self.now)
        return None if until is None else Hold(Why.SNOOZED, until)

    def blocked(self, telling: Telling) -> Hold | None:
        """By a snooze or by quiet hours, which hold for digests too."""
        is_urgent = isinstance(telling, Opportunity) and telling.priority == "urgent"
        snoozed = self.snoozed(telling)
        if snoozed is not None or (is_urgent and self.times.urgent_breaks_quiet):
            return snoozed
        until = self.times.quiet_until(self.now)
        return None if until is None else Hold(Why.QUIET, until)

    def for_digest(self, telling: Telling, received: float) -> Hold | None:
        """By who found it: it is not to come by itself, but in the first digest after it was received, be that over by now."""
        is_meant = self.has_digests and isinstance(telling, Opportunity) and telling.digest
        return Hold(Why.DIGEST, self.times.next_digest(min(received, self.now))) if is_meant else None

    def is_counted(self, telling: Telling) -> bool:
        """Whether caps are for it: neither for what is urgent or wanted, nor for what is no deal."""
        if not isinstance(telling, Opportunity) or telling.priority == "urgent":
            return False
        return all(match.kind != "watch" for match in telling.matches)

    @property
    def is_capped(self) -> bool:
        """Whether there is a cap at all."""
        return self.times.hourly is not None or self.times.daily is not None

    @property
    def hour(self) -> Span:
        """In which a cap counts."""
        return hour_of(self.now, self.times.zone)

    @property
    def day(self) -> Span:
        """In which a cap counts."""
        return day_of(self.now, self.times.zone)

    def capped(self, in_hour: int, in_day: int, *, is_alone: bool = False) -> Hold | None:
        """Whether one more is beyond a cap. `is_alone`: it will not come in a digest, but by itself, when the cap counts anew."""
        least = 1 if is_alone else 0  # a cap of none at all must not keep a repeat waiting for ever
        if self.times.daily is not None and in_day >= max(self.times.daily, least):
            anew = self.times.quiet_hours.end(self.day.end)
            return Hold(Why.DAILY, anew if is_alone else self.times.next_digest(self.now))
        if self.times.hourly is not None and in_hour >= max(self.times.hourly, least):
            return Hold(Why.HOURLY, self.times.quiet_hours.end(self.hour.end))
        return None
