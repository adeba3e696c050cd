"""Times and snoozes as pages show and change them."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from dashboard.alerts.draft import Draft
from dashboard.alerts.meanwhile import ETAG, if_match
from dashboard.alerts.times.quiet_week import WEEKDAYS, Stretch, stretches
from dashboard.alerts.times.schemas import Named, Snooze, Times
from dashboard.peers import Part, Peers, parsed, segment
from dashboard.schemas import Listing

MOST_ROWS = 21
_MOST_CAP = 10_000
_SUBJECTS = {"rule": "/rules", "watch": "/watchlist", "feed": "/feeds"}


@dataclass(frozen=True)
class Subjects:
    """What can be snoozed, by kind, and `names` of all of it by (kind, id)."""

    groups: dict[str, list[Named]]

    def label(self, snooze: Snooze) -> str:
        """What a snooze is of, in words."""
        if snooze.subject == "all":
            return "Everything"
        known = {str(each.id): each.label for each in self.groups.get(snooze.subject, [])}
        kind = {"watch": "wish"}.get(snooze.subject, snooze.subject)
        return f"{kind.capitalize()} “{known.get(snooze.target, snooze.target)}”"


class AlertTimes:
    """The use case, over the notifier, and for the names of what is snoozed over the scanner."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def now(self) -> Part[Times]:
        """The times."""
        return await self._peers.part(self._peers.one("notifier", "/times", Times))

    async def change(self, times: dict[str, Any], etag: str = "") -> Times:
        """Others in the place of those that `etag` tells. InvalidInputError, PreconditionFailedError."""
        return parsed("notifier", Times, await self._peers["notifier"].put("/times", times, if_match(etag)))

    async def snoozes(self) -> Part[Listing[Snooze]]:
        """Those that hold now."""
        return await self._peers.part(self._peers.listing("notifier", "/snoozes", Snooze))

    async def subjects(self) -> Subjects:
        """What can be snoozed, as far as the scanner tells."""
        reading = [self._peers.part(self._peers.listing("scanner", path, Named)) for path in _SUBJECTS.values()]
        found = await asyncio.gather(*reading)
        return Subjects({kind: part.value.items if part.value else [] for kind, part in zip(_SUBJECTS, found, strict=True)})

    async def snooze(self, asked: dict[str, Any]) -> None:
        """Hear nothing of it for a while."""
        await self._peers["notifier"].post("/snoozes", asked)

    async def lift(self, identifier: str) -> None:
        """End one early."""
        await self._peers["notifier"].delete(f"/snoozes/{segment(identifier)}")


def times_in(draft: Draft) -> dict[str, Any]:
    """The times that a form says, as the notifier takes them; what cannot be meant is noted in the draft."""
    weekly = {"day": draft["weekly_day"], "time": draft["weekly_time"]} if draft.has("weekly") else None
    return {
        "time_zone": draft["time_zone"],
        "quiet": [each.text for each in rows_in(draft, strictly=True)],
        "hourly": draft.whole("hourly", _MOST_CAP),
        "daily": draft.whole("daily", _MOST_CAP),
        "digest_at": draft["digest_at"],
        "urgent_breaks_quiet": draft.has("urgent_breaks_quiet"),
        "weekly": weekly,
    }


def rows_in(draft: Draft, *, strictly: bool = False) -> list[Stretch]:
    """The rows of quiet hours that are filled in; with `strictly` a half one is noted in the draft."""
    rows = []
    for number in range(MOST_ROWS):
        days, start, end = (draft.all(f"days-{number}"), draft[f"start-{number}"], draft[f"end-{number}"])
        if start and end and days:
            rows.append(Stretch(tuple(day for day in WEEKDAYS if day in days), start, end))
        elif strictly and (start or end):
            draft.refuse("quiet", "A stretch of quiet hours needs a beginning, an end and a weekday.")
    return rows


def draft_of(times: Times) -> Draft:
    """The form of times."""
    values = {
        "time_zone": [times.time_zone],
        "digest_at": [times.digest_at],
        "hourly": [] if times.hourly is None else [str(times.hourly)],
        "daily": [] if times.daily is None else [str(times.daily)],
        "urgent_breaks_quiet": ["on"] if times.urgent_breaks_quiet else [],
        "weekly": ["on"] if times.weekly else [],
        "weekly_day": [times.weekly.day if times.weekly else "sun"],
        "weekly_time": [times.weekly.time if times.weekly else "18:00"],
        ETAG: [times.etag],
    }
    return with_rows(Draft(values), stretches(times.quiet))


def as_told(times: dict[str, Any]) -> Draft:
    """Times as the notifier takes them, in words: rows of a form say the same in many ways."""
    weekly = times["weekly"]
    said = {name: [] if times[name] is None else [str(times[name])] for name in ("time_zone", "hourly", "daily", "digest_at")}
    said["urgent_breaks_quiet"] = ["on"] if times["urgent_breaks_quiet"] else []
    return Draft({**said, "quiet": times["quiet"], "weekly": [f"{weekly['day']} {weekly['time']}"] if weekly else []})


def with_rows(draft: Draft, rows: list[Stretch]) -> Draft:
    """The form with these rows."""
    for number, each in enumerate(rows):
        draft.values |= {f"days-{number}": list(each.days), f"start-{number}": [each.start], f"end-{number}": [each.end]}
    return draft


def without_row(draft: Draft, number: str) -> Draft:
    """The form without one row of quiet hours; those below move up."""
    for name in ("days", "start", "end"):
        draft.values.pop(f"{name}-{number}", None)
    rows = rows_in(draft)
    kept = {name: value for name, value in draft.values.items() if not name.startswith(("days-", "start-", "end-"))}
    return with_rows(Draft(kept), rows)


def snooze_in(draft: Draft, zone: str) -> dict[str, Any]:
    """The snooze that a form says. `zone`: in which a moment is meant."""
    subject, _, target = draft["what"].partition(":")
    asked: dict[str, Any] = {"subject": subject} | ({"id": target} if target else {})
    if draft["until"]:
        try:
            moment = datetime.fromisoformat(draft["until"])
            return asked | {"until": (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).isoformat()}
        except (ValueError, LookupError, OSError):
            draft.refuse("until", "A day and a time are needed.")
    hours = draft.number("hours") if draft["hours"] else 8.0
    if hours == 0:
        draft.refuse("hours", "A snooze lasts longer than no time at all.")
    return asked | {"hours": hours}


@cache
def zones() -> list[str]:
    """Time zones, as people call them; a process reads them off the disk once."""
    return sorted(
        each for each in available_timezones() if "/" in each and not each.startswith(("Etc/", "SystemV/", "posix/", "right/"))
    )
