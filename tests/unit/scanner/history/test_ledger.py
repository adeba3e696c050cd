"""What came of pushes: what the product cost later, which pushes were right, and how sure the shares of those are."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scanner.history.later import DayLow
from scanner.history.ledger import Entry, Push, entry_of, later_of, share_of, shares_by_week, shares_of, supporting, wilson
from tests.unit.scanner.fakes import NOW

PUSH = Push("one", "p", "Acme Drill", "new", "https://a.example/1", "Acme", "A", 60.0, 40.0, NOW, ("Good deals",), {"a": 100.0})


def came_of(*later: tuple[float, float], days: float = 200, said: str | None = None, push: Push = PUSH) -> Entry:
    """`later`: (days after the push, price)."""
    lows = [DayLow((NOW + timedelta(days=after)).timestamp(), price) for after, price in later]
    return entry_of(push, later_of(push, lows), said, NOW + timedelta(days=days))


def checks(entry: Entry) -> list[float | str | None]:
    return [each.price if each.why is None else each.why for each in entry.later]


def test_a_push_is_right_where_half_of_its_saving_holds_at_the_usual_later_price() -> None:
    right = came_of((10, 70.0), (20, 80.0), (40, 95.0))
    assert (right.usual, right.points, right.held, right.verdict) == (80.0, 3, 20.0, "right")
    assert right.why == "of the claimed $40.00 $20.00 held"
    wrong = came_of((10, 70.0), (20, 79.0), (40, 95.0))
    assert (wrong.held, wrong.verdict, wrong.why) == (19.0, "wrong", "of the claimed $40.00 only $19.00 held")
    dearer = came_of((10, 50.0))
    assert (dearer.held, dearer.why) == (-10.0, "of the claimed $40.00 only $0.00 held")


def test_what_was_not_offered_again_is_open() -> None:
    found = came_of(days=5)
    assert (found.verdict, found.usual, found.why) == ("open", None, "it was not offered again yet")


def test_prices_of_more_than_ninety_days_later_do_not_tell_whether_a_push_was_right() -> None:
    found = came_of((100, 100.0))
    assert (found.verdict, found.points) == ("open", 0)
    assert found.later[2].price == 100.0  # though they tell what it cost then


def test_what_it_cost_at_a_day_is_the_first_offer_from_then_on_and_before_the_next_day_that_is_asked_for() -> None:
    found = came_of((6.9, 61.0), (8, 70.0), (9, 50.0), (95, 90.0))
    assert checks(found) == [70.0, "it was not offered between day 30 and day 90", 90.0]
    assert found.later[0].seen == NOW + timedelta(days=8)


def test_why_a_later_price_is_not_known_is_said() -> None:
    assert checks(came_of(days=5)) == ["7 days are not over", "30 days are not over", "90 days are not over"]
    assert checks(came_of(days=10)) == ["it was not offered again since", "30 days are not over", "90 days are not over"]
    unknown = replace(PUSH, product=None)
    found = came_of(days=200, push=unknown)
    assert (found.why, checks(found)) == ("its product is not known", ["its product is not known"] * 3)


@pytest.mark.parametrize(
    ("said", "verdict"),
    [("right", "right"), ("bought", "right"), ("wrong_price", "wrong"), ("not_this_product", "wrong"), ("not_worth_that", "wrong")],
)
def test_a_persons_word_goes_before_later_prices(said: str, verdict: str) -> None:
    for later in ([], [(10.0, 100.0)], [(10.0, 60.0)]):
        found = came_of(*later, said=said)
        assert (found.verdict, found.why) == (verdict, f"a person said so: {said}")


def test_a_word_that_nobody_knows_says_nothing() -> None:
    assert came_of((10, 100.0), said="hm").verdict == "right"


def test_a_push_that_claimed_no_saving_is_right_where_it_is_no_cheaper_later() -> None:
    modest = replace(PUSH, saving=-5.0)
    assert came_of((10, 60.0), push=modest).verdict == "right"
    assert came_of((10, 59.0), push=modest).verdict == "wrong"


def test_a_pricer_supports_a_push_where_its_own_estimate_bears_out_half_of_the_saving() -> None:
    assert supporting(replace(PUSH, pricers={"a": 80.0, "b": 79.0, "c": 200.0})) == ["a", "c"]
    assert supporting(replace(PUSH, pricers=None)) == []


def of_rules(*rules: Sequence[str]) -> list[Entry]:
    return [came_of((10, 100.0 if at % 2 else 60.0), push=replace(PUSH, asked_by=tuple(names))) for at, names in enumerate(rules)]


def test_shares_are_told_by_name_those_with_most_pushes_first() -> None:
    found = shares_of(of_rules(["a"], ["a", "b"], ["b"], ["a"], []), lambda push: push.asked_by)
    assert [(each.name, each.right, each.wrong, each.open) for each in found] == [("a", 2, 1, 0), ("b", 1, 1, 0)]
    assert found[0].share == 0.667


def test_a_share_of_few_is_called_so_and_one_of_none_is_none() -> None:
    nothing = share_of("a", ["open"])
    assert (nothing.share, nothing.low, nothing.high, nothing.few) == (None, None, None, True)
    assert share_of("a", ["right"] * 19).few
    assert not share_of("a", ["right"] * 19 + ["wrong"]).few


@pytest.mark.parametrize(
    ("right", "known", "low", "high"),  # as other programs tell Wilson's interval without a correction for continuity
    [(0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (5, 10, 0.237, 0.763), (90, 100, 0.826, 0.945), (1, 1, 0.207, 1.0)],
)
def test_the_interval_of_a_share_is_wilsons(right: int, known: int, low: float, high: float) -> None:
    assert wilson(right, known) == (low, high)


def test_shares_are_told_by_week_the_oldest_first() -> None:
    def pushed(day: int, hour: int) -> Entry:
        return came_of(push=replace(PUSH, pushed=datetime(2026, 11, day, hour, tzinfo=UTC)), said="right")

    weeks = shares_by_week([pushed(30, 0), pushed(29, 23), pushed(23, 0)])
    assert [(each.name, each.right) for each in weeks] == [("2026-11-23", 2), ("2026-11-30", 1)]
