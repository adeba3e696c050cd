"""What every member says of rows that no member was fitted on, beside the truth: what rules are fitted and compared on."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ensemble.combine import width_of
from ensemble.groups import CategoryWords, Groups, is_known
from training.data.folds import folds_of
from training.data.market import LISTING, family_of
from training.data.parts import sampling_weights
from training.data.rows import Row
from training.evaluation.evaluation_file import request_of
from training.evaluation.pricers import Answer

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Held:
    """Log estimates by pricer and their ln(high / low), true prices in USD, how much each row counts, its fold, its groups.

    A pricer without intervals has no widths, or NaN for some rows. `evened`: weights under which listings, brand goods and deals
    count alike, so that the level is honest for each of them.
    """

    logs: Mapping[str, Floats]
    truth: Floats
    weights: Floats
    folds: npt.NDArray[np.int64]
    groups: Groups
    evened: Floats
    widths: Mapping[str, Floats] = field(default_factory=dict)

    def only(self, mask: npt.NDArray[np.bool_]) -> "Held":
        """The rows under `mask`."""
        logs, widths = ({name: values[mask] for name, values in each.items()} for each in (self.logs, self.widths))
        rows = (self.truth[mask], self.weights[mask], self.folds[mask], self.groups.only(mask), self.evened[mask])
        return Held(logs, *rows, widths)

    def among(self, names: Collection[str]) -> "Held":
        """What these pricers say of all rows."""
        logs, widths = ({name: each[name] for name in names if name in each} for each in (self.logs, self.widths))
        return replace(self, logs=logs, widths=widths)


@dataclass(frozen=True)
class Weighing:
    """How much rows count: `balance` and `balance_rest` are powers of the price (see sampling_weights); folds to cross-validate."""

    folds: int
    balance: float
    balance_rest: float


def held_of(
    rows: Sequence[Row], answers: Mapping[str, Sequence[Answer]], weighing: Weighing, category_words: CategoryWords
) -> Held:
    """What the fit works on."""
    logs = {name: np.log(np.array([answer.price for answer in column])) for name, column in answers.items()}
    widths = {name: _ends(column) for name, column in answers.items()}
    truth = np.array([row.price for row in rows], np.float64)
    weights = sampling_weights(rows, weighing.balance, weighing.balance_rest)
    known = [is_known(column[i].is_known for column in answers.values()) for i in range(len(rows))]
    groups = Groups.stacked([category_words.group_of(request_of(row), each) for row, each in zip(rows, known, strict=True)])
    return Held(logs, truth, weights, folds_of(rows, weighing.folds), groups, evened(rows, weights), widths)


def evened(rows: Sequence[Row], weights: Floats) -> Floats:
    """Mean 1, the same sum for each family: listings keep their `weights` (the published prices), all other rows count alike."""
    families = np.array([family_of(row) for row in rows])
    found = np.where(families == LISTING, weights, 1.0)
    for family in set(families.tolist()):
        own = families == family
        found[own] *= len(rows) / len(set(families.tolist())) / found[own].sum()
    return np.asarray(found)


def _ends(column: Sequence[Answer]) -> Floats:
    """ln(high / low) of each answer, NaN where there is none."""
    return np.array([math.nan if a.low is None or a.high is None else width_of(a.low, a.high) for a in column])
