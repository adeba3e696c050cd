"""How well offers are judged: of worth, interval, chance and alerts, against what the goods otherwise cost.

Every case is a published discount: nothing here rewards a high estimate. Knows nothing of how worth is found.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from common.judging import MARGIN, Judgement
from ensemble.judge.density import Floats
from training.judge.cases import Case, by_kind

Flags = npt.NDArray[np.bool_]
RIGHT = 0.3  # of the market price: a true saving that makes an alert right
PARTS = (1.0, 0.7, 0.5, 0.3)  # of the market price at which goods are offered, with nothing stated
BIN_EDGES = tuple(round(0.1 * i, 1) for i in range(11))


@dataclass(frozen=True, eq=False)
class Outcome:
    """Arrays over n cases: asked and market prices and worth with its interval in USD, chance, alerts, claimed saving in USD.

    `pushed` [n, len(PARTS)]: whether the good would be pushed at each part of its market price. `reference`: the highest stated
    reference in USD, NaN where none is stated.
    """

    asked: Floats
    market: Floats
    worth: Floats
    low: Floats
    high: Floats
    chance: Floats
    saving: Floats
    is_alert: Flags
    pushed: Flags
    reference: Floats

    @classmethod
    def of(
        cls,
        pairs: Sequence[tuple[Case, Judgement]],
        is_alert: Callable[[Judgement, float], bool],
        pushed: Flags,
        reference: Floats,
    ) -> "Outcome":
        """`is_alert`: the policy, of a judgement and the asked price in USD."""
        columns = [[case.offer.price, case.market, j.worth, j.low, j.high, j.chance, j.saving] for case, j in pairs]
        alerts = np.array([is_alert(judgement, case.offer.price) for case, judgement in pairs], bool)
        asked, market, worth, low, high, chance, saving = np.array(columns, np.float64).reshape(-1, 7).T
        return cls(asked, market, worth, low, high, chance, saving, alerts, pushed, reference)

    def only(self, mask: Flags) -> "Outcome":
        """The cases under `mask`."""
        return Outcome(*(getattr(self, each.name)[mask] for each in fields(self)))

    def __len__(self) -> int:
        return len(self.asked)


def score(outcome: Outcome) -> dict[str, Any]:
    """The figures of a set of cases; what nothing is known of, as the savings of no alerts, is None."""
    market, asked, alerts = np.log(outcome.market), np.log(outcome.asked), outcome.is_alert
    true = (outcome.market - outcome.asked)[alerts]
    is_inside = (outcome.low <= outcome.market) & (outcome.market <= outcome.high)
    happened = outcome.market >= (1 + MARGIN) * outcome.asked
    is_stated = np.isfinite(outcome.reference)
    usual = np.median(market - asked) if len(outcome) else 0.0
    return {
        "n": len(outcome),
        "ln": _mean(np.abs(np.log(outcome.worth) - market)),
        "ln_price": _mean(np.abs(asked + usual - market)),
        "ln_reference": _mean(np.abs(np.log(outcome.reference[is_stated]) - market[is_stated])),
        "coverage80": _mean(is_inside),
        "alerts_per_1000": _mean(1000 * alerts, 1),
        "claimed": _mean(outcome.saving[alerts], 2),
        "true": _mean(true, 2),
        "right30": _mean(true >= RIGHT * outcome.market[alerts]),
        "brier": _mean((outcome.chance - happened) ** 2),
        "bins": bins_of(outcome.chance, happened),
        "pushed_at": {str(part): _mean(1000 * outcome.pushed[:, i], 1) for i, part in enumerate(PARTS)},
    }


def bins_of(chance: Floats, happened: Flags) -> list[list[float]]:
    """[mean chance, share that happened, n] of each tenth of the chances that has any."""
    found = []
    for low, high in itertools.pairwise(BIN_EDGES):
        inside = (chance >= low) & ((chance < high) | (high == BIN_EDGES[-1]))
        if inside.any():
            found.append([round(float(np.mean(chance[inside])), 4), round(float(np.mean(happened[inside])), 4), int(inside.sum())])
    return found


def scores(cases: Sequence[Case], outcome: Outcome, others: dict[str, Flags]) -> dict[str, Any]:
    """All cases, and `by` kind of market price, the trusted ones also together, and the groups `others`, [n] each."""
    kinds = np.array([case.kind for case in cases])
    groups = {kind: kinds == kind for kind, _ in by_kind(cases)}
    groups["trusted"] = np.array([case.is_trusted for case in cases], bool)
    return score(outcome) | {"by": {name: score(outcome.only(mask)) for name, mask in (groups | others).items()}}


def _mean(values: npt.NDArray[Any], digits: int = 4) -> float | None:
    return round(float(np.mean(values)), digits) if len(values) else None
