"""How well offers are judged: of worth, interval, chance and alerts, against what the goods otherwise cost.

Every case is a published discount: nothing here rewards a high estimate. Knows nothing of how worth is found.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from common.judging import MARGIN, Judgement
from ensemble.judge.density import Floats
from training.judge.cases import Case, by_kind

RIGHT = 0.3  # of the market price: a true saving that makes an alert right
BIN_EDGES = tuple(round(0.1 * i, 1) for i in range(11))


@dataclass(frozen=True)
class Outcome:
    """Arrays over cases: asked and market prices and worth with its interval in USD, chance, alerts, claimed saving in USD."""

    asked: Floats
    market: Floats
    worth: Floats
    low: Floats
    high: Floats
    chance: Floats
    is_alert: npt.NDArray[np.bool_]
    saving: Floats

    @classmethod
    def of(cls, cases: Sequence[Case], judgements: Sequence[Judgement], is_alert: Callable[[Judgement, float], bool]) -> "Outcome":
        """`is_alert`: the policy, of a judgement and the asked price."""
        pairs = list(zip(cases, judgements, strict=True))
        columns = [[case.offer.price, case.market, j.worth, j.low, j.high, j.chance, j.saving] for case, j in pairs]
        asked, market, worth, low, high, chance, saving = np.array(columns, np.float64).reshape(-1, 7).T
        alerts = np.array([is_alert(judgement, case.offer.price) for case, judgement in pairs], bool)
        return cls(asked, market, worth, low, high, chance, alerts, saving)

    def only(self, mask: npt.NDArray[np.bool_]) -> "Outcome":
        """The cases under `mask`."""
        return Outcome(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        return len(self.asked)


def score(outcome: Outcome, reference: Floats | None = None) -> dict[str, Any]:
    """The figures of a set of cases. `reference`: the highest stated reference of each in USD, NaN where none is stated."""
    if not len(outcome):
        return {"n": 0}
    market, asked = np.log(outcome.market), np.log(outcome.asked)
    alerts, true = outcome.is_alert, outcome.market - outcome.asked
    happened = outcome.market >= (1 + MARGIN) * outcome.asked
    return {
        "n": len(outcome),
        "ln": _round(np.mean(np.abs(np.log(outcome.worth) - market))),
        "ln_price": _round(np.mean(np.abs(asked + np.median(market - asked) - market))),
        "ln_reference": None if reference is None else _round(np.nanmean(np.abs(np.log(reference) - market))),
        "coverage80": _round(np.mean((outcome.low <= outcome.market) & (outcome.market <= outcome.high))),
        "alerts_per_1000": _round(1000 * np.mean(alerts), 1),
        "claimed": _round(np.mean(outcome.saving[alerts]), 2) if alerts.any() else None,
        "true": _round(np.mean(true[alerts]), 2) if alerts.any() else None,
        "right30": _round(np.mean(true[alerts] >= RIGHT * outcome.market[alerts])) if alerts.any() else None,
        "brier": _round(np.mean((outcome.chance - happened) ** 2)),
        "bins": bins_of(outcome.chance, happened),
    }


def bins_of(chance: Floats, happened: npt.NDArray[np.bool_]) -> list[list[float]]:
    """[mean chance, share that happened, n] of each tenth of the chances that has any."""
    found = []
    for low, high in itertools.pairwise(BIN_EDGES):
        inside = (chance >= low) & ((chance < high) | (high == BIN_EDGES[-1]))
        if inside.any():
            found.append([round(float(np.mean(chance[inside])), 4), round(float(np.mean(happened[inside])), 4), int(inside.sum())])
    return found


def scores(cases: Sequence[Case], outcome: Outcome, reference: Floats | None = None) -> dict[str, Any]:
    """All cases, and `by` kind of market price, the trusted ones also together."""
    kinds = np.array([case.kind for case in cases])
    trusted = np.array([case.is_trusted for case in cases], bool)
    groups = {kind: kinds == kind for kind, _ in by_kind(cases)} | {"trusted": trusted}
    by = {name: score(outcome.only(mask), None if reference is None else reference[mask]) for name, mask in groups.items()}
    return score(outcome, reference) | {"by": by}


def _round(value: np.floating[Any] | float, digits: int = 4) -> float | None:
    return round(float(value), digits) if np.isfinite(value) else None
