"""The still charts put each figure where it belongs."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from training.evaluation.charts import BOTTOM, HEIGHT, TOP, Bar, ForestRow, bars, forest, running_figures, running_mean, ticks

Element = ElementTree.Element


def of_class(svg: str, kind: str) -> list[Element]:
    return [each for each in ElementTree.fromstring(svg).iter() if each.get("class") == kind]


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 523.4), (-61.0, 12.5), (0, 0.03), (0, 20_000)])
def test_ticks_are_few_round_and_within_the_ends(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 3 <= len(found) <= 7
    assert all(low <= tick <= high + 1e-9 for tick in found)
    steps = np.diff(found)
    assert np.allclose(steps, steps[0])
    assert f"{steps[0]:e}"[0] in "125"


def test_a_bar_is_as_high_as_its_value_with_whiskers_at_its_interval() -> None:
    svg = bars("errors", [Bar("<25", 50.0, [25.0, 75.0], "a note"), Bar(">=400", 100.0, [90.0, 140.0], "", is_faint=True)], 100.0)
    full = HEIGHT - TOP - BOTTOM
    first, second = of_class(svg, "bar")
    assert float(first.get("height", 0)) == pytest.approx(full / 2)
    assert float(second.get("height", 0)) == pytest.approx(full)
    stem = of_class(svg, "whisker")[0]
    assert float(stem.get("y1", 0)) - float(stem.get("y2", 0)) == pytest.approx(full / 2, abs=0.2)
    assert len(of_class(svg, "faint")) == 1
    assert "a note" in svg
    assert "&lt;25" in svg


def test_the_goal_of_a_coverage_chart_lies_at_its_share() -> None:
    (goal,) = of_class(bars("coverage", [Bar("x", 0.5, [0.4, 0.6], "")], 1.0, form="%", goal=0.8), "goal")
    assert float(goal.get("y1", 0)) == pytest.approx(HEIGHT - BOTTOM - 0.8 * (HEIGHT - TOP - BOTTOM), abs=0.1)


def test_running_means_and_intervals_are_those_of_the_first_rows() -> None:
    errors = np.random.default_rng(0).gamma(1.0, 50.0, 200) + 1e6
    counts, means, halves = running_figures(errors)
    assert counts[0] == 10
    for k in (10, 57, 200):
        place = int(k - counts[0])
        assert means[place] == pytest.approx(errors[:k].mean())
        assert halves[place] == pytest.approx(1.96 * errors[:k].std(ddof=1) / k**0.5, rel=1e-6)


@pytest.mark.parametrize("count", [1, 2, 9, 10, 5000])
def test_a_running_mean_is_drawn_of_any_number_of_rows_in_bounded_size(count: int) -> None:
    svg = running_mean("running", np.full(count, 7.0))
    (curve,) = of_class(svg, "curve")
    assert 1 <= len(curve.get("points", "").split()) <= 400
    assert "nan" not in svg


def test_a_forest_puts_decided_differences_beside_zero_and_open_ones_across_it() -> None:
    rows = [
        ForestRow("a less b", -5.0, [-8.0, -2.0], "a better", True),
        ForestRow(
            "<i>split</i> of a very long name that would run into the chart", 1.0, [-3.0, 5.0], "not shown", False, is_part=True
        ),
    ]
    svg = forest("differences", rows)
    (zero,) = of_class(svg, "zero")
    centre = float(zero.get("x1", 0))
    first, second = of_class(svg, "whisker")
    assert float(first.get("x2", 0)) < centre
    assert float(second.get("x1", 0)) < centre < float(second.get("x2", 0))
    assert len(of_class(svg, "decided")) == 1
    assert "wide: -1,299.50 $ (-2,000.00 to -599.00)" in forest("d", [ForestRow("wide", -1299.5, [-2000.0, -599.0], "", True)])
    assert "<i>" not in svg
    assert all(len(words) <= 60 for words in re.findall(r"<text[^>]*>([^<]*)</text>", svg))
