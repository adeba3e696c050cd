"""The level is honest for each kind of text, and the interval holds four of five truths in each group."""

from dataclasses import replace

import numpy as np
import pytest

from ensemble.groups import CATEGORIES, KINDS, OTHER, Groups
from ensemble.rule import MOST_UNUSUAL, SHIFT_SPREAD, SPREAD
from tests.unit.training.ensemble.noisy_pricers import held, sometimes_sure
from training.ensemble.calibration import Level, fit_factors, fit_shift, shifted
from training.ensemble.fit import fit_rule
from training.ensemble.held import Held

ROWS = 4000


def many(kind: np.ndarray, category: np.ndarray, known: np.ndarray, sigma: np.ndarray, lean: np.ndarray) -> Held:
    """Rows of given groups, seen by one pricer with the noise `sigma` and off by `lean`, both in logs."""
    rng = np.random.default_rng(11)
    logs = rng.uniform(np.log(5), np.log(2000), ROWS)
    seen = {"a": logs + lean + rng.normal(0, 1, ROWS) * sigma}
    ones = np.ones(ROWS)
    return Held(seen, np.exp(logs), ones, np.arange(ROWS) % 5, Groups(kind, category, known), ones, {"a": ones})


def codes(seed: int, count: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, count, ROWS)


def unlike() -> Held:
    """Listings twice as hard as names, appliances half as hard as the rest, and what is not known half again as hard."""
    kind, category, known = codes(1, 3), codes(2, len(CATEGORIES)), (np.random.default_rng(3).random(ROWS) < 0.8).astype(int)
    sigma = 0.2 * np.array([1.0, 1.5, 2.0])[kind] * np.where(category == CATEGORIES.index("Appliances"), 0.5, 1.0)
    return many(kind, category, known, sigma * np.where(known == 1, 1.0, 1.5), np.zeros(ROWS))


def coverage(data: Held, mask: np.ndarray) -> float:
    rule = fit_rule(["a"], data)
    low, high = rule.bounds(rule.log_price(data.logs, data.widths, data.groups), data.widths, data.groups)
    return float(np.mean(((np.exp(low) <= data.truth) & (data.truth <= np.exp(high)))[mask]))


def test_a_shift_never_turns_two_answers_around() -> None:
    data = held(a=2.0)
    shift = fit_shift(Level(data.logs["a"], np.ones_like(data.truth), data), 8)
    greatest = MOST_UNUSUAL ** (SPREAD * SHIFT_SPREAD)
    assert greatest == 8
    for curve in shift.offsets.values():
        assert (np.diff(np.array(shift.knots) + greatest * np.array(curve)) >= -1e-4).all()


def test_each_kind_of_text_gets_its_own_level() -> None:
    kind = codes(1, 3)
    data = many(
        kind, np.full(ROWS, CATEGORIES.index(OTHER)), np.ones(ROWS, int), np.full(ROWS, 0.2), np.array([0.0, 0.1, -0.2])[kind]
    )
    level = Level(data.logs["a"], np.ones(ROWS), data)
    missing = shifted(level, fit_shift(level, 1)) - np.log(data.truth)
    assert [float(np.median(missing[kind == place])) for place in range(3)] == pytest.approx([0, 0, 0], abs=0.02)


def test_a_few_rows_of_a_kind_get_the_level_of_the_whole() -> None:
    kind = np.where(np.arange(ROWS) < 5, KINDS.index("listing"), KINDS.index("title"))
    lean = np.where(kind == KINDS.index("listing"), -1.0, 0.1)
    data = many(kind, np.full(ROWS, CATEGORIES.index(OTHER)), np.ones(ROWS, int), np.full(ROWS, 0.1), lean)
    offsets = fit_shift(Level(data.logs["a"], np.ones(ROWS), data), 1).offsets
    assert offsets["title"][0] == pytest.approx(-0.1, abs=0.01)
    assert offsets["name"] == pytest.approx(offsets["title"], abs=0.01)  # of which there is none
    assert offsets["listing"][0] == pytest.approx(-0.1 + 1.1 * 5 / 55, abs=0.03)


def test_the_level_is_shifted_as_the_square_of_the_spread() -> None:
    data = held(a=0.1)
    spread = np.where(np.arange(len(data.truth)) % 2 == 0, 1.0, 2.0)
    level = Level(np.log(data.truth) - 0.05 * spread**2, spread, data)
    assert fit_shift(level, 1).offsets["title"] == pytest.approx([0.05], abs=1e-4)


def test_the_interval_holds_about_four_of_five_truths() -> None:
    data = held(a=0.4, b=0.5)
    rule = fit_rule(["a", "b"], data)
    low, high = rule.bounds(rule.log_price(data.logs, data.widths, data.groups), data.widths, data.groups)
    inside = np.mean((np.exp(low) <= data.truth) & (data.truth <= np.exp(high)))
    assert 0.78 < inside < 0.86


def test_the_interval_holds_four_of_five_truths_in_every_group() -> None:
    data = unlike()
    groups = data.groups
    shares = [coverage(data, groups.kind == place) for place in range(3)]
    shares += [coverage(data, groups.category == place) for place in range(len(CATEGORIES))]
    shares += [coverage(data, groups.known == place) for place in range(2)]
    assert min(shares) > 0.76
    assert max(shares) < 0.86


def test_factors_tell_how_much_harder_a_group_is() -> None:
    factors = fit_rule(["a"], unlike()).interval.factors
    assert factors.kind["listing"] / factors.kind["name"] == pytest.approx(2.0, rel=0.15)
    assert factors.category["Appliances"] / factors.category["Electronics"] == pytest.approx(0.5, rel=0.2)
    assert factors.known["no"] / factors.known["yes"] == pytest.approx(1.5, rel=0.15)


def test_a_group_of_a_few_rows_is_drawn_to_the_whole() -> None:
    reach = np.where(np.arange(ROWS) < 5, np.log(4.0), 0.0)
    groups = Groups(np.ones(ROWS, int), np.where(np.arange(ROWS) < 5, 0, 1), np.ones(ROWS, int))
    _, factors = fit_factors(reach, np.full(ROWS, 4.0), groups)
    assert factors.category[CATEGORIES[0]] == pytest.approx(np.exp(np.log(4.0) * 5 / 55), rel=0.01)
    assert factors.category[CATEGORIES[2]] == 1.0


def test_the_interval_is_narrow_where_the_pricers_are_sure() -> None:
    data = sometimes_sure()
    rule = fit_rule(["a", "b"], data)
    low, high = rule.bounds(rule.log_price(data.logs, data.widths, data.groups), data.widths, data.groups)
    both = (data.widths["a"] < 1) & (data.widths["b"] < 1)
    neither = (data.widths["a"] > 1) & (data.widths["b"] > 1)
    assert (high - low)[both].mean() < 0.5 * (high - low)[neither].mean()


def test_pricers_that_lean_low_are_raised() -> None:
    data = held(a=0.2, b=0.2)
    low = replace(data, logs={name: each - 0.3 for name, each in data.logs.items()})
    assert fit_rule(["a", "b"], low).shift.offsets["title"] == pytest.approx([0.3] * 8, abs=0.15)


def test_no_shift_is_fitted_where_it_gains_nothing() -> None:
    data = held(a=0.05, b=0.05)
    assert fit_rule(["a", "b"], data).shift.offsets == {kind: [0.0] for kind in KINDS}
