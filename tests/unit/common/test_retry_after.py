"""A Retry-After header comes from strangers: it is a number of seconds, a date, or nothing."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.retry_after import LONGEST, read_retry_after

NOW = datetime(2026, 10, 21, 7, 28, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("3", 3.0),
        (" 120 ", 120.0),
        ("0.5", 0.5),
        ("007", 7.0),
        ("86400", 86_400.0),
        ("86401", LONGEST),
        ("9" * 40, LONGEST),
        ("9" * 5000, LONGEST),
    ],
)
def test_a_number_is_seconds_within_reason(header: str, seconds: float) -> None:
    assert read_retry_after(header) == seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2026 07:29:00 -0000", 60.0),
        ("Wed, 21 Oct 2026 08:28:30 +0100", 30.0),
        ("Wednesday, 21-Oct-26 07:28:30 GMT", 30.0),
        ("Wed Oct 21 07:28:30 2026", 30.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2099 07:28:00 GMT", LONGEST),
    ],
)
def test_a_date_is_the_time_until_it_and_none_where_it_is_over(header: str, seconds: float) -> None:
    assert read_retry_after(header, now=NOW) == seconds


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        " ",
        "soon",
        "-3",
        "+3",
        "1e3",
        "inf",
        "nan",
        "1.",
        ".5",
        "1,5",
        "0x10",
        "1_000",
        "\u0663",
        "\u00b2",
        "\uff13",
        "3 seconds",
        "Wed, 21 Oct 99999 07:28:00 GMT",
        "Wed, 41 Oct 2026 07:28:00 GMT",
        "Wed, 21 Oct 2026 07:28:00 +99999999",
        "Wed, 2\u0661 Oct 2026 07:28:00 GMT",
    ],
)
def test_anything_else_is_nothing(header: str | None) -> None:
    assert read_retry_after(header, now=NOW) is None


def test_the_bound_is_the_callers() -> None:
    assert read_retry_after("500", longest=60.0) == 60.0
    assert read_retry_after("Wed, 21 Oct 2026 09:00:00 GMT", longest=60.0, now=NOW) == 60.0


@given(st.text() | st.text(alphabet="0123456789.,:+- WedOctGMT"))
def test_whatever_stands_in_it_it_is_seconds_within_the_bound_or_nothing(header: str) -> None:
    seconds = read_retry_after(header)
    assert seconds is None or 0 <= seconds <= LONGEST
