"""Fits the judge: the prior on all deals, the estimate's weight on those that no pricer was fitted on, references where stated.

Cross-fitted: every part is fitted on what the parts before it say of deals of other folds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from common.pricing import PriceResponse
from ensemble.judge.density import Floats
from ensemble.judge.model import EstimateFacts, Facts, JudgeModel, PriorModel
from ensemble.judge.service import match_of
from training.command_line.log import log
from training.judge.cases import USUAL, Case
from training.judge.estimate_fit import START, Estimated, fit_estimate
from training.judge.prior_fit import PriorRecipe, fit_prior
from training.judge.reference_fit import fit_references

INNER_FOLDS = 4  # within a fold of the cross-validation


@dataclass(frozen=True)
class Recipe:
    """All that decides the judge. What the error of an estimate counts: 1 of a deal with a trusted price, `claimed` of another one,
    `usual` of a good at its own price, of which there are as many as one likes. `folds`: of the priors beside which the rest is
    fitted.
    """

    prior: PriorRecipe = field(default_factory=PriorRecipe)
    folds: int = 5
    claimed: float = 0.3
    usual: float = 0.3


@dataclass(frozen=True, eq=False)
class Evidence:
    """Cases [n] with what the pricers say; `is_usual`: a good at its own price.

    `is_honest`: none of the pricers, nor the weights that one of them goes on from, was fitted on it.
    """

    cases: Sequence[Case]
    answers: Sequence[PriceResponse]
    is_honest: npt.NDArray[np.bool_]
    is_usual: npt.NDArray[np.bool_]

    def only(self, mask: npt.NDArray[np.bool_]) -> "Evidence":
        """The cases under `mask`."""
        at = np.flatnonzero(mask).tolist()
        return Evidence([self.cases[i] for i in at], [self.answers[i] for i in at], self.is_honest[mask], self.is_usual[mask])

    def folds(self, count: int) -> npt.NDArray[np.int64]:
        """The fold of each case, of `count`, [n]."""
        return np.array([case.fold(count) for case in self.cases], np.int64)


def estimate_of(answer: PriceResponse) -> EstimateFacts:
    """What the model takes of an answer."""
    return EstimateFacts(answer.price, answer.low, answer.high, match_of(answer))


def fit_judge(evidence: Evidence, recipe: Recipe) -> JudgeModel:
    """The judge. Prior and references are those of published deals alone; goods at their own price teach how far estimates err."""
    deals = evidence.only(~evidence.is_usual)
    folds = deals.folds(recipe.folds)
    priors = {fold: fit_prior(deals.only(folds != fold).cases, recipe.prior) for fold in range(recipe.folds)}
    prior = fit_prior(deals.cases, recipe.prior)
    honest = deals.only(deals.is_honest)
    estimate = fit_estimate(_estimated(honest, recipe), _estimated(evidence.only(evidence.is_usual), recipe), priors)
    references = fit_references(deals.cases, _log_priors(deals, priors))
    return JudgeModel(prior, estimate, references)


def _estimated(evidence: Evidence, recipe: Recipe) -> list[Estimated]:
    pairs = zip(evidence.cases, evidence.answers, strict=True)
    return [Estimated(case, estimate_of(answer), _weight(case, recipe)) for case, answer in pairs]


def _weight(case: Case, recipe: Recipe) -> float:
    return recipe.usual if case.kind == USUAL else 1.0 if case.is_trusted else recipe.claimed


def _log_priors(evidence: Evidence, priors: Mapping[int, PriorModel]) -> list[Floats]:
    """Log probabilities over GRID, [len(GRID)] of each case, by the asked price alone."""
    rows = []
    for case in evidence.cases:
        model = JudgeModel(priors[case.fold(len(priors))], START, {})
        rows.append(np.log(model.judge(Facts(case.offer)).posterior.mass[0]))
    return rows


def crossed(evidence: Evidence, recipe: Recipe, folds: int) -> dict[int, JudgeModel]:
    """A judge for each fold that has seen none of its products, so that its figures on them are of new ones."""
    fold_of = evidence.folds(folds)
    found = {}
    for fold in range(folds):
        log("judge without fold", fold)
        found[fold] = fit_judge(evidence.only(fold_of != fold), replace(recipe, folds=INNER_FOLDS))
    return found
