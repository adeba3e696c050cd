"""Whatever comes, and whatever becomes of its pushes: never one in quiet hours, never more than the caps, and each alert comes to
exactly one end. Days around the changes of the clock, by the wall clock alone.
"""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from common.deals import Match, Notice, Opportunity
from notifier.notification import Outcome, Stage
from notifier.times.snooze import Subject
from notifier.times.telling import Kind
from tests.unit.notifier.times.diary import Diary, Pushed, alert, at, diary

DAYS, HOURLY, DAILY = 9, 2, 4
CASES = [
    ("Europe/Berlin", "2026-03-25"),
    ("Europe/Berlin", "2026-10-21"),
    ("America/New_York", "2026-03-04"),
    ("America/New_York", "2026-10-28"),
    ("Australia/Lord_Howe", "2026-04-01"),
    ("Australia/Lord_Howe", "2026-09-30"),
    ("Asia/Kolkata", "2026-03-25"),
]
QUIET = ["mon-fri 22:00-07:00", "sat,sun 23:00-09:00"]
ENDS = {Stage.SENT, Stage.WITHDRAWN, Stage.EXPIRED, Stage.SNOOZED, Stage.FAILED, Stage.UNKNOWN}


def is_quiet(moment: float, zone: ZoneInfo) -> bool:
    """As a person reads the ranges off the clock on the wall."""
    then = datetime.fromtimestamp(moment, zone)
    begins = 23 if then.weekday() >= 5 else 22
    ends = 9 if (then - timedelta(days=1)).weekday() >= 5 else 7
    return then.hour >= begins or then.hour < ends


def is_counted(push: Pushed) -> bool:
    one = push.attempt.opportunity
    return one is not None and one.priority != "urgent" and all(match.kind != "watch" for match in one.matches)


def some_alert(chance: Random, number: int, now: float) -> Opportunity | Notice:
    if chance.random() < 0.05:
        return Notice(id=f"n-{number}", kind="feed", title="A feed fails", text="...", created=datetime.fromtimestamp(now, UTC))
    over = datetime.fromtimestamp(now + chance.uniform(600, 2 * 86_400), UTC) if chance.random() < 0.2 else None
    kind: Any = chance.choice(["rule", "rule", "rule", "watch"])
    return alert(
        f"a-{number}",
        now,
        deal={"expires": over},
        discount=chance.uniform(1, 100),
        priority=chance.choice(["low", "normal", "normal", "high", "urgent"]),
        matches=[Match(kind=kind, id=chance.randint(1, 2), name="r")],
        digest=chance.random() < 0.2,
        feed_id=chance.randint(1, 3),
    )


async def something_else(day: Diary, chance: Random, known: list[Opportunity]) -> None:
    """A snooze, one that is lifted, or another price of what was found."""
    what = chance.random()
    if what < 0.1:
        await day.desk.snooze(Subject.FEED, str(chance.randint(1, 3)), None, chance.uniform(600, 40 * 3600))
    elif what < 0.15 and (found := await day.desk.snoozes()):
        await day.desk.lift(found[0].id)
    elif what < 0.3 and known:
        at_ = chance.randrange(len(known))
        withdrawn = None if chance.random() < 0.4 else "it costs more"
        known[at_] = known[at_].model_copy(update={"revision": known[at_].revision + 1, "withdrawn": withdrawn})
        await day.receive(known[at_])


async def live(day: Diary, chance: Random) -> set[str]:
    """Some days with alerts at any moment; what was received. A push fails now and then, or the notifier is killed in its midst."""
    outcomes = [Outcome.SENT] * 14 + [Outcome.NOT_SENT, Outcome.REFUSED, Outcome.UNKNOWN, None]
    day.answer = lambda _: chance.choice(outcomes)
    received, known, end, number = set[str](), list[Opportunity](), day.now + DAYS * 86_400, 0
    while day.now < end:
        await day.pass_until(min(end, day.now + chance.expovariate(1 / 7200)), step=3600.0)
        for _ in range(chance.choice([1, 2, 4, 7])):
            number += 1
            found = some_alert(chance, number, day.now)
            received.add(found.id)
            known += [found] if isinstance(found, Opportunity) else []
            await day.receive(found)
        await something_else(day, chance, known)
        await day.serve()
    day.answer = lambda _: Outcome.SENT
    await day.pass_until(day.now + 5 * 86_400, step=7200.0)
    return received


@pytest.mark.parametrize(("name", "start"), CASES)
def test_days_with_a_change_of_the_clock(tmp_path: Path, name: str, start: str) -> None:
    async def run() -> None:
        times = {"time_zone": name, "quiet": QUIET, "hourly": HOURLY, "daily": DAILY}
        async with diary(tmp_path, at(f"{start}T12:00", name), **times) as day:
            received = await live(day, Random(name + start))
            check_moments(day.pushes, ZoneInfo(name))
            check_ends(day.pushes, await day.stages(), received)

    asyncio.run(run())


def check_moments(pushes: list[Pushed], zone: ZoneInfo) -> None:
    hours, days = Counter[str](), Counter[str]()
    there = set[str]()
    for push in pushes:
        one = push.attempt.opportunity
        assert (one is not None and one.priority == "urgent") or not is_quiet(push.when, zone)
        may_be_there = push.outcome in (Outcome.SENT, Outcome.UNKNOWN, None)
        if is_counted(push) and may_be_there and push.attempt.push_id not in there:
            there.add(push.attempt.push_id)
            hours[f"{datetime.fromtimestamp(push.when, zone):%F %H}"] += 1
            days[f"{datetime.fromtimestamp(push.when, zone):%F}"] += 1
    assert max(hours.values()) == HOURLY
    assert max(days.values()) == DAILY


def check_ends(pushes: list[Pushed], stages: dict[str, Stage], received: set[str]) -> None:
    """Each is told under one push id at most; what arrived is sent; what is sent arrived; and all came to an end."""
    arrived: dict[str, set[str]] = {}
    perhaps: dict[str, set[str]] = {}
    for push in pushes:
        for each in push.ids:
            if push.outcome is Outcome.SENT:
                arrived.setdefault(each, set()).add(push.attempt.push_id)
            if push.outcome in (Outcome.SENT, Outcome.UNKNOWN, None):
                perhaps.setdefault(each, set()).add(push.attempt.push_id)
    assert {stage for name, stage in stages.items() if name in received} <= ENDS
    assert received <= set(stages)
    assert [each for each, ids in perhaps.items() if len(ids) != 1] == []
    assert {name for name, stage in stages.items() if stage is Stage.SENT and name in received} == set(arrived) & received
    assert sum(push.kind is Kind.DIGEST for push in pushes) > DAYS / 2
    assert len(arrived) > len(received) / 2
