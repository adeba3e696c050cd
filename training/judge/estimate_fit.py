"""Fits how far an estimate is to be believed: its errors by width and match, then how much of that counts beside the price."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from ensemble.judge.density import Floats, Posterior, TwoPiece
from ensemble.judge.model import EstimateFacts, EstimateModel, Facts, JudgeModel, PriorModel
from training.judge.cases import Case

MATCHES = ("exact", "model", "unknown")  # beside "similar", whose scale is the base
START = EstimateModel(0.0, -1.0, 0.8, {"exact": -0.3, "model": -0.1, "unknown": 0.2}, TwoPiece(1.0, 1.0, 4.0), 1.0)
SPREAD = np.array([0.1, 0.5, 0.3, 0.3, 0.3, 0.3, 0.2, 0.5])  # of the parameters around START, in the order of model_of
PULL = 10.0  # how firmly START holds, see fit_errors: some thirty cases decide what "exact" is worth
SHARPNESS = tuple(round(0.5 + 0.05 * i, 2) for i in range(15))  # of all evidence together, tried
POWERS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # tried


@dataclass(frozen=True)
class Estimated:
    """A case with what the pricers say, and how much its error counts."""

    case: Case
    estimate: EstimateFacts
    weight: float


def model_of(values: Floats) -> EstimateModel:
    """The model with these parameters [8]: bias, base, by_width, by_match of MATCHES, ln of the scale above the mode, ln of df.

    The scale below the mode is one over that above: `base` tells how large both are.
    """
    bias, base, by_width, *rest = (float(value) for value in values)
    by_match = dict(zip(MATCHES, rest[:3], strict=True))
    skew, df = rest[3:]
    shape = TwoPiece(float(np.exp(-skew)), float(np.exp(skew)), float(np.clip(np.exp(df), 2, 50)))
    return EstimateModel(bias, base, max(by_width, 0.0), by_match, shape, 1.0)


def values_of(model: EstimateModel) -> Floats:
    """The parameters [8] of a model, see model_of."""
    matches = [model.by_match[name] for name in MATCHES]
    return np.array(
        [model.bias, model.base, model.by_width, *matches, np.log(model.shape.high), np.log(model.shape.df)], np.float64
    )


def fit_errors(cases: Sequence[Estimated]) -> EstimateModel:
    """The model under which the truth is likeliest, seen from the estimates alone: what things are offered for plays no part.

    Penalised by PULL / 2 times the squared distance from START, in SPREADs.
    """
    start, weights = values_of(START), np.array([each.weight for each in cases])
    truth = np.array([each.case.y for each in cases])

    def loss(values: Floats) -> float:
        model = model_of(values)
        places = np.array([model.place(each.case.offer.price, each.estimate) for each in cases])
        likelihood = model.shape.log_likelihood(truth - places[:, 0], places[:, 1])
        return float(-(weights * likelihood).sum() + PULL * (((values - start) / SPREAD) ** 2).sum() / 2)

    return model_of(minimize(loss, start, method="Powell", options={"maxiter": 8, "xtol": 0.02, "ftol": 1e-4}).x)


def fit_estimate(deals: Sequence[Estimated], others: Sequence[Estimated], priors: Mapping[int, PriorModel]) -> EstimateModel:
    """Errors on deals and on `others`, which are no deals; the power on deals, by their weights: worth means the trusted prices.

    `priors`: by fold, each fitted on the others.
    """
    model = fit_errors([*deals, *others])
    prior = np.concatenate(
        [JudgeModel(priors[each.case.fold(len(priors))], START, {}).log_density(Facts(each.case.offer)) for each in deals]
    )
    truth, weights = np.array([each.case.y for each in deals]), np.array([each.weight for each in deals])
    power, _ = best_powers(prior, likelihoods(model, deals), truth, weights)
    return rounded(replace(model, power=power))


def best_powers(prior: Floats, likelihood: Floats, truth: Floats, weights: Floats) -> tuple[float, float]:
    """Power of an estimate's `likelihood` beside the `prior`, and sharpness of both, under which the `truth` [n] is likeliest.

    Chosen together: with the sharpness left at 1 the estimate would be held down for what prior and estimate both overstate.
    """

    def log_mass(powers: tuple[float, float]) -> float:
        power, sharpness = powers
        return float(np.average(Posterior.of(sharpness * (prior + power * likelihood)).log_mass(truth), weights=weights))

    return max(itertools.product(POWERS, SHARPNESS), key=log_mass)


def likelihoods(model: EstimateModel, cases: Sequence[Estimated]) -> Floats:
    """Log likelihoods over GRID [n, len(GRID)] of what the estimates say of the offers."""
    return np.concatenate([model.density(each.case.offer.price, each.estimate).rows for each in cases])


def rounded(model: EstimateModel) -> EstimateModel:
    """To four digits, which say all that a thousand deals can."""
    shape = TwoPiece(*(round(value, 4) for value in (model.shape.low, model.shape.high, model.shape.df)))
    by_match = {name: round(value, 4) for name, value in model.by_match.items()}
    numbers = {name: round(getattr(model, name), 4) for name in ("bias", "base", "by_width", "power")}
    return replace(model, by_match=by_match, shape=shape, **numbers)
