"""What is said of a random-forest's estimates: metrics in all, by split and by price band."""

from typing import Any

from random_forest.calibration import Calibration
from training.command_line.log import log
from training.evaluation.metrics import Outcome, score, score_bands, score_groups
from training.random_forest.calibration import Predicted
from training.random_forest.samples import Samples


def report(predicted: Predicted, part: Samples, calibration: Calibration) -> dict[str, Any]:
    """Metrics of a part, by split (or source) and band."""
    outcome = Outcome(part.prices, *calibration.apply(*predicted))
    groups = score_groups(outcome, [row.split or row.source for row in part.rows], 0)
    return {"all": score(outcome, 0), **groups, **score_bands(outcome, 0)}


def show(name: str, figures: dict[str, Any]) -> None:
    """A line for each group."""
    for group, s in figures.items():
        log(f"{name:<5} {group:<12} n {s['n']:>5}  MAE {s['mae']:>7.2f}  RMSLE {s['rmsle']:.3f}  in 80 % {s['coverage80']:.1%}")
