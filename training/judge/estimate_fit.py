"""Fits how far an estimate is to be believed beside the asked price: by what is likely of deals of other folds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize

from ensemble.judge.density import GRID, Floats, Posterior, TwoPiece
from ensemble.judge.model import EstimateFacts, EstimateModel, Facts, JudgeModel, PriorModel
from training.judge.cases import Case

MATCHES = ("exact", "model", "unknown")  # beside "similar", whose scale is the base
START = EstimateModel(0.0, -0.9, 0.5, dict.fromkeys(MATCHES, 0.0), TwoPiece(1.0, 1.0, 4.0), 0.8)
PULL = 0.01  # of the parameters towards START, a square each: some 30 deals decide what "exact" is worth


def model_of(values: Floats) -> EstimateModel:
    """The model with these parameters: bias, base, by_width, by_match, log ratio of the scales, log df, and logit of the power."""
    bias, base, by_width, *rest = (float(value) for value in values)
    by_match, (skew, df, power) = dict(zip(MATCHES, rest[:3], strict=True)), rest[3:]
    shape = TwoPiece(float(np.exp(-skew)), float(np.exp(skew)), float(np.clip(np.exp(df), 1.5, 50)))
    return EstimateModel(bias, base, max(by_width, 0.0), by_match, shape, float(1 / (1 + np.exp(-power))))


def values_of(model: EstimateModel) -> Floats:
    """The parameters of a model, see model_of."""
    power = np.log(model.power / (1 - model.power))
    matches = [model.by_match[name] for name in MATCHES]
    return np.array(
        [model.bias, model.base, model.by_width, *matches, np.log(model.shape.high), np.log(model.shape.df), power], np.float64
    )


def fit_estimate(cases: Sequence[Case], estimates: Sequence[EstimateFacts], priors: Mapping[int, PriorModel]) -> EstimateModel:
    """`priors`: by fold, each fitted on the others, as many as there are folds."""
    folds = len(priors)
    rows = np.concatenate(
        [JudgeModel(priors[case.fold(folds)], START, {}).judge(Facts(case.offer)).posterior.mass for case in cases]
    )
    prior = np.log(rows)
    at = np.clip(np.searchsorted(GRID, [case.y for case in cases]), 0, len(GRID) - 1)
    start = values_of(START)

    def loss(values: Floats) -> float:
        model = model_of(values)
        likelihood = np.stack([estimate_row(model, case.offer.price, each) for case, each in zip(cases, estimates, strict=True)])
        mass = Posterior.of(prior + likelihood).mass[np.arange(len(at)), at]
        return float(-np.log(mass).mean() + PULL * ((values - start) ** 2).mean())

    best = minimize(loss, start, method="Powell", options={"maxiter": 12, "xtol": 0.02, "ftol": 1e-4})
    return rounded(model_of(best.x))


def estimate_row(model: EstimateModel, price: float, estimate: EstimateFacts) -> Floats:
    """Log likelihood over GRID of what an estimate says of an offer."""
    row: Floats = model.density(price, estimate).rows[0]
    return row


def rounded(model: EstimateModel) -> EstimateModel:
    """To four digits, which say all that a thousand deals can."""
    shape = TwoPiece(*(round(value, 4) for value in (model.shape.low, model.shape.high, model.shape.df)))
    by_match = {name: round(value, 4) for name, value in model.by_match.items()}
    numbers = {name: round(getattr(model, name), 4) for name in ("bias", "base", "by_width", "power")}
    return replace(model, by_match=by_match, shape=shape, **numbers)
