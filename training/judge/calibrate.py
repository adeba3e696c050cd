"""Makes judges honest on deals that they have not seen: one sharpness for all evidence, one calibration of the chances.

Three numbers, fitted on some thousand deals judged by models of other folds.
"""

import math
from collections.abc import Mapping

import numpy as np

from ensemble.judge.density import Floats, Posterior
from ensemble.judge.model import TINY, Calibration, Facts, JudgeModel, ReferenceFacts
from training.judge.cases import Case
from training.judge.estimate_fit import SHARPNESS
from training.judge.fit import Evidence, estimate_of
from training.judge.judging import told
from training.judge.simplex import least

MARGINS = (0.1, 0.25, 0.5)  # by which worth exceeds the price, or does not
PLATT_UNITS = np.array([0.3, 0.3])  # of intercept and slope


def calibrated(models: Mapping[int, JudgeModel], evidence: Evidence) -> tuple[float, Calibration]:
    """Sharpness and calibration of these cross-fitted judges, `models` by fold; no pricer was fitted on `evidence`.

    Each case is judged by the model of its fold. Sharpness is that of blind judgements: it tempers price and estimate, which err
    together, and what others ask needs no tempering. The chances are those of blind judgements and of open ones (see facts_of).
    """
    judges = [models[case.fold(len(models))] for case in evidence.cases]
    at = np.array([case.y for case in evidence.cases])
    facts = [facts_of(case, evidence, i) for i, case in enumerate(evidence.cases)]
    blind, open_eyed = (
        np.concatenate([judge.log_density(each) for judge, each in zip(judges, column, strict=True)])
        for column in zip(*facts, strict=True)
    )
    sharpness = max(SHARPNESS, key=lambda each: _log_mass(blind, at, each))
    posterior = Posterior.of(sharpness * np.concatenate((blind, open_eyed)))
    return sharpness, _platt(posterior, np.concatenate((at, at)))


def facts_of(case: Case, evidence: Evidence, position: int) -> tuple[Facts, Facts]:
    """What is known of a case blind, and with what its text states, but for a claim that its label repeats: that proves itself."""
    estimate = estimate_of(evidence.answers[position])
    shown = told(case, "stated" if case.is_trusted else "others")
    references = tuple(ReferenceFacts(each.kind, each.price) for each in shown)
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
        return float(np.sum(np.logaddexp(0, np.where(happened, -z, z))))

    intercept, slope = (round(float(value), 4) for value in least(loss, np.array([0.0, 1.0]), PLATT_UNITS))
    return Calibration(intercept, slope)
