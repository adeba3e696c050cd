"""What an answer leads to, when an alert is over, and a notification's state from its deliveries."""

from datetime import UTC, datetime, timedelta

import pytest

from notifier.notification import Attempt, DeliveryPolicy, Next, OnUnknown, Outcome, Sent, Stage, State, state_of
from tests.unit.notifier.samples import opportunity

POLICY = DeliveryPolicy(refusals=3, base=2.0, cap=300.0, unknown_pause=300.0, patience=86_400.0)


def after(outcome: Outcome, *, refusals: int = 0, repeats: int = 0, on_unknown: OnUnknown = OnUnknown.REPEAT) -> Next:
    attempt = Attempt(opportunity(), "phone", "push", "token", refusals, repeats)
    return POLICY.after(attempt, Sent("phone", outcome, "why"), on_unknown)


def test_a_push_that_arrived_is_done() -> None:
    assert after(Outcome.SENT) == Next(Stage.SENT)


def test_a_push_that_did_not_go_out_waits_for_its_channel_however_often() -> None:
    assert after(Outcome.NOT_SENT, refusals=2) == Next(Stage.WAITING, 0.0, 2, 0, "why")


def test_a_push_that_is_refused_itself_fails_after_some_attempts() -> None:
    second = after(Outcome.REFUSED, refusals=1)
    assert (second.stage, second.refusals) == (Stage.WAITING, 2)
    assert 2.0 <= second.due <= 4.0
    assert after(Outcome.REFUSED, refusals=2).stage is Stage.FAILED


def test_a_push_that_may_have_arrived_is_repeated_once_and_late() -> None:
    assert after(Outcome.UNKNOWN) == Next(Stage.WAITING, 300.0, 0, 1, "why")
    assert after(Outcome.UNKNOWN, repeats=1).stage is Stage.UNKNOWN


@pytest.mark.parametrize("on_unknown", [OnUnknown.AFTER_CRASH, OnUnknown.ASK])
def test_a_push_that_may_have_arrived_is_left_to_a_person_where_a_repeat_would_be_seen(on_unknown: OnUnknown) -> None:
    assert after(Outcome.UNKNOWN, on_unknown=on_unknown) == Next(Stage.UNKNOWN, 0.0, 0, 0, "why")


def test_waits_double_up_to_the_cap_and_are_never_quite_alike() -> None:
    policy = DeliveryPolicy(base=2, cap=60)
    for failures, longest in enumerate((2, 4, 8, 16, 32, 60, 60), 1):
        waits = {policy.wait(failures) for _ in range(50)}
        assert longest / 2 <= min(waits) < max(waits) <= longest


def test_an_alert_is_over_with_its_deal_or_a_day_after_it_was_found() -> None:
    found = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
    received = found.timestamp() + 3600
    assert POLICY.expires(opportunity(created=found), received) == found.timestamp() + 86_400
    soon = found + timedelta(hours=2)
    assert POLICY.expires(opportunity(created=found, expires=soon), received) == soon.timestamp()
    ahead = found + timedelta(days=300)  # the scanner's clock
    assert POLICY.expires(opportunity(created=ahead), received) == received + 86_400


@pytest.mark.parametrize(
    ("stages", "state"),
    [
        ([], State.LOGGED),
        ([Stage.SENT, Stage.SENT], State.SENT),
        ([Stage.SENT, Stage.WAITING, Stage.FAILED], State.PENDING),
        ([Stage.SENT, Stage.SENDING], State.PENDING),
        ([Stage.SENT, Stage.UNKNOWN], State.UNKNOWN),
        ([Stage.SENT, Stage.EXPIRED], State.EXPIRED),
        ([Stage.SENT, Stage.WITHDRAWN], State.SENT),
        ([Stage.WITHDRAWN, Stage.UNKNOWN], State.UNKNOWN),
        ([Stage.WITHDRAWN], State.WITHDRAWN),
        ([Stage.UNKNOWN, Stage.FAILED, Stage.EXPIRED], State.FAILED),
    ],
)
def test_a_notification_is_pending_while_a_delivery_is_open_and_then_as_bad_as_the_worst(stages: list[Stage], state: State) -> None:
    assert state_of(stages) is state
