"""Makes judges honest on deals that they have not seen: one sharpness for all evidence, one calibration of the chances.

Three numbers, fitted on some thousand deals judged by models of other folds: blind and with what their texts state.
"""

import math
from collections.abc import Mapping

import numpy as np
from scipy.optimize import minimize

from ensemble.judge.density import Floats, Posterior
from ensemble.judge.model import TINY, Calibration, Facts, JudgeModel, ReferenceFacts
from training.judge.cases import Case
from training.judge.estimate_fit import SHARPNESS
from training.judge.fit import Evidence, estimate_of

MARGINS = (0.1, 0.25, 0.5)  # by which worth exceeds the price, or does not


def calibrated(models: Mapping[int, JudgeModel], evidence: Evidence) -> tuple[float, Calibration]:
    """Sharpness and calibration of these cross-fitted judges, `models` by fold; no pricer was fitted on `evidence`.

    Each case is judged by the model of its fold, blind and with its references, and both count.
    """
    facts = [each for i, case in enumerate(evidence.cases) for each in facts_of(case, evidence, i)]
    judges = [models[case.fold(len(models))] for case in evidence.cases for _ in range(2)]
    at = np.repeat([case.y for case in evidence.cases], 2)
    rows = np.concatenate([judge.log_density(each) for judge, each in zip(judges, facts, strict=True)])
    sharpness = max(SHARPNESS, key=lambda each: _log_mass(rows, at, each))
    return sharpness, _platt(Posterior.of(sharpness * rows), at)


def facts_of(case: Case, evidence: Evidence, position: int) -> tuple[Facts, Facts]:
    """What is known of a case blind, and with all that its text states."""
    estimate = estimate_of(evidence.answers[position])
    references = tuple(ReferenceFacts(each.kind, each.price) for each in case.references)
    return Facts(case.offer, estimate), Facts(case.offer, estimate, references)


def _log_mass(rows: Floats, at: Floats, sharpness: float) -> float:
    """Mean log probability of the truths `at` [n] under log densities `rows` [n, len(GRID)]."""
    return float(Posterior.of(sharpness * rows).log_mass(at).mean())


def _platt(posterior: Posterior, at: Floats) -> Calibration:
    """What turns chances at MARGINS into shares that came true, by the least log loss (Platt 1999)."""
    chances = np.stack([posterior.chance(math.log1p(margin)) for margin in MARGINS], axis=1)
    happened = at[:, None] > np.log1p(MARGINS)[None, :]
    odds = np.log(np.clip(chances, TINY, 1) / np.clip(1 - chances, TINY, 1))

    def loss(values: Floats) -> float:
        z = values[0] + values[1] * odds
        return float(np.mean(np.logaddexp(0, np.where(happened, -z, z))))

    best = minimize(loss, np.array([0.0, 1.0]), method="Nelder-Mead").x
    return Calibration(round(float(best[0]), 4), round(float(best[1]), 4))
