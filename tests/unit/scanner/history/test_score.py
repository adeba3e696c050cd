"""How a price stands in its product's own history: the share of dearer days, and what of it can be believed."""

import pytest

from scanner.history.score import ENOUGH, rank_of, standing_of, verdict_of

MONTH = [100.0, 90.0, 110.0, 100.0, 95.0] * 6


@pytest.mark.parametrize(
    ("price", "lows", "score", "is_lowest"),
    [
        (80.0, [100.0, 90.0], 10.0, True),
        (90.0, [100.0, 90.0], 9.5, True),  # as low as ever
        (95.0, [100.0, 90.0], 5.0, False),
        (100.0, [100.0, 90.0], 2.5, False),  # a day at the same price counts half
        (120.0, [100.0, 90.0], 0.0, False),
        (60.0, [60.0] * 20, 5.0, True),  # what it always costs is no low
        (60.004, [60.0, 70.0], 9.5, True),  # less than a cent is no difference
        (60.0, [60.0] * 98 + [70.0] * 2, 5.1, True),  # what it costs on most days is none either
        (59.0, [60.0] * 99 + [70.0], 10.0, True),
        (100.0, MONTH, 4.0, False),
    ],
)
def test_a_score_is_the_share_of_the_days_that_were_dearer(price: float, lows: list[float], score: float, is_lowest: bool) -> None:
    found = standing_of(price, lows)
    assert found is not None
    assert (found.score, found.is_lowest) == (score, is_lowest)


def test_a_standing_tells_lowest_usual_and_last_of_the_days_and_how_many_they_are() -> None:
    found = standing_of(92.0, [100.0, 90.0, 95.0, 98.0])
    assert found is not None
    assert (found.lowest, found.usual, found.last, found.points) == (90.0, 96.5, 98.0, 4)


def test_without_another_day_nothing_is_said() -> None:
    assert standing_of(60.0, []) is None


@pytest.mark.parametrize(("days", "is_low"), [(1, True), (ENOUGH - 1, True), (ENOUGH, False)])
def test_fewer_than_two_weeks_of_days_say_little(days: int, is_low: bool) -> None:
    found = standing_of(60.0, [100.0] * days)
    assert found is not None
    assert found.low_confidence == is_low


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (10.0, "a great price"),
        (8.0, "a great price"),
        (7.9, "a good price"),
        (6.0, "a good price"),
        (4.0, "about average"),
        (3.9, "a bit dear"),
        (2.0, "a bit dear"),
        (1.9, "dear: better wait"),
        (0.0, "dear: better wait"),
    ],
)
def test_a_score_is_told_in_words(score: float, words: str) -> None:
    assert verdict_of(score) == words


def test_prices_of_which_little_is_known_rank_below_all_others() -> None:
    sure, unsure = standing_of(120.0, [100.0] * 20), standing_of(60.0, [100.0])
    assert rank_of(sure) > rank_of(unsure) > rank_of(None)
