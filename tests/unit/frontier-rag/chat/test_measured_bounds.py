"""What bench.chat_bounds measures, on made-up answers whose errors are known."""

import math
from dataclasses import replace

import numpy as np
import pytest

from bench.chat_bounds import FEWEST, coverage, fit, fit_margin, fit_reach, loss, settle
from bench.chat_records import Record
from frontier_rag.chat.chat_calibration import bundled_calibration
from frontier_rag.chat.local_view import LocalView


def record(at: int, truth: float, chat_error: float, local_error: float, *, is_known: bool = False) -> Record:
    """A product `at` whose local interval reaches a factor of three either way."""
    local = truth * math.exp(local_error)
    name = "".join(chr(97 + int(digit)) for digit in str(at))
    view = LocalView(local, local / 3, local * 3, is_known)
    return Record("deals", f"Brand{name} kettle", truth * math.exp(chat_error), truth, view)


def records(count: int, spread: float, local_spread: float, *, is_known: bool = False) -> list[Record]:
    drawn = np.random.default_rng(1)
    truths, chat, local = np.exp(drawn.normal(4, 1, count)), drawn.normal(0, spread, count), drawn.normal(0, local_spread, count)
    triples = zip(truths.tolist(), chat.tolist(), local.tolist(), strict=True)
    return [record(at, *triple, is_known=is_known) for at, triple in enumerate(triples)]


def test_what_is_fitted_on_one_half_covers_four_fifths_of_the_other_and_costs_little() -> None:
    found = records(1000, 0.3, 0.9)
    calibration = fit([each for each in found if each.is_fitted_on], "v1")
    held = [each for each in found if not each.is_fitted_on]
    settled = settle(held, calibration)
    assert 0.35 <= len(held) / len(found) <= 0.65
    assert 0.75 <= (coverage(settled) or 0.0) <= 0.85
    assert loss(settled) < loss(settle(held, calibration, "alone")) / 2
    assert calibration.estimator == "v1"


def test_the_reach_is_the_smallest_that_is_bearable_and_too_few_records_leave_the_band() -> None:
    base = bundled_calibration()
    far = records(200, 0.1, 1.5)
    assert fit_reach(far, base, is_known=False) > fit_reach(records(200, 0.1, 0.5), base, is_known=False) == 1.25
    assert fit_reach(far, base, is_known=True) == 1.25
    assert fit_reach(far[: FEWEST - 1], base, is_known=False) == 1.25


def test_around_known_products_the_local_interval_comes_in_until_it_covers_four_fifths() -> None:
    known, base = records(400, 0.3, 0.5, is_known=True), replace(bundled_calibration(), margin_known=0.0)
    margin = fit_margin(settle(known, base))
    assert margin > 0
    assert coverage(settle(known, base)) == pytest.approx(0.97, abs=0.03)
    assert coverage(settle(known, replace(base, margin_known=margin))) == pytest.approx(0.8, abs=0.06)
    assert fit_margin(settle(known[: FEWEST - 1], base)) == 0.0


def test_products_of_one_line_do_not_straddle_the_halves() -> None:
    one, other = record(7, 10.0, 0.0, 0.0), record(8, 20.0, 0.0, 0.0)
    assert (
        replace(one, told="Vevor Hairpin legs 16 inch").is_fitted_on == replace(other, told="VEVOR hairpin, set of 4").is_fitted_on
    )
