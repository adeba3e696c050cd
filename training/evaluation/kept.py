"""An evaluation as the dashboard shows it: figures by pricer, and truth beside estimate, in a folder of the artifacts.

No text of a product is kept, so that the folder may be delivered with the models. It has two files for each file of rows that was
evaluated: the last evaluation of each stays.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from common.artifact import write_meta
from dashboard.models.evaluation import COMMAND, FIGURES, FOLDER, FORMAT_VERSION, POINTS
from training.data.whole_files import whole_file
from training.evaluation.findings import Evaluated, Findings
from training.evaluation.metrics import Outcome, Score

_SHOWN = ("n", "mae", "mae_ci95", "rmsle", "log_error", "hits", "coverage80", "bias_median", "width_relative")


def keep(artifacts: Path, findings: Findings, facts: Mapping[str, Mapping[str, str]]) -> Path:
    """Write it; the folder. `facts`: what is to be known of the run: "data", the file's hash, and "models", their versions."""
    folder, name = artifacts / FOLDER, findings.data.partition(".")[0]
    folder.mkdir(parents=True, exist_ok=True)
    scores = {each.name: {"all": _shown(each.total), **_groups(each)} for each in findings.evaluated}
    figures = {"created": datetime.now(UTC).isoformat(timespec="seconds"), **facts, "pricers": scores}
    points = {each.name: _points(each.outcome) for each in findings.evaluated}
    for ending, content in ((FIGURES, figures), (POINTS, points)):
        with whole_file(folder / f"{name}{ending}") as part:
            part.write_text(json.dumps(content, allow_nan=False, separators=(",", ":")) + "\n", encoding="utf-8")
    _describe(folder)
    return folder


def _describe(folder: Path) -> None:
    """meta.json over all that is there."""
    found = {path.name.removesuffix(FIGURES): json.loads(path.read_text(encoding="utf-8")) for path in folder.glob(f"*{FIGURES}")}
    files = [f"{name}{ending}" for name in sorted(found) for ending in (FIGURES, POINTS)]
    data = {file: digest for name in sorted(found) for file, digest in found[name]["data"].items()}
    metrics = {name: {pricer: each["all"]["mae"] for pricer, each in found[name]["pricers"].items()} for name in sorted(found)}
    write_meta(folder, format_version=FORMAT_VERSION, command=COMMAND, files=files, data=data, metrics=metrics)


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
