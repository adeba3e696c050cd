"""Which kernel is chosen from what the clock says. The clock is one that the runs themselves move."""

from collections.abc import Iterable
from itertools import chain, repeat

import pytest

from specialist.kernel import FEWEST, ROUNDS, SECONDS, Times, measure


class Clock:
    """Stands still but for the runs."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Run:
    """Takes as many seconds as it is told, one run after the other."""

    def __init__(self, clock: Clock, seconds: Iterable[float]) -> None:
        self.clock, self.seconds, self.count = clock, iter(seconds), 0

    def __call__(self) -> None:
        self.count += 1
        self.clock.now += next(self.seconds)


def timed(int8: Iterable[float], float32: Iterable[float]) -> tuple[Times, Run, Run]:
    clock = Clock()
    runs = Run(clock, int8), Run(clock, float32)
    return measure(*runs, clock), *runs


@pytest.mark.parametrize(
    ("int8", "float32", "faster"),
    [
        (0.010, 0.006, "float32"),
        (0.010, 0.0086, "float32"),
        (0.010, 0.0088, "int8"),
        (0.010, 0.010, "int8"),
        (0.006, 0.010, "int8"),
    ],
)
def test_float32_is_taken_where_it_is_faster_by_more_than_15_percent(int8: float, float32: float, faster: str) -> None:
    assert timed(repeat(int8), repeat(float32))[0].faster == faster


def test_one_quiet_run_of_each_is_enough_on_a_busy_machine() -> None:
    int8 = chain([0.5, 0.08, 0.03, 0.01], repeat(0.02))
    times, _, _ = timed(int8, chain([0.5, 0.06, 0.09, 0.03, 0.006], repeat(0.03)))
    assert times == Times(pytest.approx(0.01), pytest.approx(0.006))
    assert times.faster == "float32"


def test_the_first_run_of_each_does_not_count() -> None:
    times, int8, float32 = timed(chain([0.001], repeat(0.01)), chain([0.9], repeat(0.012)))
    assert times == Times(pytest.approx(0.01), pytest.approx(0.012))
    assert (int8.count, float32.count) == (1 + ROUNDS, 1 + ROUNDS)


def test_a_slow_machine_does_not_wait_for_all_rounds() -> None:
    times, int8, _ = timed(repeat(0.15), repeat(0.12))
    assert int8.count == 1 + FEWEST
    assert times.faster == "float32"
    assert 2 * FEWEST * 0.12 > SECONDS
