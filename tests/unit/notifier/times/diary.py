"""A notifier's stores under a clock of their own, a phone that remembers what reached it, and days that pass in a moment."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from common.deals import Notice, Opportunity
from notifier.notification import Attempt, DeliveryPolicy, Lease, OnUnknown, Outcome, Sent, Stage
from notifier.store.delivery_store import DeliveryStore
from notifier.store.held_store import HeldStore
from notifier.store.notification_store import NotificationStore
from notifier.store.plan_store import PlanStore
from notifier.store.schema import Database, deliveries, open_database
from notifier.store.summary_store import SummaryStore
from notifier.store.turn_store import Rhythm
from notifier.times.desk import Desk
from notifier.times.telling import Digest, Kind
from notifier.times.times import Times
from tests.unit.notifier.samples import opportunity, sqlite

POLICY = DeliveryPolicy(base=0, unknown_pause=300.0)
Answer = Callable[[Attempt], Outcome | None]


def at(text: str, zone: str = "Europe/Berlin") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@dataclass(frozen=True)
class Pushed:
    """What was sent at a moment, and whether it arrived."""

    when: float
    attempt: Attempt
    outcome: Outcome | None  # None: the notifier was killed in its midst

    @property
    def ids(self) -> list[str]:
        """The alerts and notices that it tells."""
        told = self.attempt.telling
        return [each.id for each in (*told.deals, *told.notices)] if isinstance(told, Digest) else [told.id]

    @property
    def kind(self) -> Kind:
        return self.attempt.kind


@dataclass
class Diary:
    """`now` is moved by whoever tests. `answer`: what becomes of a push; None: the notifier is killed in its midst."""

    database: Database
    clock: list[float]
    rhythm: Rhythm
    channel: str = "phone"
    answer: Answer = lambda _: Outcome.SENT
    pushes: list[Pushed] = field(default_factory=list)
    lives: int = 0

    def __post_init__(self) -> None:
        self.notifications = NotificationStore(self.database, POLICY)
        self.plans = PlanStore(self.database, self.rhythm.times)
        self.held = HeldStore(self.database, self.rhythm)
        self.summaries = SummaryStore(self.database, self.rhythm)
        self.desk = Desk(
            self.plans, self.held, self.summaries, lambda: {self.channel: "Phone"}, lambda: [self.channel], lambda: None
        )
        self._lease: Lease | None = None

    @property
    def now(self) -> float:
        return self.clock[0]

    @now.setter
    def now(self, moment: float) -> None:
        self.clock[0] = moment

    async def receive(self, *found: str | Opportunity | Notice) -> None:
        alerts = [alert(each, self.now) if isinstance(each, str) else each for each in found]
        await self.notifications.add([each for each in alerts if isinstance(each, Opportunity)], [self.channel])
        if notices := [each for each in alerts if isinstance(each, Notice)]:
            await self.notifications.add_notices(notices, [self.channel])

    async def serve(self) -> list[Pushed]:
        """Send what may go out now, as a channel's worker does; what was pushed."""
        before = len(self.pushes)
        for _ in range(2000):
            if self._lease is None:
                await self._begin_life()
            assert self._lease
            if not await self.store.has_due(self.channel):
                break
            attempt = await self.store.begin(self._lease)
            if attempt is None:
                continue
            outcome = self.answer(attempt)
            self.pushes.append(Pushed(self.now, attempt, outcome))
            if outcome is None:
                self._lease = None
                continue
            after = POLICY.after(attempt, Sent("phone", outcome, "" if outcome is Outcome.SENT else outcome), OnUnknown.REPEAT)
            await self.store.finish(attempt, after)
            if outcome is Outcome.NOT_SENT:
                break  # it rests
        return self.pushes[before:]

    async def pass_until(self, moment: float, step: float = 900.0) -> list[Pushed]:
        """Let time pass, with a look at everything whenever something may happen."""
        before = len(self.pushes)
        while self.now < moment:
            self.now = min(moment, self.now + step, *await self._moments())
            await self.notifications.expire()
            await self.desk.look()
            await self.serve()
        return self.pushes[before:]

    async def stages(self) -> dict[str, Stage]:
        async with self.database.reader() as connection:
            rows = await connection.execute(select(deliveries.c.notification, deliveries.c.stage))
            return {row.notification: Stage(row.stage) for row in rows}

    async def _moments(self) -> list[float]:
        query = select(func.min(deliveries.c.held_until)).where(deliveries.c.stage == "held", deliveries.c.held_until > self.now)
        async with self.database.reader() as connection:
            found = (await connection.execute(query)).scalar()
        return [] if found is None else [found]

    async def _begin_life(self) -> None:
        self.lives += 1
        self.store = DeliveryStore(self.database, f"life {self.lives}", -1.0, POLICY.longest_pause, self.rhythm)
        self._lease = await self.store.acquire(self.channel, "Phone")
        assert self._lease
        await self.store.interrupt(self._lease, OnUnknown.REPEAT, 60.0)


def alert(identifier: str, found: float, **changes: Any) -> Opportunity:
    deal = changes.pop("deal", {})
    made = opportunity(identifier, datetime.fromtimestamp(found, UTC), **deal)
    return made.model_copy(update=changes)


@asynccontextmanager
async def diary(place: Path | str, start: float, **times: Any) -> AsyncIterator[Diary]:
    """One that begins at a moment, with these times, in a folder or in the database of that address."""
    clock = [start]
    database = open_database(place if isinstance(place, str) else sqlite(place), lambda: clock[0])
    await database.prepare()
    rhythm = Rhythm(Times.model_validate({"time_zone": "Europe/Berlin"} | times), POLICY.patience)
    try:
        yield Diary(database, clock, rhythm)
    finally:
        await database.engine.dispose()


def told(pushes: Sequence[Pushed]) -> list[list[str]]:
    """What each push told, of which alerts."""
    return [each.ids for each in pushes]
