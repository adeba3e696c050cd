"""Looks at every service now and then while the dashboard runs, and keeps the last hour of it in memory."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import structlog

from common.background import BackgroundTask
from dashboard.live.hub import Hub
from dashboard.peers import Peers
from dashboard.system.metrics import Reading, rate, read, slow

PAUSE = 10.0  # seconds
KEPT = 360  # looks: an hour
TOPIC = "system"


@dataclass(frozen=True)
class Line:
    """A figure over time, oldest first; None where there was none. `name`: of the figure."""

    name: str
    values: Sequence[float | None]

    @property
    def last(self) -> float | None:
        """The newest."""
        return self.values[-1] if self.values else None


class Sampler:
    """`clock` is monotonic; `pause`: seconds between looks."""

    def __init__(self, peers: Peers, hub: Hub, clock: Callable[[], float] = time.monotonic, pause: float = PAUSE) -> None:
        self._peers, self._hub, self._clock, self._pause = peers, hub, clock, pause
        self._looks: dict[str, deque[Reading | None]] = {name: deque(maxlen=KEPT) for name in peers.clients}
        self._task = BackgroundTask("looks at the services", self._run)

    def start(self) -> None:
        """Begin to look."""
        self._task.start()

    async def stop(self) -> None:
        """Look no more."""
        await self._task.stop()

    async def look(self) -> None:
        """Once at all of them, at once."""
        found = await asyncio.gather(*(self._look_at(name) for name in self._looks))
        for kept, reading in zip(self._looks.values(), found, strict=True):
            kept.append(reading)
        self._hub.tell(TOPIC)

    def lines(self, name: str) -> Mapping[str, Line]:
        """A service's figures: rate (requests a second), slow (seconds of 95 in 100 answers), and those that it shows itself."""
        looks = list(self._looks.get(name, ()))
        pairs = list(pairwise(looks))
        found = {
            "rate": [None if a is None or b is None else rate(a, b) for a, b in pairs],
            "slow": [None if a is None or b is None else slow(a, b) for a, b in pairs],
        }
        plain = {figure for look in looks if look for figure in look.plain}
        shown = {figure: [look.plain.get(figure) if look else None for look in looks] for figure in plain}
        return {figure: Line(figure, values) for figure, values in {**found, **shown}.items()}

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:  # noqa: BLE001 (a worker: whatever a service shows must not end it)
                structlog.get_logger().exception("services_not_looked_at")
            await asyncio.sleep(self._pause)

    async def _look_at(self, name: str) -> Reading | None:
        """None where it cannot be asked, or shows something else."""
        try:
            part = await self._peers.part(self._peers[name].get_text("/metrics"))
            return None if part.value is None else await asyncio.to_thread(read, part.value, self._clock())
        except ValueError as exc:  # no metrics
            structlog.get_logger().debug("metrics_not_read", service=name, why=str(exc)[:200])
            return None
        except Exception:  # noqa: BLE001 (of any class: what one service shows must not cost the others their lines)
            structlog.get_logger().debug("metrics_not_read", service=name, exc_info=True)
            return None
