"""What a dry run does beside agreeing with what was lived: its bounds, what it cannot read, callers who leave."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from common.alerts.conditions import Conditions
from scanner.policy import Policy
from scanner.rules.dry_run import MOST, DryRun, DryRunReport, PastDeal
from scanner.rules.reasons import Screen
from scanner.rules.report import view_of_run
from scanner.rules.rule import Rule
from tests.unit.scanner.fakes import NOW, judgement, stored

EVERYTHING = Rule(1, "everything", Conditions())
PART = 100


class FakePast:
    """Deals at moments, as many of them as `per_day`, each of another product."""

    def __init__(self, per_day: int, days: int, *, said: str | None = None, hold: asyncio.Event | None = None) -> None:
        self.said = said or judgement(200.0, 60.0).model_dump_json()
        self.hold, self.parts, self.begun = hold, 0, asyncio.Event()
        moments = [NOW - timedelta(days=days - each) for each in range(days)]
        self.deals = [_past(at * per_day + each, moment) for at, moment in enumerate(moments) for each in range(per_day)]

    async def first(self) -> datetime | None:
        return self.deals[0].judged if self.deals else None

    async def counts(self, screen: Screen, since: datetime, until: datetime) -> Mapping[str | None, int]:
        return {None: sum(since <= each.judged <= until for each in self.deals), "the chance is less than 90%": 4}

    async def past(self, screen: Screen, since: datetime, until: datetime) -> AsyncGenerator[list[PastDeal], None]:
        found = [each for each in self.deals if since <= each.judged <= until]
        for at in range(0, len(found), PART):
            self.parts += 1
            self.begun.set()
            if self.hold is not None:
                await self.hold.wait()
            yield found[at : at + PART]

    async def judged(self, ids: Sequence[int]) -> Mapping[int, tuple[dict[str, Any], str]]:
        return {each: (stored(id=each, key=f"k{each}", title=_title(each)).model_dump(), self.said) for each in ids}


def _title(number: int) -> str:
    return f"Acme Drill QX{number}"


def _past(number: int, moment: datetime) -> PastDeal:
    return PastDeal(moment, number, _title(number), "", "", "Acme", "Deals", 1, "https://a.example", 60.0, "USD", "new")


def tried(past: FakePast, rule: Rule = EVERYTHING, days: int = 30) -> DryRunReport:
    return asyncio.run(DryRun(past, Policy()).run(rule, days, NOW))


def test_a_rule_that_is_off_is_tried_as_if_it_were_on() -> None:
    report = tried(FakePast(2, 3), Rule(1, "off", Conditions(), enabled=False))
    assert len(report.sent) == 6


def test_one_that_sends_too_much_is_stopped_and_says_where() -> None:
    past = FakePast(150, 10)
    report, view = tried(past, days=10), view_of_run(tried(past, days=10))
    assert report.stopped == NOW - timedelta(days=3)  # seven days of 150 are more than a thousand
    assert (len(report.sent), view.complete, len(view.items)) == (1_050, False, 100)
    assert (view.pushes, view.in_digest) == (35, 1_015)
    assert view.sentence == (
        "this rule would have sent 35 pushes and 1,015 deals in digests in the first 7 days of the last 10 days:"
        " so much that the rest was left out"
    )
    assert past.parts < 2 * len(past.deals) / PART


def test_too_much_in_the_days_before_does_not_hide_the_days_that_were_asked_for() -> None:
    report = tried(FakePast(400, 10), days=1)
    assert (len(report.sent), report.stopped) == (400, None)
    assert MOST > 400


def test_what_an_earlier_version_judged_is_counted_as_such() -> None:
    report = tried(FakePast(3, 1, said='{"price": 20.0}'))
    assert report.sent == []
    assert report.reasons == [("the chance is less than 90%", 4), ("what was judged of it then cannot be read any more", 3)]


@pytest.mark.parametrize(
    ("per_day", "days", "asked", "sentence"),
    [
        (0, 0, 30, "this rule would have sent 0 pushes in the last 30 days, of which no judged deals are kept"),
        (1, 30, 30, "this rule would have sent 30 pushes in the last 30 days"),
        (1, 1, 1, "this rule would have sent 1 push in the last day"),
        (7, 1, 1, "this rule would have sent 5 pushes and 2 deals in digests in the last day"),
        (1, 3, 9, "this rule would have sent 3 pushes in the last 9 days, of which judged deals are kept for 3 days alone"),
    ],
)
def test_it_comes_with_a_sentence(per_day: int, days: int, asked: int, sentence: str) -> None:
    assert view_of_run(tried(FakePast(per_day, days), days=asked)).sentence == sentence


def test_it_ends_when_nobody_waits_for_it_and_the_next_has_its_turn() -> None:
    async def run() -> None:
        past = FakePast(2, 3, hold=asyncio.Event())
        dry_run = DryRun(past, Policy())
        left = asyncio.create_task(dry_run.run(EVERYTHING, 30, NOW))
        await past.begun.wait()
        waits = asyncio.create_task(dry_run.run(EVERYTHING, 30, NOW))
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        assert past.hold
        past.hold.set()
        assert len((await waits).sent) == 6
        assert past.parts == 2

    asyncio.run(run())
