"""How amounts, moments and intervals look."""

from datetime import UTC, datetime, timedelta

import pytest

from common.errors import InvalidInputError, UnavailableError
from common.pricing import Estimate
from dashboard.html.formatting import ago, axis_of, bar, feed_name, money, percent, web_link
from dashboard.html.reasons import reason

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "text"), [(1234.56, "$1,234.56"), (0, "$0.00"), (-5.5, "−$5.50"), (None, "–"), (1e7, "$10,000,000.00")]
)
def test_prices_have_a_sign_separators_and_cents(amount: float | None, text: str) -> None:
    assert money(amount) == text


def test_another_currency_is_named() -> None:
    assert money(59.99, "AUD") == "AUD 59.99"


def test_a_share_is_a_percentage() -> None:
    assert percent(0.537) == "54\u00a0%"


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=10), "just now"),
        (timedelta(seconds=50), "1 minute ago"),
        (timedelta(minutes=59), "1 hour ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=3), "3 days ago"),
        (-timedelta(days=1), "in 1 day"),
        (-timedelta(days=3650), "on 2036-11-18"),
    ],
)
def test_moments_are_said_from_now(passed: timedelta, text: str) -> None:
    assert ago(NOW - passed, NOW) == text


@pytest.mark.parametrize(
    ("low", "high", "estimate", "price"),
    [(98, 171, 129, 60), (100, 100, 100, 100), (0, 0, 0, None), (10, 20, 15, 1e6), (5, 9, 20, 1)],
)
def test_everything_on_a_bar_lies_within_it_and_in_order(low: float, high: float, estimate: float, price: float | None) -> None:
    place = bar(low, high, estimate, price, None)
    points = [(low, place.start), (high, place.start + place.width), (estimate, place.tick)]
    points += [] if price is None or place.dot is None else [(price, place.dot)]
    assert all(0 <= position <= 100 for _, position in points)
    in_order = [position for _, position in sorted(points)]
    assert in_order == pytest.approx(sorted(in_order))


def test_bars_on_one_axis_compare() -> None:
    estimates = [Estimate(pricer="p", price=price, low=price / 2, high=price * 2, model="m", ms=1) for price in (100.0, 200.0)]
    axis = axis_of(estimates, 20.0)
    first, second = (bar(each.low, each.high, each.price, 20.0, axis) for each in estimates)
    assert first.tick == second.start  # 100 is the first's estimate and the second's low
    assert first.dot == second.dot
    assert axis_of([]) == (0.0, 1.0)


def test_a_feed_is_named_by_its_host() -> None:
    assert feed_name("https://www.deals.example/rss?x=1") == "deals.example"
    assert feed_name("demo (sample)") == "demo (sample)"


@pytest.mark.parametrize("url", ["https://a.example/x?y=1&z=2", "HTTP://a.example"])
def test_web_addresses_stay_as_they_are(url: str) -> None:
    assert web_link(url) == url


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("schedule.cron: Value error, cron must have five fields", "cron must have five fields"),
        ("outline[3]: must be a web address", "must be a web address"),
        ("scanner cannot be reached: refused", "scanner cannot be reached: refused"),
        ("must be an http or https address", "must be an http or https address"),
    ],
)
def test_a_reason_is_said_without_the_name_of_its_field(said: str, plain: str) -> None:
    assert reason(InvalidInputError(said)) == plain
    assert reason(UnavailableError("scanner: busy")) == "scanner: busy"
