"""Alerts come when a person wants them: not in quiet hours, not beyond a cap, not while snoozed, and then together, once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from common.deals import Match, Notice
from common.errors import InvalidInputError, NotFoundError
from notifier.notification import Outcome, Stage
from notifier.times.holding import Why
from notifier.times.snooze import Subject
from notifier.times.telling import Digest, Kind, Summary
from tests.unit.notifier.times.diary import Diary, alert, at, diary, told

NIGHT, MORNING = at("2026-06-01T23:00"), at("2026-06-02T07:00")
QUIET = ["22:00-07:00"]
HOUR, DAY = 3600.0, 86_400.0
Work = Callable[[Diary], Awaitable[None]]


def during(folder: Path, start: float, work: Work, **times: Any) -> None:
    async def run() -> None:
        async with diary(folder, start, **times) as made:
            await work(made)

    asyncio.run(run())


def test_what_comes_in_quiet_hours_comes_in_one_digest_after_them_the_best_first(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        await day.receive(alert("small", day.now, discount=20.0), alert("great", day.now, discount=200.0))
        assert await day.serve() == []
        await day.receive(Notice(id="n", kind="feed", title="A feed fails", text="...", created=datetime.now(UTC)))
        assert await day.pass_until(MORNING - 1) == []
        assert [(each.count, each.items[0].why, each.next) for each in await day.desk.held()] == [(3, Why.QUIET, MORNING)]
        (push,) = await day.pass_until(MORNING + HOUR)
        assert (push.when, push.kind, push.ids) == (MORNING, Kind.DIGEST, ["great", "small", "n"])
        assert set((await day.stages()).values()) == {Stage.SENT}

    during(tmp_path, NIGHT, work, quiet=QUIET)


@pytest.mark.parametrize(("breaks", "kinds"), [(True, [Kind.DEAL]), (False, [])])
def test_what_is_urgent_breaks_the_quiet_where_that_is_wanted(tmp_path: Path, breaks: bool, kinds: list[Kind]) -> None:
    async def work(day: Diary) -> None:
        await day.receive(alert("now", day.now, priority="urgent"), "later")
        assert [each.kind for each in await day.serve()] == kinds

    during(tmp_path, NIGHT, work, quiet=QUIET, urgent_breaks_quiet=breaks)


def test_what_is_beyond_the_hours_cap_comes_in_a_digest_when_the_hour_is_over_which_counts_for_nothing(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        await day.receive("a", "b", "c", "d")
        assert told(await day.serve()) == [["a"], ["b"]]
        pushes = await day.pass_until(at("2026-06-01T11:00"))
        assert [(each.when, sorted(each.ids)) for each in pushes] == [(at("2026-06-01T11:00"), ["c", "d"])]
        await day.receive("e", "f", "g")
        assert told(await day.serve()) == [["e"], ["f"]]

    during(tmp_path, at("2026-06-01T10:20"), work, hourly=2)


def test_what_is_beyond_the_days_cap_comes_at_the_digests_time_or_the_next_days(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        await day.receive("a", "b")
        assert told(await day.serve()) == [["a"]]
        (push,) = await day.pass_until(at("2026-06-01T20:00"))
        assert (push.when, push.ids) == (at("2026-06-01T19:00"), ["b"])
        await day.receive("c")
        assert await day.pass_until(at("2026-06-02T18:00")) == []  # 22 hours: nothing expires by being held
        await day.receive("d", "e")
        pushes = await day.pass_until(at("2026-06-03T07:00"))
        assert [sorted(each.ids) for each in pushes] == [["d"], ["c", "e"]]

    during(tmp_path, at("2026-06-01T10:00"), work, daily=1)


def test_wanted_and_urgent_ones_are_not_capped(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        watch = [Match(kind="rule", id=1, name="all"), Match(kind="watch", id=7, name="drill")]
        await day.receive(
            *(alert(f"w{n}", day.now, matches=watch) for n in range(3)), alert("u", day.now, priority="urgent"), "a", "b"
        )
        assert told(await day.serve()) == [["w0"], ["w1"], ["w2"], ["u"], ["a"]]

    during(tmp_path, at("2026-06-01T10:00"), work, daily=1)


def test_what_was_refused_takes_nothing_from_the_cap(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        day.answer = lambda attempt: Outcome.REFUSED if attempt.id == "a" else Outcome.SENT
        await day.receive("a", "b")
        pushes = await day.serve()
        assert [(each.ids, each.outcome) for each in pushes if each.outcome is Outcome.SENT] == [(["b"], Outcome.SENT)]
        assert (await day.stages())["a"] is Stage.FAILED

    during(tmp_path, at("2026-06-01T10:00"), work, daily=1)


def test_what_its_finder_meant_for_a_digest_comes_at_the_digests_time_after_quiet_hours(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        await day.receive(alert("a", day.now, digest=True), alert("b", day.now, digest=True))
        pushes = await day.pass_until(at("2026-06-02T12:00"))
        assert [(each.when, sorted(each.ids)) for each in pushes] == [(at("2026-06-02T08:00"), ["a", "b"])]

    during(tmp_path, at("2026-06-01T10:00"), work, quiet=["18:00-08:00"])


def test_a_deal_that_is_over_when_the_digest_comes_is_left_out_and_no_alarm_tells(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        over = datetime.fromtimestamp(MORNING - HOUR, UTC)
        await day.receive(alert("over", day.now, deal={"expires": over}), "b")
        assert told(await day.pass_until(MORNING)) == [["b"]]
        assert (await day.stages())["over"] is Stage.EXPIRED
        assert await untold(day) == []

    during(tmp_path, NIGHT, work, quiet=QUIET)


async def untold(day: Diary) -> list[str]:
    from notifier.store.trouble_store import TroubleStore

    found = await TroubleStore(day.database, f"life {day.lives}", 0.0).untold()
    return [ended.notification for each in found for ended in each.ended]


def test_what_is_withdrawn_is_left_out_and_what_is_put_right_says_what_it_says_now(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        await day.receive("gone", "right", "same")
        await day.serve()
        gone = alert("gone", day.now, revision=1, withdrawn="it costs more")
        await day.receive(gone, alert("right", day.now, revision=1, discount=99.0))
        (push,) = await day.pass_until(MORNING)
        assert isinstance(push.attempt.telling, Digest)
        assert [(each.id, each.discount) for each in push.attempt.telling.deals] == [("right", 99.0), ("same", 62.4)]
        assert (await day.stages())["gone"] is Stage.WITHDRAWN

    during(tmp_path, NIGHT, work, quiet=QUIET)


def test_a_digest_of_which_nothing_is_left_ends_as_withdrawn_and_is_not_sent(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        day.answer = lambda _: Outcome.NOT_SENT
        await day.receive("a")
        await day.pass_until(MORNING)
        (digest,) = [each for each in await day.stages() if each.startswith("digest:")]
        await day.receive(alert("a", NIGHT, revision=1, withdrawn="it costs more"))
        day.answer = lambda _: Outcome.SENT
        assert await day.serve() == []
        assert await day.stages() == {"a": Stage.WITHDRAWN, digest: Stage.WITHDRAWN}

    during(tmp_path, NIGHT, work, quiet=QUIET)


def test_what_is_held_meanwhile_joins_a_digest_that_could_not_go_out(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        day.answer = lambda _: Outcome.NOT_SENT
        await day.desk.snooze(Subject.PRODUCT, "drill", MORNING + HOUR, 0.0)
        await day.receive("a", alert("b", day.now, product="drill"))
        await day.pass_until(MORNING + 2 * HOUR)
        day.answer = lambda _: Outcome.SENT
        assert told(await day.serve()) == [["a", "b"]]

    during(tmp_path, NIGHT, work, quiet=QUIET)


def test_what_was_meant_for_a_digest_whose_time_went_by_while_the_channel_was_away_does_not_wait_for_the_next(
    tmp_path: Path,
) -> None:
    async def work(day: Diary) -> None:
        day.answer = lambda _: Outcome.NOT_SENT
        await day.receive("a", alert("b", day.now, digest=True))
        await day.pass_until(at("2026-06-01T19:30"))
        day.answer = lambda _: Outcome.SENT
        assert told(await day.serve()) == [["a"], ["b"]]

    during(tmp_path, at("2026-06-01T10:00"), work)


@pytest.mark.parametrize(
    ("outcome", "stage"), [(Outcome.REFUSED, Stage.FAILED), (Outcome.UNKNOWN, Stage.UNKNOWN), (Outcome.NOT_SENT, Stage.EXPIRED)]
)
def test_the_members_of_a_digest_end_as_it_does_and_are_told_in_its_place(tmp_path: Path, outcome: Outcome, stage: Stage) -> None:
    async def work(day: Diary) -> None:
        day.answer = lambda _: outcome
        await day.receive("a", "b")
        await day.pass_until(MORNING + 2 * DAY, step=HOUR)
        assert set((await day.stages()).values()) == {stage}
        assert len({each.attempt.push_id for each in day.pushes}) == 1
        assert await untold(day) == ["a", "b"]

    during(tmp_path, NIGHT, work, quiet=["tue 00:00-07:00", "mon 22:00-24:00"])


def test_what_may_have_arrived_is_repeated_by_itself_under_its_id_after_quiet_hours(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        answers = [Outcome.UNKNOWN, Outcome.SENT, Outcome.SENT]
        day.answer = lambda _: answers.pop(0)
        await day.receive("a")
        await day.serve()
        day.now = NIGHT
        await day.receive("b")
        pushes = await day.pass_until(MORNING)
        assert sorted(each.kind for each in pushes) == [Kind.DEAL, Kind.DIGEST]
        assert [each.attempt.push_id for each in pushes if each.kind is Kind.DEAL] == [day.pushes[0].attempt.push_id]

    during(tmp_path, NIGHT - HOUR - 60, work, quiet=QUIET)


def test_a_cap_of_none_at_all_lets_a_repeat_through_and_holds_the_rest(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        answers = [Outcome.UNKNOWN, Outcome.SENT, Outcome.SENT]
        day.answer = lambda _: answers.pop(0)
        await day.receive("a")
        await day.serve()
        await day.desk.change({"daily": 0})
        await day.receive("b")
        pushes = await day.pass_until(at("2026-06-01T19:00"))
        assert [(each.kind, each.ids) for each in pushes] == [(Kind.DEAL, ["a"]), (Kind.DIGEST, ["b"])]

    during(tmp_path, at("2026-06-01T10:00"), work)


@pytest.mark.parametrize(
    ("subject", "target"), [(Subject.ALL, ""), (Subject.RULE, "3"), (Subject.PRODUCT, "drill"), (Subject.FEED, "8")]
)
def test_what_a_snooze_covers_comes_in_one_digest_when_it_ends(tmp_path: Path, subject: Subject, target: str) -> None:
    async def work(day: Diary) -> None:
        await day.desk.snooze(subject, target, None, 3 * HOUR)
        covered = {"matches": [Match(kind="rule", id=3, name="three")], "product": "drill", "feed_id": 8}
        await day.receive(alert("a", day.now, **covered), alert("b", day.now, **covered, priority="urgent"))
        assert await day.serve() == []
        (push,) = await day.pass_until(day.now + 4 * HOUR)
        assert (push.when, sorted(push.ids)) == (at("2026-06-01T13:00"), ["a", "b"])
        assert await day.desk.snoozes() == ()

    during(tmp_path, at("2026-06-01T10:00"), work)


def test_what_another_rule_wants_too_is_not_covered(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        three, watch = Match(kind="rule", id=3, name="three"), Match(kind="watch", id=3, name="a watch")
        await day.desk.snooze(Subject.RULE, "3", None, HOUR)
        await day.receive(alert("a", day.now, matches=[three, watch]), alert("b", day.now, matches=[three]))
        assert told(await day.serve()) == [["a"]]
        await day.desk.snooze(Subject.WATCH, "3", None, 2 * HOUR)
        await day.receive(alert("c", day.now, matches=[three, watch]))
        assert [(item.id, item.until - day.now) for on in await day.desk.held() for item in on.items] == [("b", HOUR)]
        await day.serve()
        assert told(await day.pass_until(day.now + HOUR)) == [["b", "c"]]

    during(tmp_path, at("2026-06-01T10:00"), work)


def test_what_was_over_before_its_snooze_ends_quietly(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        await day.desk.snooze(Subject.ALL, "", None, 3 * DAY)
        await day.receive("old")
        await day.pass_until(day.now + 2.5 * DAY, step=HOUR)
        await day.receive("new")
        assert told(await day.pass_until(day.now + DAY, step=HOUR)) == [["new"]]
        assert (await day.stages())["old"] is Stage.SNOOZED
        assert await untold(day) == []

    during(tmp_path, at("2026-06-01T10:00"), work)


def test_a_snooze_that_is_lifted_gives_free_what_it_held(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        made = await day.desk.snooze(Subject.ALL, "", None, 3 * DAY)
        again = await day.desk.snooze(Subject.ALL, "", None, DAY)
        assert await day.desk.snoozes() == (again,)
        await day.receive("a", "b")
        assert await day.serve() == []
        assert again.id == made.id
        await day.desk.lift(again.id)
        with pytest.raises(NotFoundError):
            await day.desk.lift(again.id)
        assert (await day.desk.snooze(Subject.ALL, "", None, DAY)).id != again.id
        await day.desk.lift(again.id + 1)
        assert told(await day.serve()) == [["a", "b"]]

    during(tmp_path, at("2026-06-01T10:00"), work)


def test_other_times_decide_anew_what_is_held(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        await day.receive("a", "b")
        await day.serve()
        outlook = await day.desk.change({"quiet": ["22:00-08:00"]})
        assert (outlook.quiet_until, outlook.next_digest) == (MORNING + HOUR, MORNING + HOUR)
        assert (outlook.times.time_zone, outlook.times.daily) == ("Europe/Berlin", None)
        assert [each.next for each in await day.desk.held()] == [MORNING + HOUR]
        with pytest.raises(InvalidInputError, match="quiet: two ranges overlap"):
            await day.desk.change({"quiet": ["22:00-08:00", "07:00-09:00"]})
        await day.desk.change({"quiet": []})
        assert told(await day.serve()) == [["a", "b"]]

    during(tmp_path, NIGHT, work, quiet=QUIET)


def test_a_start_or_another_digest_time_on_the_next_day_gives_nothing_free_and_a_higher_cap_does(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        await day.receive("a", "b")
        await day.serve()
        day.now = at("2026-06-02T09:00")
        await day.desk.recover()
        await day.desk.change({"digest_at": "20:00"})
        await day.desk.recover()
        assert [(each.count, each.next) for each in await day.desk.held()] == [(1, at("2026-06-02T20:00"))]
        await day.desk.change({"daily": 2})
        assert told(await day.serve()) == [["b"]]

    during(tmp_path, at("2026-06-01T21:00"), work, daily=1)


def test_what_is_held_can_be_sent_now_and_what_is_snoozed_stays(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        await day.desk.snooze(Subject.PRODUCT, "drill", None, DAY)
        await day.receive("a", "b", alert("c", day.now, product="drill"))
        await day.serve()
        assert await day.desk.send_held("Phone") == 2
        assert told(await day.serve()) == [["a", "b"]]
        with pytest.raises(InvalidInputError):
            await day.desk.send_held("fax")

    during(tmp_path, NIGHT, work, quiet=QUIET)


def test_what_a_person_sends_again_goes_out_whatever_the_hour(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        await day.receive("a", "b")
        await day.serve()
        await day.notifications.reopen("a", ["phone"])
        assert told(await day.serve()) == [["a"]]
        assert told(await day.pass_until(MORNING)) == [["b"]]
        (digest,) = [each for each in await day.stages() if each.startswith("digest:")]
        await day.notifications.reopen(digest, ["phone", "mail"], "phone")
        assert told(await day.serve()) == [["b"]]
        assert set((await day.stages()).values()) == {Stage.SENT}
        assert len({each.attempt.push_id for each in day.pushes}) == 3

    during(tmp_path, NIGHT, work, quiet=QUIET)


def test_what_a_clock_that_was_ahead_holds_for_ages_comes_at_once(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        day.now += 400 * DAY
        await day.receive("a")
        await day.serve()
        day.now -= 400 * DAY - 12 * HOUR
        assert told(await day.serve()) == [["a"]]

    during(tmp_path, NIGHT, work, quiet=QUIET)


SUNDAY = at("2026-06-07T18:00")


def test_a_weeks_summary_comes_once_and_says_what_became_of_its_alerts(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        await day.receive(alert("a", day.now, discount=50.0), "b", "c")
        pushes = await day.pass_until(SUNDAY + DAY, step=HOUR)
        (summary,) = [each for each in pushes if each.kind is Kind.SUMMARY]
        assert summary.when == SUNDAY
        found = summary.attempt.telling
        assert isinstance(found, Summary)
        assert (found.alerts, found.told, found.held, round(found.saving, 1)) == (3, 3, 2, 174.8)
        assert found.best[0].discount == 62.4
        weeks = [each for each in await day.pass_until(SUNDAY + 15 * DAY, step=3 * HOUR) if each.kind is Kind.SUMMARY]
        assert [each.attempt.id for each in weeks] == ["summary:phone:2026-W24", "summary:phone:2026-W25"]

    during(tmp_path, at("2026-06-01T10:00"), work, daily=1, weekly={"day": "sun", "time": "18:00"})


@pytest.mark.parametrize(("away", "count"), [(20 * HOUR, 1), (25 * HOUR, 0)])
def test_a_notifier_that_was_away_sends_the_summary_when_it_is_back_within_a_day(tmp_path: Path, away: float, count: int) -> None:
    async def work(day: Diary) -> None:
        await day.receive("a")
        await day.serve()
        day.now = SUNDAY + away
        for _ in range(3):
            await day.desk.look()
        assert sum(each.kind is Kind.SUMMARY for each in await day.serve()) == count

    during(tmp_path, at("2026-06-01T10:00"), work, weekly={"day": "Sunday", "time": "18:00"})


def test_who_asks_for_a_summary_after_its_moment_gets_the_next_one(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        await day.receive("a")
        await day.serve()
        day.now = SUNDAY + HOUR
        await day.desk.change({"weekly": {"day": "sun", "time": "18:00"}})
        assert [each for each in await day.pass_until(SUNDAY + 6 * DAY, step=6 * HOUR) if each.kind is Kind.SUMMARY] == []
        assert len([each for each in await day.pass_until(SUNDAY + 8 * DAY, step=6 * HOUR) if each.kind is Kind.SUMMARY]) == 1

    during(tmp_path, at("2026-06-01T10:00"), work)


def test_a_notice_is_told_once_by_its_id(tmp_path: Path) -> None:
    async def work(day: Diary) -> None:
        notice = Notice(id="feed-1", kind="feed", title="A feed fails", text="since Monday", created=datetime.now(UTC))
        await day.receive(notice)
        await day.receive(notice, "feed-1")
        assert told(await day.serve()) == [["feed-1"]]

    during(tmp_path, at("2026-06-01T10:00"), work, daily=0)
