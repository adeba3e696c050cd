"""An evaluation as the dashboard shows it: figures by pricer, and truth beside estimate, in a folder of the artifacts.

No text of a product is kept, so that the folder may be delivered with the models.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from common.artifact import write_meta
from training.evaluation.findings import Evaluated, Findings
from training.evaluation.metrics import Outcome, Score

FORMAT_VERSION = 1
FOLDER = "evaluation"  # in the folder of artifacts; a folder in it for each file of rows
COMMAND = "uv run python -m training.evaluate --keep"
_SHOWN = ("n", "mae", "mae_ci95", "rmsle", "log_error", "hits", "coverage80", "bias_median", "width_relative")


def keep(artifacts: Path, findings: Findings, facts: Mapping[str, Any]) -> Path:
    """Write it; the folder. `facts`: what is to be known of the run: the data's hash, the models' versions."""
    folder = artifacts / FOLDER / findings.data.partition(".")[0]
    folder.mkdir(parents=True, exist_ok=True)
    figures = {each.name: {"all": _shown(each.total), **_groups(each)} for each in findings.evaluated}
    points = {each.name: _points(each.outcome) for each in findings.evaluated}
    for name, content in (("figures.json", figures), ("points.json", points)):
        (folder / name).write_text(json.dumps(content, allow_nan=False, separators=(",", ":")) + "\n", encoding="utf-8")
    write_meta(folder, format_version=FORMAT_VERSION, command=COMMAND, files=["figures.json", "points.json"], **facts)
    return folder


def _groups(evaluated: Evaluated) -> dict[str, dict[str, Any]]:
    return {by: {name: _shown(score) for name, score in groups.items()} for by, groups in evaluated.groups.items()}


def _shown(score: Score) -> dict[str, Any]:
    return {name: _rounded(value) for name, value in score.items() if name in _SHOWN}


def _points(outcome: Outcome) -> dict[str, list[float]]:
    """USD, in the rows' order, which all pricers share."""
    columns = {"truth": outcome.truth, "price": outcome.price}
    return {name: [round(float(value), 2) for value in column] for name, column in columns.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value
