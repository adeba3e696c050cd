"""The log of what a service does, in sentences: told by whoever does it, one call where it happens.

Calls of its own, and not what stands in the log of lines: a line has the name of an event, one of an outage repeats itself, and its
level is for who runs the service; here a person reads, and pages learn by `topics` what to fetch again. What goes wrong comes from
the log of lines as well (from_logs.py).
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from common.activity.entry import LONGEST_TEXT, Entry, Level, bounded, cut
from common.activity.ring import KEPT, Ring


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ActivityLog:
    """What one service tells. One that nobody serves tells nobody."""

    def __init__(self, service: str = "", kept: int = KEPT, now: Callable[[], datetime] = _utc_now) -> None:
        self.service, self._now = service, now
        self.entries: Ring[Entry] = Ring(kept)

    def tell(
        self, agent: str, event: str, text: str, *, level: Level = "info", topics: Sequence[str] = (), **fields: object
    ) -> None:
        """`agent` did something: `text` says it to a person. `topics`: what pages show that it changed."""
        told = Entry(
            id="",
            at=self._now(),
            service=self.service,
            agent=agent[:40],
            level=level,
            event=event[:60],
            text=cut(text, LONGEST_TEXT),
            topics=tuple(topics),
            fields=bounded(fields),
        )
        self.entries.add(lambda identifier: told.model_copy(update={"id": identifier}))
