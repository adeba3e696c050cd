"""Fits what stated references say of worth, on deals whose market price is trusted.

A kind is fitted on those that state it. For next_best and history the label nearly always is of the same kind, which measures the
reader and the words' own rounding; sellers' claims are fitted on the trusted label beside them, since a claim repeats itself
exactly in a label of its own kind. Where few deals state a kind, it stays near START.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from common.judging import CLAIMS
from ensemble.judge.density import Floats, Posterior, TwoPiece
from ensemble.judge.model import ReferenceFacts, ReferenceModel
from training.judge.cases import Case
from training.judge.simplex import least

START: Mapping[str, ReferenceModel] = {
    "next_best": ReferenceModel(1.0, 0.0, TwoPiece(0.02, 0.02, 2.0)),
    "history": ReferenceModel(1.0, 0.0, TwoPiece(0.03, 0.03, 2.0)),
    "all_time_low": ReferenceModel(1.0, 0.1, TwoPiece(0.1, 0.2, 4.0)),
    # What a seller says that people would pay is an upper end: of 792 goods in makers' own shops whose usual price was tracked 36 %
    # cost their list price, two more, and the others less, by anything. A mean between would be moved by what nobody pays.
    "claims": ReferenceModel(1.0, 0.0, TwoPiece(1.0, 0.1, 4.0)),
    # A refurbished or used one costs three quarters of a new one: no trusted price of one tells it better.
    "new_price": ReferenceModel(1.0, -0.29, TwoPiece(0.25, 0.2, 4.0)),
    # What it was offered for before were deals, too: worth lies above.
    "seen": ReferenceModel(0.5, 0.2, TwoPiece(0.25, 0.3, 4.0)),
}
LEAST = 0.01  # of a scale: the step of the grid
PULL = 3.0  # how firmly START holds: what the squared distance from it, in SPREADs, costs in log likelihood
SPREAD = np.array([0.2, 0.1, 0.7, 0.7])  # of slope, bias, and the logarithms of both scales


def fit_references(cases: Sequence[Case], priors: Sequence[Floats]) -> dict[str, ReferenceModel]:
    """A model for each kind of reference. `priors`: log probabilities over GRID, [len(GRID)] of each case, by its price alone, from
    models that have not seen its fold.
    """
    found: dict[str, ReferenceModel] = {}
    for kind in ("next_best", "history", "all_time_low", "claims"):
        members = CLAIMS if kind == "claims" else (kind,)
        pairs = [(case, prior) for case, prior in zip(cases, priors, strict=True) if case.is_trusted and stated(case, members)]
        fitted = _fit(START[kind], members, pairs) if pairs else START[kind]
        found |= dict.fromkeys(members, fitted)
    return found | {kind: START[kind] for kind in ("new_price", "seen")}


def stated(case: Case, kinds: Sequence[str]) -> float | None:
    """The highest reference of these kinds that a deal states, in USD."""
    return max((each.price for each in case.references if each.kind in kinds), default=None)


def _fit(start: ReferenceModel, members: Sequence[str], pairs: Sequence[tuple[Case, Floats]]) -> ReferenceModel:
    prior = np.stack([row for _, row in pairs])
    truth = np.array([case.y for case, _ in pairs])
    facts = [(case.offer.price, ReferenceFacts(members[0], stated(case, members) or 0.0)) for case, _ in pairs]
    first = _values(start)

    def loss(values: Floats) -> float:
        model = _model(values, start)
        rows = np.concatenate([model.density(price, fact, 1.0).rows for price, fact in facts])
        return float(-Posterior.of(prior + rows).log_mass(truth).sum() + PULL * (((values - first) / SPREAD) ** 2).sum())

    return _model(least(loss, first, SPREAD), start)


def _values(model: ReferenceModel) -> Floats:
    return np.array([model.slope, model.bias, np.log(model.shape.low), np.log(model.shape.high)])


def _model(values: Floats, start: ReferenceModel) -> ReferenceModel:
    slope, bias, low, high = (float(value) for value in values)
    below, above = (round(float(max(np.exp(each), LEAST)), 4) for each in (low, high))
    return replace(start, slope=round(slope, 4), bias=round(bias, 4), shape=TwoPiece(below, above, start.shape.df))
