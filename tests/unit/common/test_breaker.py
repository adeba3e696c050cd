"""The circuit breaker leaves a failing peer alone until a probe found it alive or for a cooldown, then tries it with one call."""

import pytest

from common.breaker import LONGEST_ASKED, THRESHOLD, ByCooldown, ByProbe, CircuitBreaker, Recovery

COOLDOWN, LONGEST = 10.0, 300.0


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def recoveries() -> list[Recovery]:
    return [ByProbe(), ByCooldown()]


def opened(recovery: Recovery) -> CircuitBreaker:
    breaker = CircuitBreaker(recovery)
    for _ in range(THRESHOLD):
        breaker.failed()
    return breaker


def half_open() -> CircuitBreaker:
    recovery = ByProbe()
    breaker = opened(recovery)
    recovery.found_alive()
    return breaker


def cooling(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(ByCooldown(COOLDOWN, LONGEST, clock), clock)


@pytest.mark.parametrize("recovery", recoveries())
def test_it_stays_closed_below_the_threshold(recovery: Recovery) -> None:
    breaker = CircuitBreaker(recovery)
    for _ in range(THRESHOLD - 1):
        breaker.failed()
    assert breaker.allows()
    assert breaker.state == "closed"


@pytest.mark.parametrize("recovery", recoveries())
def test_it_opens_at_the_threshold(recovery: Recovery) -> None:
    breaker = opened(recovery)
    assert breaker.state == "open"
    assert not breaker.allows()


@pytest.mark.parametrize("recovery", recoveries())
def test_failures_must_come_in_a_row(recovery: Recovery) -> None:
    breaker = CircuitBreaker(recovery)
    for _ in range(THRESHOLD):
        breaker.failed()
        breaker.succeeded()
    breaker.failed()
    assert breaker.allows()
    assert breaker.state == "closed"


def test_a_probe_that_is_answered_lets_one_trial_pass() -> None:
    breaker = half_open()
    assert breaker.state == "half-open"
    assert [breaker.allows(), breaker.allows()] == [True, False]


def test_a_probe_changes_nothing_while_it_is_closed() -> None:
    recovery = ByProbe()
    breaker = CircuitBreaker(recovery)
    recovery.found_alive()
    assert breaker.state == "closed"
    for _ in range(THRESHOLD):
        breaker.failed()
    assert not breaker.allows(), "what was found before it opened is over"


def test_a_second_probe_lets_no_second_trial_pass() -> None:
    recovery = ByProbe()
    breaker = opened(recovery)
    recovery.found_alive()
    assert breaker.allows()
    recovery.found_alive()
    assert not breaker.allows()


def test_the_trials_success_closes_it() -> None:
    breaker = half_open()
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.state == "closed"
    breaker.failed()
    assert breaker.allows(), "the failures of before must not count any more"


def test_the_trials_failure_opens_it_at_once() -> None:
    breaker = half_open()
    assert breaker.allows()
    breaker.failed()
    assert breaker.state == "open"
    assert not breaker.allows()


def test_a_trial_that_ended_without_telling_leaves_room_for_another() -> None:
    breaker = half_open()
    assert breaker.allows()
    breaker.ended()
    assert breaker.allows()


def test_cooldowns_are_longer_each_time_and_a_success_closes_it() -> None:
    clock = Clock()
    breaker = cooling(clock)
    for _ in range(THRESHOLD):
        assert breaker.allows()
        breaker.failed()
    waits = []
    for _ in range(8):
        started = clock.now
        while not breaker.allows():
            clock.now += 1
        waits.append(clock.now - started)
        assert breaker.state == "half-open"
        assert not breaker.allows()
        breaker.failed()
    assert waits[:3] == [COOLDOWN, 2 * COOLDOWN, 4 * COOLDOWN]
    assert waits[-1] == LONGEST
    clock.now += LONGEST
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    assert breaker.allows()


def test_after_a_success_cooldowns_begin_with_the_first_again() -> None:
    clock = Clock()
    breaker = cooling(clock)
    for _ in range(THRESHOLD + 2):
        breaker.failed()
        clock.now += LONGEST
        assert breaker.allows()
    breaker.succeeded()
    for _ in range(THRESHOLD):
        breaker.failed()
    clock.now += COOLDOWN
    assert breaker.allows()


def test_calls_that_fail_together_open_it_once() -> None:
    clock = Clock()
    breaker = cooling(clock)
    for _ in range(20):
        breaker.failed()
    clock.now += COOLDOWN
    assert breaker.allows()


def test_a_trial_of_which_nothing_is_heard_is_followed_by_another_after_a_cooldown() -> None:
    clock = Clock()
    breaker = cooling(clock)
    for _ in range(THRESHOLD):
        breaker.failed()
    clock.now += COOLDOWN
    assert breaker.allows()
    breaker.ended()
    assert not breaker.allows()
    clock.now += COOLDOWN
    assert breaker.allows()


def test_it_rests_as_long_as_it_is_asked_to() -> None:
    clock = Clock()
    breaker = cooling(clock)
    breaker.failed(60.0)
    breaker.failed()
    clock.now += 59
    assert not breaker.allows()
    clock.now += 1
    assert breaker.allows()


def test_nobody_is_left_alone_for_ever() -> None:
    clock = Clock()
    breaker = cooling(clock)
    breaker.failed(1e9)
    clock.now += LONGEST_ASKED
    assert breaker.allows()
