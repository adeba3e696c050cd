"""What an evaluation found: each pricer's answers and scores, how the pricers differ, and what a reader must know of it.

Knows nothing of how estimates were made nor of how they are shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from training.data.rows import Row
from training.evaluation.comparison import Difference
from training.evaluation.metrics import Outcome, Score, score, score_bands, score_groups
from training.evaluation.pricers import Answer


@dataclass(frozen=True)
class Evaluated:
    """One pricer. `groups`: its scores by split, category and price_band; `levels`: by the band of its estimates."""

    name: str
    outcome: Outcome
    total: Score
    groups: Mapping[str, Mapping[str, Score]]
    levels: Mapping[str, Score] = field(default_factory=dict)


@dataclass(frozen=True)
class Findings:
    """All pricers, asked for the same rows of the file `data`. `notes` tell what a reader must know; `seed` draws points."""

    data: str
    titles: Sequence[str]
    evaluated: Sequence[Evaluated]
    differences: Sequence[Difference] = ()
    notes: Sequence[str] = field(default_factory=list)
    seed: int = 42

    def as_json(self, skipped: int) -> dict[str, Any]:
        """The last line of training.evaluate, and scores.json; `skipped`: rows that not all pricers could answer for."""
        told = {
            each.name: {"pricer": each.name, **each.total, "skipped": skipped, "by": each.groups, "by_estimate_band": each.levels}
            for each in self.evaluated
        }
        if len(told) == 1:
            return next(iter(told.values()))
        return {"n": len(self.titles), "skipped": skipped, "pricers": told, "differences": list(self.differences)}


def outcome_of(rows: Sequence[Row], answers: Sequence[Answer]) -> Outcome:
    """Truths beside estimates."""
    truth = np.array([row.price for row in rows], np.float64)
    price, low, high = np.array([(each.price, each.low, each.high) for each in answers], np.float64).T
    return Outcome(truth, price, low, high)


def scores_of(rows: Sequence[Row], outcome: Outcome, seed: int) -> dict[str, dict[str, Score]]:
    """Metrics by split, category and price band."""
    return {
        "split": score_groups(outcome, [row.split for row in rows], seed),
        "category": score_groups(outcome, [row.main_category for row in rows], seed),
        "price_band": score_bands(outcome, seed),
    }


def judge(name: str, rows: Sequence[Row], answers: Sequence[Answer], seed: int) -> Evaluated:
    """A pricer by its answers for the rows."""
    outcome = outcome_of(rows, answers)
    levels = score_bands(outcome, seed, of=outcome.price)
    return Evaluated(name, outcome, score(outcome, seed), scores_of(rows, outcome, seed), levels)


def sample_notes(evaluated: Sequence[Evaluated], count: int, available: int) -> list[str]:
    """What a sample of `count` of the `available` rows can tell; nothing where it is all of them."""
    if count >= available:
        return []
    notes = []
    for name, total in ((each.name, each.total) for each in evaluated):
        low, high = total["mae_ci95"]
        words = f"a mean error of {count:,} items has a standard deviation of ${total['mae_sd']:.2f}"
        notes.append(f"{name}: {words}, so that {total['mae']:.2f} means {low:.2f} to {high:.2f} (95 %)")
    return notes
