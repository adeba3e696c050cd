"""Pauses double up to a bound, however many failures there were, and differ where they are told to."""

import pytest

from common.backoff import Backoff


def test_pauses_double_up_to_the_longest() -> None:
    backoff = Backoff(0.5, 30.0)
    assert [backoff.pause(failures) for failures in range(1, 9)] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


@pytest.mark.parametrize(("failures", "seconds"), [(-1, 0.5), (0, 0.5), (10_000, 30.0), (10**9, 30.0)])
def test_any_number_of_failures_has_a_pause(failures: int, seconds: float) -> None:
    assert Backoff(0.5, 30.0).pause(failures) == seconds


def test_a_pause_is_never_longer_than_the_longest_nor_is_there_one_without_a_first() -> None:
    assert Backoff(60.0, 5.0).pause(1) == 5.0
    assert Backoff(0.0, 5.0).pause(7) == 0.0


@pytest.mark.parametrize(("failures", "whole"), [(1, 2.0), (2, 4.0), (5, 32.0), (6, 60.0), (7, 60.0)])
def test_a_random_share_is_taken_of_the_doubled_pause(failures: int, whole: float) -> None:
    pauses = [Backoff(2.0, 60.0, least=0.5, most=1.1).pause(failures) for _ in range(2_000)]
    assert whole * 0.5 <= min(pauses) < whole * 0.52
    assert whole * 1.08 < max(pauses) <= whole * 1.1
