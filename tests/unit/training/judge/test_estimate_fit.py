"""Of estimates whose errors grow with their width, the fit finds how much; the power is what counts beside the price."""

import math
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("scipy", reason="needs scipy (make training)")

from ensemble.judge.density import TwoPiece
from ensemble.judge.model import EstimateFacts, Linear, PriorModel
from tests.unit.training.judge.own_deals import case
from training.judge.estimate_fit import START, Estimated, best_powers, fit_errors, fit_estimate, likelihoods, model_of, values_of

BIAS, BASE, BY_WIDTH, EXACT = 0.1, -0.7, 0.9, -0.5
PRIOR = PriorModel(Linear(0.2, {}), Linear(0.0, {}), TwoPiece(0.2, 0.2, 10.0))


def scale_of(width: float, match: str) -> float:
    """Scale of the error of an estimate whose ln(high / low) is `width`."""
    return math.exp(BASE + BY_WIDTH * math.log(width) + (EXACT if match == "exact" else 0.0))


def estimated(count: int, weight: float = 1.0, *, seed: int = 11, shared: float = 0.0) -> list[Estimated]:
    """Lamps at $100. `shared`: how much of the estimate's error is that of the asked price, which is then known twice."""
    rng, found = np.random.default_rng(seed), []
    for number in range(count):
        width, match = (0.2, 0.5, 1.0, 2.0)[number % 4], ("similar", "exact")[number // 4 % 2]
        noise = scale_of(width, match) * float(rng.standard_t(5))
        own = 0.2 * float(rng.standard_normal())
        y = 0.2 + own
        said = 100 * math.exp(y - BIAS - (1 - shared) * noise - shared * own)
        facts = EstimateFacts(said, said * math.exp(-width / 2), said * math.exp(width / 2), match)
        found.append(Estimated(case(100.0, 100 * math.exp(y), product=f"lamp {number}"), facts, weight))
    return found


def test_parameters_and_model_say_the_same() -> None:
    model = replace(START, by_match={"exact": -1.0, "model": 0.0, "unknown": 1.0}, shape=TwoPiece(0.8, 1.25, 6.0))
    again = model_of(values_of(model))
    assert values_of(again) == pytest.approx(values_of(model))
    assert (again.shape.low, again.shape.high, again.shape.df) == pytest.approx((0.8, 1.25, 6.0))


def test_errors_that_grow_with_the_width_are_found_to() -> None:
    model = fit_errors(estimated(1200))
    assert model.bias == pytest.approx(BIAS, abs=0.04)
    assert model.by_width == pytest.approx(BY_WIDTH, abs=0.1)
    for width in (0.2, 0.5, 1.0, 2.0):
        for match in ("similar", "exact"):
            said = EstimateFacts(100.0, 100 * math.exp(-width / 2), 100 * math.exp(width / 2), match)
            mean = (model.shape.low + model.shape.high) / 2
            assert model.place(100.0, said)[1] * mean == pytest.approx(scale_of(width, match), rel=0.15)


def test_a_match_that_no_case_has_stays_where_it_starts() -> None:
    assert fit_errors(estimated(400)).by_match["model"] == pytest.approx(START.by_match["model"], abs=0.02)


def test_a_case_counts_its_weight() -> None:
    few, many = estimated(200), [replace(each, weight=0.0) for each in estimated(200, seed=12)]
    wrong = [replace(each, estimate=replace(each.estimate, price=9 * each.estimate.price)) for each in many]
    assert fit_errors([*few, *wrong]).bias == pytest.approx(fit_errors(few).bias, abs=0.01)


def test_an_estimate_of_its_own_counts_more_than_one_that_repeats_the_price() -> None:
    def counted(shared: float) -> tuple[float, float]:
        deals = estimated(300, shared=shared)
        prior = np.repeat(PRIOR.density(deals[0].case.offer).rows, len(deals), axis=0)
        said = likelihoods(fit_errors(deals), deals)
        return best_powers(prior, said, np.array([each.case.y for each in deals]), np.ones(len(deals)))

    (own, sharpness), (repeating, blunt) = counted(0.0), counted(0.9)
    assert own * sharpness >= 0.8
    assert repeating * blunt < own * sharpness
    assert fit_estimate(estimated(300), [], dict.fromkeys(range(3), PRIOR)).power == own


def test_numbers_are_printed_to_four_digits() -> None:
    model = fit_estimate(estimated(40), estimated(40, 0.3, seed=13), dict.fromkeys(range(3), PRIOR))
    numbers = [model.bias, model.base, model.by_width, *model.by_match.values(), model.shape.low, model.shape.high, model.shape.df]
    assert numbers == [round(each, 4) for each in numbers]
