"""Fits what the asked price alone says: how far below worth goods are offered, by shop, kind of goods, price and words.

Least absolute deviations with a ridge (reweighted least squares): a few prices in a text are simply wrong, and means follow them.
y is ln(market price / asked price) throughout; a deal's terms are those of ensemble.judge.terms.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.linalg import lsqr

from ensemble.judge.density import Floats, TwoPiece
from ensemble.judge.model import Linear, PriorModel
from ensemble.judge.terms import is_word, terms_of
from training.judge.cases import Case
from training.judge.simplex import least

RARE = 3  # deals that a term must hold for
ROUNDS = 8  # of reweighting
SOFT = 0.05  # residuals below this count alike
STEADY = 0.2  # residual whose deal counts one against the ridge
FARTHEST = (-7.0, 7.0)  # logarithms of scales and df that are tried
SHAPE_UNITS = np.array([0.5, 0.5, 0.5, 0.05])  # of the logarithms of low, high and df, and of the mode
LEAST_SCALE = 0.03  # of residuals, before their logarithm is taken
SPREADING = ("kind", "shop", "level", "condition")  # with what terms begin that say how far deals spread
LABEL = "label="  # of the term that says what kind of price the market price is


@dataclass(frozen=True)
class PriorRecipe:
    """`ridge` of location and of scale, in deals; `word`: what words count beside other terms; `prior_folds`: see fit_prior.

    `label`: what the kind of the market price counts. At 0 all kinds are taken for what a thing otherwise costs; at 1 what a
    seller's claims lie above that is fitted beside the other terms and left out of the model.
    """

    ridge: float = 25.0
    scale_ridge: float = 100.0
    word: float = 0.6
    label: float = 0.2
    prior_folds: int = 5


@dataclass(frozen=True)
class _Table:
    """Which terms hold for which deals, [n, len(names)], each with what it counts."""

    names: list[str]
    cells: sp.csr_matrix

    def only(self, rows: npt.NDArray[np.bool_]) -> "_Table":
        """Some of the deals."""
        return _Table(self.names, self.cells[rows])


def fit_prior(cases: Sequence[Case], recipe: PriorRecipe) -> PriorModel:
    """The prior of published deals.

    Scale and shape are those of deals of other folds, by product: a fit's own residuals are too small.
    """
    target = np.array([case.y for case in cases])
    table = _table([[*terms_of(case.offer), label_term(case)] for case in cases], recipe)
    folds = np.array([case.fold(recipe.prior_folds) for case in cases])
    residuals, scales = np.empty_like(target), np.empty_like(target)
    for fold in range(recipe.prior_folds):
        seen, asked = folds != fold, folds == fold
        intercept, found = _fit_location(table.cells[seen], target[seen], recipe)
        residuals[asked] = target[asked] - intercept - table.cells[asked] @ found
    for fold in range(recipe.prior_folds):
        seen, asked = folds != fold, folds == fold
        scales[asked] = np.exp(_values(_fit_scale(table.only(seen), residuals[seen], recipe), table.only(asked)))
    intercept, found = _fit_location(table.cells, target, recipe)
    shape, mode = _fit_shape(residuals, scales)
    return PriorModel(_linear(table, intercept + mode, found, recipe), _fit_scale(table, residuals, recipe), shape)


def label_term(case: Case) -> str:
    """What kind of claim the market price is; "" of a trusted one, which is what worth means."""
    return "" if case.is_trusted else f"{LABEL}{case.kind}"


def _table(rows: Sequence[Sequence[str]], recipe: PriorRecipe) -> _Table:
    counts = Counter(term for row in rows for term in row)
    names = sorted(term for term, count in counts.items() if count >= RARE and term)
    at = {name: i for i, name in enumerate(names)}
    cells = sp.lil_matrix((len(rows), len(names)))
    for i, row in enumerate(rows):
        for term in row:
            if term in at:
                cells[i, at[term]] = recipe.word if is_word(term) else recipe.label if term.startswith(LABEL) else 1.0
    return _Table(names, cells.tocsr())


def _fit_location(cells: sp.csr_matrix, target: Floats, recipe: PriorRecipe) -> tuple[float, Floats]:
    intercept, found = float(np.median(target)), np.zeros(cells.shape[1])
    for _ in range(ROUNDS):
        residuals = np.abs(target - intercept - cells @ found)
        intercept, found = _ridge(cells, target, STEADY / np.maximum(residuals, SOFT), recipe.ridge)
    return intercept, found


def _fit_scale(table: _Table, residuals: Floats, recipe: PriorRecipe) -> Linear:
    """ln of how far deals lie from the mode. Words and what three terms make together say little of that."""
    spreading = np.array([name.split("=")[0] in SPREADING and name.count("=") <= 2 for name in table.names], np.float64)
    cells, target = table.cells @ sp.diags(spreading), np.log(np.maximum(np.abs(residuals), LEAST_SCALE))
    intercept, found = _ridge(cells, target, np.ones_like(target), recipe.scale_ridge)
    return _linear(table, intercept, found, recipe)


def _ridge(cells: sp.csr_matrix, target: Floats, weights: Floats, ridge: float) -> tuple[float, Floats]:
    """(intercept, weights of the columns) of weighted least squares with a ridge on all but the intercept."""
    root = np.sqrt(weights)
    centre = float(np.average(target, weights=weights))
    design = sp.hstack([sp.csr_matrix(np.ones((len(target), 1))), cells]).multiply(root[:, None]).tocsr()
    damp = sp.diags(np.r_[1e-3, np.full(cells.shape[1], np.sqrt(ridge))])
    found = lsqr(sp.vstack([design, damp]), np.r_[(target - centre) * root, np.zeros(cells.shape[1] + 1)], iter_lim=400)[0]
    return centre + float(found[0]), found[1:]


def _linear(table: _Table, intercept: float, weights: Floats, recipe: PriorRecipe) -> Linear:
    """As the model keeps it: without the kinds of labels, and without weights that change a price by less than a thousandth."""
    kept = {
        name: round(float(weight), 5)
        for name, weight in zip(table.names, weights, strict=True)
        if not name.startswith(LABEL) and abs(weight) >= 0.001
    }
    return Linear(round(intercept, 5), kept, recipe.word)


def _values(linear: Linear, table: _Table) -> Floats:
    return np.asarray(linear.intercept + table.cells @ np.array([linear.weights.get(name, 0.0) for name in table.names]))


def _fit_shape(residuals: Floats, scales: Floats) -> tuple[TwoPiece, float]:
    """The two-piece t, and where its mode lies, under which residuals of these scales are most likely."""

    def loss(logs: Floats) -> float:
        return -float(np.sum(_shape(logs[:3]).log_likelihood(residuals - logs[3], scales)))

    best = least(loss, np.array([0.0, 0.0, np.log(4.0), 0.0]), SHAPE_UNITS)
    return _shape(best[:3]), float(best[3])


def _shape(logs: Floats) -> TwoPiece:
    """From the logarithms of low, high and df; few deals that lie well may ask for a df without end."""
    low, high, df = (round(float(value), 4) for value in np.exp(np.clip(logs, *FARTHEST)))
    return TwoPiece(low, high, min(max(df, 1.5), 50.0))
