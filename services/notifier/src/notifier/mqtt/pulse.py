"""Puts together what home automation is told: of alerts, channels and snoozes. It knows neither SQL nor MQTT."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from notifier.channels.desk import Desk as ChannelDesk
from notifier.mqtt.readings import Alert, Readings
from notifier.times.desk import Desk as TimesDesk
from notifier.times.snooze import Snooze, Subject

_YEAR = 365 * 86_400.0  # seconds; until the switch is thrown back


class Alerts(Protocol):
    """What was taken in."""

    async def since(self, moment: float) -> tuple[int, float | None]:
        """How many since a moment, and the best saving."""
        ...

    async def newest(self) -> int:
        """The newest one's number."""
        ...

    async def alerts_since(self, seq: int, most: int) -> list[Alert]:
        """Those after one."""
        ...

    async def last(self) -> Alert | None:
        """The newest."""
        ...


@dataclass(frozen=True)
class NotifierPulse:
    """The notifier's own. `now`: Unix seconds."""

    alerts: Alerts
    channels: ChannelDesk
    times: TimesDesk
    now: Callable[[], float]

    async def newest(self) -> int:
        """The `seq` of the newest alert."""
        return await self.alerts.newest()

    async def alerts_since(self, seq: int, most: int) -> list[Alert]:
        """The newest of those after one."""
        return await self.alerts.alerts_since(seq, most)

    async def read(self) -> Readings:
        """As it holds now."""
        outlook = await self.times.outlook()
        today, best = await self.alerts.since(_midnight(self.now(), outlook.times.time_zone))
        served = [each for each in await self.channels.all() if each.record.settings.enabled and each.fares is not None]
        waiting = sum(each.fares.waiting + each.fares.held for each in served if each.fares)
        failing = [each.record.name for each in served if each.fares and each.fares.problem]
        paused = bool(_of_all(await self.times.snoozes()))
        return Readings(today, best, await self.alerts.last(), waiting, failing, paused)

    async def pause(self, is_on: bool) -> None:
        """Snooze everything, or end that."""
        there = _of_all(await self.times.snoozes())
        if is_on and not there:
            await self.times.snooze(Subject.ALL, "", None, _YEAR)
        elif not is_on:
            for each in there:
                await self.times.lift(each.id)


def _of_all(snoozes: Sequence[Snooze]) -> list[Snooze]:
    return [each for each in snoozes if each.subject is Subject.ALL]


def _midnight(now: float, zone: str) -> float:
    return datetime.fromtimestamp(now, ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
