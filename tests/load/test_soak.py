"""What the rules of the soak say of what was seen.

A whole run, with the system, takes minutes: `make soak MINUTES=5`.
"""

import json
import signal
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.receiver import Taken
from tests.load.answers import KnownPrices, Outcome, read_answer, refused
from tests.load.delivered import BOARD, Stored, account
from tests.load.footprint import LIFE, SETTLED, Sample, faults_of, growth, unwatched
from tests.load.log_lines import LogCount
from tests.load.restarts import CALM, ORDER, Restart, is_within, plan
from tests.load.soak_rules import Run, verdict

PRICE = {"price": 100.0, "low": 80.0, "high": 130.0, "degraded": [], "estimates": [{"pricer": "specialist"}]}


def outcome(at: float = 0.0, seconds: float = 0.1, kind: Any = "whole", what: str = "/price", why: str = "specialist") -> Outcome:
    return Outcome(at, seconds, what, kind, why)


def push(alert: str) -> Taken:
    return Taken("Deal", "some-id", 0.0, f"$10, worth about $20\nMore: {BOARD}/opportunities/{alert}")


def stored(states: dict[str, str], **more: Any) -> Stored:
    facts: dict[str, Any] = {"alerts": list(states), "open_rows": 0, "deals": {0, 1}, "unpriced": 0, "scans": {}}
    return Stored(**facts | {"states": states} | more)


WATCHED = SETTLED + LIFE + 60


def life(pid: int = 1, *, until: float = WATCHED, start: float = 100.0, slope: float = 0.0, files: int = 20) -> list[Sample]:
    """Of one process; `slope` in megabytes an hour, `files` at its end."""
    ages = [10.0 * at for at in range(int(until / 10) + 1)]
    return [Sample("scanner", pid, age, start + slope * age / 3600, 20 if age < until - 60 else files, 9, 0.0, 0.0) for age in ages]


def seen(**more: Any) -> Run:
    facts: dict[str, Any] = {
        "outcomes": [outcome(float(at)) for at in range(90)],
        "restarts": [],
        "problems": [],
        "account": account(stored({"a": "sent"}), [push("a")], [0, 1], 0),
        "log": LogCount(),
        "flat_faults": [],
    }
    return Run(**facts | more)


AWAY = Restart(at=10.0, name="ensemble", how="SIGTERM", ended=1.0, ready=5.0)
SPECIALIST, SCANNER = replace(AWAY, name="specialist"), replace(AWAY, name="scanner")


@pytest.mark.parametrize(
    ("run", "faults"),
    [
        (seen(), 0),
        (seen(outcomes=[outcome(12.0, kind="unreachable")], restarts=[AWAY]), 0),
        (seen(outcomes=[outcome(12.0, kind="degraded")], restarts=[SPECIALIST]), 0),
        (seen(outcomes=[outcome(12.0, kind="degraded")], restarts=[AWAY]), 1),  # another was away than it lacks
        (seen(outcomes=[outcome(12.0, kind="degraded", why="specialist, random-forest")], restarts=[SPECIALIST]), 1),
        (seen(outcomes=[outcome(12.0, kind="degraded", why="specialist/a part")], restarts=[SPECIALIST]), 0),
        (seen(outcomes=[outcome(12.0, kind="busy")], restarts=[SPECIALIST]), 1),  # a pricer less is no reason to refuse
        (seen(outcomes=[outcome(12.0, kind="busy", what="dashboard /")], restarts=[SCANNER]), 0),
        (seen(outcomes=[outcome(12.0, kind="unreachable", what="dashboard /")], restarts=[SCANNER]), 1),
        (seen(outcomes=[outcome(12.0, kind="unreachable", what="scanner /metrics")], restarts=[SCANNER]), 0),
        (seen(outcomes=[outcome(9.5, seconds=1.0, kind="unreachable")], restarts=[AWAY]), 0),  # it was open when that began
        (seen(outcomes=[outcome(12.0, kind="degraded")]), 1),
        (seen(outcomes=[*[outcome()] * 1000, outcome(12.0, kind="degraded")]), 0),
        (seen(outcomes=[*[outcome()] * 1000, outcome(12.0, kind="busy")]), 1),
        (seen(outcomes=[outcome(10.0 + 5.0 + CALM + 1.0, kind="degraded")], restarts=[SPECIALIST]), 1),
        (seen(outcomes=[outcome(12.0, kind="wrong")], restarts=[AWAY]), 1),
        (seen(outcomes=[outcome(12.0, kind="hung")], restarts=[AWAY]), 1),
        (seen(outcomes=[outcome(12.0, kind="failed", what="dashboard /")], restarts=[AWAY]), 1),
        (seen(outcomes=[outcome(float(at), seconds=0.1 + at / 100) for at in range(90)]), 1),  # ever slower
        (seen(problems=["scanner SIGTERM: it did not happen"]), 1),
        (seen(restarts=[Restart(10.0, "scanner", "SIGKILL", 1.0, 5.0, left=1)]), 1),
        (seen(flat_faults=["scanner grows by 50 MB an hour"]), 1),
        (seen(log=LogCount(errors=Counter({"scanner: outbox_relay_failed": 1}), tracebacks=1)), 2),
        (seen(account=account(stored({"a": "sent"}), [], [], 0)), 1),
    ],
)
def test_a_run_passes_where_nothing_is_amiss_that_a_restart_does_not_explain(run: Run, faults: int) -> None:
    found = verdict(run)
    assert (len(found["faults"]), found["passed"]) == (faults, not faults), found["faults"]


def test_what_was_too_short_to_be_judged_is_told() -> None:
    assert verdict(seen())["not_judged"] == []
    found = verdict(seen(outcomes=[outcome()] * 9, unwatched=unwatched(life(until=SETTLED))))
    assert found["not_judged"] == ["the memory of scanner", "the median latency"]
    assert found["passed"]
    assert unwatched(life()) == []


@pytest.mark.parametrize(
    ("states", "pushes", "kills", "faults"),
    [
        ({"a": "sent", "b": "sent"}, "ab", 0, []),
        ({"a": "sent", "b": "withdrawn"}, "a", 0, []),
        ({"a": "sent", "b": "unknown"}, "a", 1, []),
        ({"a": "sent", "b": "unknown"}, "a", 0, ["1 unsure"]),
        ({"a": "sent", "b": "sent"}, "a", 0, ["1 lost"]),
        ({"a": "sent", "b": "pending"}, "a", 0, ["1 lost"]),
        ({"a": "sent"}, "aa", 1, []),
        ({"a": "sent"}, "aaa", 1, ["1 beyond"]),
        ({"a": "sent", "b": "withdrawn"}, "ab", 0, ["1 strange"]),
        ({"a": "sent"}, "az", 0, ["1 strange"]),
    ],
)
def test_each_alert_comes_once_or_is_withdrawn(states: dict[str, str], pushes: str, kills: int, faults: list[str]) -> None:
    assert account(stored(states), map(push, pushes), [0, 1], kills).faults == faults


def test_what_the_feeds_showed_must_be_known_and_judged() -> None:
    found = account(stored({}, deals={0, 2}, unpriced=3), [Taken("Test", "x", 0.0, "no deal")], [0, 1, 2], 0)
    assert found.faults == ["1 deals missing", "3 deals unpriced"]


def test_all_is_settled_once_every_alert_has_come_to_an_end() -> None:
    assert stored({"a": "sent"}).is_settled
    assert not stored({"a": "pending"}).is_settled
    assert not stored({"a": "sent"}, alerts=["a", "b"]).is_settled
    assert not stored({"a": "sent"}, open_rows=1).is_settled
    assert not stored({"a": "sent"}, unpriced=1).is_settled


def test_memory_is_flat_where_it_grows_little_within_a_life_and_from_one_to_the_next() -> None:
    assert faults_of(life()) == []
    assert faults_of(life(slope=14.0)) == []
    assert faults_of(life(slope=40.0)) == ["scanner grows by 40.0 MB an hour"]
    assert faults_of([*life(1), *life(2, start=105.0)]) == []
    assert len(faults_of([*life(1), *life(2, start=120.0)])) == 1
    assert growth(life(until=SETTLED + LIFE / 2, slope=500.0)) is None  # watched for too short to say
    longest_text = [replace(each, memory=each.memory + 60.0 * (each.age > SETTLED + LIFE / 3)) for each in life()]
    assert faults_of(longest_text) == []


def test_descriptors_that_stay_open_are_told() -> None:
    assert faults_of(life(files=25)) == []
    assert faults_of(life(files=60)) == ["scanner has 60 files after 20"]


def test_each_is_told_to_end_in_the_first_half_and_killed_in_the_second() -> None:
    found = plan(3600)
    assert [each.name for each in found] == [*ORDER, *ORDER]
    assert {each.how for each in found[: len(ORDER)]} == {signal.SIGTERM}
    assert {each.how for each in found[len(ORDER) :]} == {signal.SIGKILL}
    assert 100 < found[0].at < found[-1].at < 3500


def test_a_time_of_a_restart_lasts_from_the_signal_until_all_have_noticed() -> None:
    assert [is_within(at, at, [AWAY]) for at in (9.9, 10.0, 15.0 + CALM, 15.1 + CALM)] == [False, True, True, False]


def test_a_price_is_wrong_that_differs_from_what_the_same_pricers_said_before() -> None:
    known = KnownPrices()
    assert known.check("a lamp", PRICE) == ("whole", "")
    assert known.check("a lamp", PRICE | {"price": 100.1})[0] == "whole"
    assert known.check("a lamp", PRICE | {"price": 120.0})[0] == "wrong"
    assert known.check("a sofa", PRICE | {"price": 120.0})[0] == "whole"
    lacking = PRICE | {"price": 120.0, "estimates": [], "degraded": ["specialist"]}
    assert known.check("a lamp", lacking) == ("degraded", "specialist")
    assert known.check("a bed", PRICE | {"high": 90.0})[0] == "wrong"
    assert known.check("a desk", {"price": 3.0})[0] == "wrong"


@pytest.mark.parametrize(
    ("status", "headers", "answer", "kind"),
    [
        (200, {}, {"results": [PRICE, PRICE]}, "whole"),
        (200, {}, {"results": [PRICE]}, "wrong"),
        (200, {}, {"results": [PRICE, {"error": "late"}]}, "busy"),
        (200, {}, {"results": [PRICE, PRICE | {"degraded": ["specialist"], "estimates": []}]}, "degraded"),
        (503, {"Retry-After": "2"}, {}, "busy"),
        (429, {"retry-after": "2"}, {}, "busy"),
        (503, {}, {}, "failed"),
        (500, {"Retry-After": "2"}, {}, "failed"),
    ],
)
def test_a_batch_is_as_its_worst_item(status: int, headers: dict[str, str], answer: dict[str, Any], kind: str) -> None:
    assert read_answer(KnownPrices(), ["a", "b"], status, headers, json.dumps(answer).encode())[0] == kind


def test_a_refusal_says_what_it_was() -> None:
    assert refused(500, {}, b"oops \xff") == ("failed", "500 oops �")


def test_the_log_counts_warnings_errors_and_tracebacks_of_any_form() -> None:
    raised = "Traceback (most recent call last):\n  ..."
    found = LogCount.of(
        [
            "scanner  | " + json.dumps({"event": "feed_failed", "level": "warning"}),
            "notifier | " + json.dumps({"event": "odd", "level": "error", "exception": raised}),
            "notifier | " + json.dumps({"event": "sent", "level": "info", "title": "Traceback (most recent call last)"}),
            "ensemble | Traceback (most recent call last):",
            "redis    | 12:M 30 Nov 2026 # Server initialized",
        ]
    )
    assert dict(found.warnings) == {"scanner: feed_failed": 1}
    assert dict(found.errors) == {"notifier: odd": 1, "ensemble: Traceback (most recent call last):": 1}
    assert found.tracebacks == 2
