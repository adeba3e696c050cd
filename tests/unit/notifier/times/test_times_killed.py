"""Killed before or after any transaction of a night and its morning: nothing is lost, and nothing is told twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from notifier.notification import Outcome, Stage
from notifier.store.schema import Database
from notifier.times.snooze import Subject
from notifier.times.telling import Kind
from tests.unit.notifier.times.diary import Diary, alert, at, diary

HOUR = 3600.0
EVENING, MORNING = at("2026-06-06T21:00"), at("2026-06-07T07:00")
ALERTS = ["loud", "night", "great", "gone", "snoozed"]


class KilledError(BaseException):
    """The process ends here."""


class Mortal(Database):
    """Ends the process at its n-th transaction that writes: `before` that is committed, or after."""

    left: list[int]
    is_before: bool

    @asynccontextmanager
    async def writer(self) -> AsyncIterator[AsyncConnection]:
        self.left[0] -= 1
        async with super().writer() as connection:
            yield connection
            if self.left[0] == 0 and self.is_before:
                raise KilledError
        if self.left[0] == 0:
            raise KilledError


def mortal(day: Diary, transactions: int, *, is_before: bool) -> Diary:
    """The same night before a notifier that will be killed."""
    database = Mortal(day.database.engine, day.database.now)
    object.__setattr__(database, "left", [transactions])
    object.__setattr__(database, "is_before", is_before)
    made = replace(day, database=database)
    made.pushes = day.pushes
    return made


async def live_on(day: Diary) -> None:
    """From the evening to the next one; each step is made again by a notifier that starts anew, as the stream has it made."""
    if not await day.desk.snoozes() and day.now < MORNING:
        await day.desk.snooze(Subject.PRODUCT, "drill", MORNING + 2 * HOUR, 0.0)
    await day.receive("loud")
    await day.serve()
    day.now = max(day.now, EVENING + 2 * HOUR)
    found = EVENING + 2 * HOUR
    night = [
        alert("night", found),
        alert("great", found, discount=200.0),
        alert("gone", found),
        alert("snoozed", found, product="drill"),
    ]
    await day.receive(*night)
    await day.serve()
    await day.receive(alert("gone", found, revision=1, withdrawn="it costs more"))
    await day.pass_until(max(EVENING + 24 * HOUR, day.now + 600), step=6 * HOUR)


async def attempts(folder: Path) -> int:
    """Transactions of an undisturbed night."""
    async with diary(folder, EVENING, quiet=["22:00-07:00"], weekly={"day": "sun", "time": "18:00"}) as day:
        counted = mortal(day, 10**9, is_before=True)
        await live_on(counted)
        check(day, await day.stages())
        assert isinstance(counted.database, Mortal)
        return 10**9 - counted.database.left[0]


def check(day: Diary, stages: dict[str, Stage]) -> None:
    """What the phone has, which drops an id that it knows."""
    assert {each: stages[each] for each in ALERTS} == dict.fromkeys(ALERTS, Stage.SENT) | {"gone": Stage.WITHDRAWN}
    arrived = {push.attempt.push_id: push for push in day.pushes}
    told = sorted(identifier for push in arrived.values() for identifier in push.ids)
    assert told == sorted(["great", "loud", "night", "snoozed", "summary:phone:2026-W23"])
    digests = [push.ids for push in arrived.values() if push.kind is Kind.DIGEST]
    assert digests == [["great", "night"], ["snoozed"]]
    assert {stage for name, stage in stages.items() if name not in ALERTS} == {Stage.SENT}


@pytest.mark.parametrize("is_before", [True, False])
def test_a_kill_at_any_transaction_loses_and_repeats_nothing(tmp_path: Path, is_before: bool) -> None:
    async def one(folder: Path, transactions: int) -> None:
        async with diary(folder, EVENING, quiet=["22:00-07:00"], weekly={"day": "sun", "time": "18:00"}) as day:
            with pytest.raises(KilledError):
                await live_on(mortal(day, transactions, is_before=is_before))
            await live_on(day)
            check(day, await day.stages())

    async def every() -> None:
        (tmp_path / "whole").mkdir()
        count = await attempts(tmp_path / "whole")
        assert count > 20
        for transactions in range(1, count):
            (folder := tmp_path / str(transactions)).mkdir()
            await one(folder, transactions)

    asyncio.run(every())


@pytest.mark.parametrize("arrives", [True, False])
def test_a_kill_in_the_midst_of_a_digest_has_it_repeated_under_its_id(tmp_path: Path, arrives: bool) -> None:
    """Whether it had arrived nobody knows: it says the same, and that it may be a repeat."""

    async def run() -> None:
        async with diary(tmp_path, EVENING + 2 * HOUR, quiet=["22:00-07:00"]) as day:
            answers = [None, Outcome.SENT] if arrives else [None, Outcome.NOT_SENT, Outcome.SENT]
            day.answer = lambda _: answers.pop(0)
            await day.receive("a", "b")
            await day.pass_until(MORNING + HOUR)
            assert len({push.attempt.push_id for push in day.pushes}) == 1
            assert [push.ids for push in day.pushes] == [["a", "b"]] * (2 if arrives else 3)
            assert day.pushes[-1].attempt.is_repeat
            assert set((await day.stages()).values()) == {Stage.SENT}

    asyncio.run(run())
