"""Looks every hour whether the models still fit what they price; what stays beyond its bound is pushed, once a week. No HTTP.

Of several scanners each looks, since each is asked; the one that leads tells.
"""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from common.background import BackgroundTask
from common.deals import Notice
from common.errors import PricingAgentError
from scanner.drift.coverage import Coverage, Found, coverage_of, found_later
from scanner.drift.ensemble_models import Drift
from scanner.drift.figure import DEGRADED, PSI, UNKNOWN, Figure, at_most, coverage_figure, shown, words_of
from scanner.history.ledger import Later, Push
from scanner.metrics import ScannerMetrics

PAUSE = 3600.0  # seconds between looks
FIRST = 60.0  # seconds until the first: others start too
PATIENCE = 6  # looks in a row beyond a bound, before anybody hears of it
_DAYS = 180  # of pushes and of what people said
_NAMES = uuid.UUID("0f6c6bb0-6c0f-4f57-9a07-3d8a5fe4f7a1")  # of notices: the same one in the same week has the same id


class TellsDrift(Protocol):
    """The ensemble."""

    async def drift(self) -> Drift:
        """PricingAgentError where it cannot be asked."""
        ...


class Worths(Protocol):
    """What people said that deals are worth."""

    async def worths(self, since: datetime) -> dict[str, Found]:
        """With the interval that had been told, by opportunity, or by number for a deal that was none."""
        ...


class Pushes(Protocol):
    """What was pushed."""

    async def pushed(self, since: datetime) -> list[tuple[Push, Later]]:
        """Since a moment, each with what came after it."""
        ...


class Outbox(Protocol):
    """What goes out to the notifier."""

    async def add_notice(self, notice: Notice) -> bool:
        """Whether it is new."""
        ...


@dataclass(frozen=True)
class Sources:
    """Whom it asks, and whom it tells."""

    ensemble: TellsDrift
    worths: Worths
    pushes: Pushes
    outbox: Outbox


class DriftWatch:
    """`figures`: of the last look; `problem`: why some are missing. `is_leading`: whether this process may tell."""

    def __init__(
        self,
        sources: Sources,
        now: Callable[[], datetime],
        metrics: ScannerMetrics | None = None,
        is_leading: Callable[[], bool] = lambda: True,
    ) -> None:
        self._sources, self._now, self._metrics, self._is_leading = sources, now, metrics or ScannerMetrics(), is_leading
        self.figures: Sequence[Figure] = ()
        self.problem = "nobody has looked yet"
        self.looked: datetime | None = None
        self._beyond: dict[str, int] = {}
        self._task = BackgroundTask("look for drift", self._run)

    def start(self) -> None:
        """Begin to look."""
        self._task.start()

    async def stop(self) -> None:
        """Look no more."""
        await self._task.stop()

    async def look(self) -> None:
        """Once; tells what has stayed beyond its bound."""
        self.problem = ""
        covered = await self._covered()
        coverage = coverage_figure(covered.share, covered.n, covered.high)
        self._metrics.show_coverage(shown(coverage))
        self.figures = [*await self._told_by_ensemble(), coverage]
        self.looked = self._now()
        for figure in self.figures:
            self._beyond[figure.name] = self._beyond.get(figure.name, 0) + 1 if figure.is_beyond else 0
            if self._beyond[figure.name] >= PATIENCE and self._is_leading():
                await self._sources.outbox.add_notice(notice_of(figure, self._now()))

    async def _told_by_ensemble(self) -> list[Figure]:
        try:
            told = await self._sources.ensemble.drift()
        except PricingAgentError as exc:
            self.problem = str(exc)
            return []
        pairs = ((PSI, told.psi), (UNKNOWN, told.unknown_share), (DEGRADED, told.degraded_share))
        return [at_most(name, value, told.n) for name, value in pairs]

    async def _covered(self) -> Coverage:
        since = self._now() - timedelta(days=_DAYS)
        said = await self._sources.worths.worths(since)
        later = found_later(await self._sources.pushes.pushed(since), frozenset(said))
        return coverage_of([*said.values(), *later])

    async def _run(self) -> None:
        pause = FIRST
        while True:
            await asyncio.sleep(pause)
            pause = PAUSE
            try:
                await self.look()
            except Exception:  # noqa: BLE001 (a worker: the next look may go well)
                structlog.get_logger().exception("drift_not_looked_at")


def notice_of(figure: Figure, now: datetime) -> Notice:
    """The same id all week: whoever is told twice, as after a start, hears it once."""
    year, week, _ = now.isocalendar()
    title, text = words_of(figure)
    name = uuid.uuid5(_NAMES, f"{figure.name} {year} {week}")
    return Notice(id=str(name), kind="model-drift", title=title, text=text, created=now)
