"""How far a chat model's price may lie from the local estimate, and the interval around it."""

import contextlib
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.pricing import PriceResponse, Similar
from frontier_rag.chat.chat_calibration import bundled_calibration, from_json
from frontier_rag.chat.chat_error import ChatFailedError
from frontier_rag.chat.local_view import KNOWN, LocalView
from frontier_rag.chat.price_bounds import ABSURD, LEEWAY, Bounded, bound, bound_two

LOCAL = LocalView(100.0, 80.0, 200.0)
REACH = 4.0
any_price = st.floats() | st.floats(1, 10_000)


@given(any_price)
def test_one_answer_never_leaves_the_band(said: float) -> None:
    with contextlib.suppress(ChatFailedError):
        assert 80.0 / LEEWAY <= bound(said, LOCAL).price <= 200.0 * LEEWAY


@given(any_price, any_price)
def test_two_answers_never_leave_their_reach_nor_go_farther_out_than_the_second(first: float, second: float) -> None:
    with contextlib.suppress(ChatFailedError):
        price = bound_two(first, second, LOCAL, REACH).price
        assert LOCAL.leaves_by(price) <= REACH * (1 + 1e-9)
        assert LOCAL.leaves_by(price) <= max(LOCAL.leaves_by(second), LEEWAY) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("first", "second", "price", "outcome"),
    [
        (400.0, 500.0, 400.0, "chat-confirmed"),
        (9999.0, 500.0, 500.0, "chat-confirmed"),
        (9999.0, 150.0, 150.0, "chat-second"),
        (1.0, 150.0, 150.0, "chat-second"),
        (30.0, 40.0, 40.0, "chat-confirmed"),
        (1.0, 40.0, 40.0, "chat-confirmed"),
        (1000.0, 1200.0, 800.0, "chat-pulled"),
        (15.0, 10.0, 20.0, "chat-pulled"),
    ],
)
def test_of_two_answers_the_one_nearer_to_the_local_side_counts(first: float, second: float, price: float, outcome: str) -> None:
    found = bound_two(first, second, LOCAL, REACH)
    assert (found.price, found.outcome) == (price, outcome)
    assert found.is_second == (LOCAL.leaves_by(second) < LOCAL.leaves_by(first))


@pytest.mark.parametrize(("first", "second"), [(400.0, 30.0), (30.0, 400.0), (9999.0, 9999.0), (1.0, 1.0), (1.0, math.nan)])
def test_two_answers_on_different_sides_or_both_absurd_are_given_up(first: float, second: float) -> None:
    with pytest.raises(ChatFailedError) as caught:
        bound_two(first, second, LOCAL, REACH)
    assert caught.value.reason == "implausible"


def test_what_is_absurd_scales_with_what_may_be_pulled() -> None:
    assert bound_two(200.0 * REACH * ABSURD, 200.0 * REACH * ABSURD, LOCAL, REACH).price == 800.0
    assert bound(600.0, LOCAL).price == 250.0
    with pytest.raises(ChatFailedError):
        bound(601.0, LOCAL)


def response(similarity: float, low: float = 8.0) -> PriceResponse:
    similar = [
        Similar(title="case", price=20.0, similarity=similarity - 0.1),
        Similar(title="case", price=9.0, similarity=similarity),
    ]
    return PriceResponse(price=22.0, low=low, high=102.0, model="m", similar=similar)


def test_the_local_side_knows_a_product_when_one_much_like_it_is_shown() -> None:
    assert LocalView.of(response(KNOWN)).is_known
    assert not LocalView.of(response(KNOWN - 0.01)).is_known
    assert not LocalView.of(PriceResponse(price=5.0, low=1.0, high=9.0, model="m")).is_known


def test_an_interval_that_begins_at_nothing_still_bounds_prices_and_has_a_width() -> None:
    view = LocalView.of(response(0.5, low=0.0))
    assert view.leaves_by(0.001) > 1
    assert math.isfinite(view.width)
    assert view.leaves_by(0.0) == view.leaves_by(math.nan) == math.inf


def test_an_interval_is_counted_away_from_the_local_estimate() -> None:
    base = bundled_calibration()
    calibration = replace(base, errors=dict(base.errors) | {"outside": (-0.7, 0.4)})
    above = calibration.around(400.0, "outside", is_above=True)
    below = calibration.around(30.0, "outside", is_above=False)
    assert above == pytest.approx((400 * math.exp(-0.7), 400 * math.exp(0.4)))
    assert below == pytest.approx((30 * math.exp(-0.4), 30 * math.exp(0.7)))


@pytest.mark.parametrize(
    ("bounded", "width", "group"),
    [
        (Bounded(150.0, "chat"), 0.1, "narrow"),
        (Bounded(150.0, "chat"), 2.0, "usual"),
        (Bounded(150.0, "chat-second", is_second=True), 9.0, "wide"),
        (Bounded(9000.0, "chat-confirmed"), 0.1, "outside"),
        (Bounded(9000.0, "chat-pulled"), 0.1, "pulled"),
    ],
)
def test_answers_are_grouped_by_what_the_local_side_said_of_them(bounded: Bounded, width: float, group: str) -> None:
    local = LocalView(150.0, 150 * math.exp(-width / 2), 150 * math.exp(width / 2))
    calibration = replace(bundled_calibration(), widths=(1.8, 2.2))
    assert bounded.group(local, calibration) == group
    assert bounded.group(replace(local, is_known=True), calibration) == "known"


def test_around_a_known_product_the_local_interval_comes_in_by_what_was_measured_and_holds_the_price() -> None:
    calibration, known = replace(bundled_calibration(), margin_known=math.log(1.25)), replace(LOCAL, is_known=True)
    assert Bounded(150.0, "chat").interval(known, calibration) == pytest.approx((100.0, 160.0))
    assert Bounded(90.0, "chat").interval(known, calibration) == pytest.approx((90.0, 160.0))
    assert Bounded(230.0, "chat").interval(known, calibration) == pytest.approx((100.0, 230.0))


@given(st.floats(0.5, 10_000), st.booleans(), st.floats(0, 1))
def test_every_interval_holds_its_price(price: float, is_known: bool, margin: float) -> None:
    local = replace(LOCAL, is_known=is_known)
    low, high = Bounded(price, "chat").interval(local, replace(bundled_calibration(), margin_known=margin))
    assert low <= price <= high


def test_the_calibration_is_read_as_it_was_written() -> None:
    assert from_json(bundled_calibration().to_json()) == bundled_calibration()
