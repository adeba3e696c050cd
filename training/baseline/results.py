"""Judges what baselines answer, beside what training.evaluate found of our pricers, and sets the figures in a table.

Rows that were asked and not answered are counted, never priced at zero: the metrics are those of the answered rows. Knows
nothing of how answers were made.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.data.rows import Row
from training.evaluation.metrics import Outcome, Score, score, score_bands, score_groups

Floats = npt.NDArray[np.float64]
WITHOUT_INTERVAL = ("coverage80", "width", "width_relative")  # a baseline gives none, so nothing is said of one
KINDS = ("baseline", "human", "chat", "pricer")
SHOWN_SPLITS = 8


class ResultError(Exception):
    """Figures that cannot be read or made; the message says which and why."""


@dataclass(frozen=True)
class Answered:
    """A line before it is judged: a price for each asked row, NaN for none."""

    name: str
    label: str
    kind: str
    prices: Floats
    unanswered: int = 0
    held: float | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """A line of the table. `told` has training.evaluate's keys; `unanswered`: rows asked in vain; `held`: an MAE or None."""

    name: str
    label: str
    kind: str
    told: dict[str, Any]
    unanswered: int = 0
    held: float | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def mae(self) -> float:
        """Mean absolute error, USD."""
        return float(self.told["mae"])

    @property
    def interval(self) -> tuple[float, float]:
        """Bootstrap 95 % interval of the mean absolute error."""
        low, high = self.told["mae_ci95"]
        return float(low), float(high)

    def summary(self) -> dict[str, Any]:
        """The figures of the table."""
        splits = {name: figures["mae"] for name, figures in self.told["by"].get("split", {}).items()}
        figures = {key: self.told[key] for key in ("n", "mae", "mae_ci95", "rmsle", "hits")}
        return {**figures, "unanswered": self.unanswered, "held_mae": self.held, "by_split": splits, **self.facts}

    def as_json(self) -> dict[str, Any]:
        """The line as scores.json keeps it."""
        return {
            "baseline": self.name,
            "label": self.label,
            "kind": self.kind,
            "unanswered": self.unanswered,
            "held_mae": self.held,
            **self.facts,
            **self.told,
        }


def result_of(rows: Sequence[Row], line: Answered, seed: int) -> Result:
    """The line, judged. ResultError when it answers no row."""
    return Result(line.name, line.label, line.kind, judge(rows, line.prices, seed), line.unanswered, line.held, line.facts)


def judge(rows: Sequence[Row], prices: Floats, seed: int) -> dict[str, Any]:
    """Metrics in all, by split and by band over the rows with a price (the others are NaN). ResultError when none has one."""
    answered = np.isfinite(prices)
    if not answered.any():
        raise ResultError("not one row was answered")
    none = np.full(len(rows), np.nan)
    outcome = Outcome(np.array([row.price for row in rows], np.float64), prices, none, none).only(answered)
    splits = [row.split for row, known in zip(rows, answered, strict=True) if known]
    groups = {"split": score_groups(outcome, splits, seed), "price_band": score_bands(outcome, seed)}
    by = {heading: {name: _points(figures) for name, figures in scores.items()} for heading, scores in groups.items()}
    return {**_points(score(outcome, seed)), "by": by}


def _points(figures: Score) -> dict[str, Any]:
    return {key: value for key, value in figures.items() if key not in WITHOUT_INTERVAL}


def read_pricers(path: Path) -> list[Result]:
    """The lines of the pricer, or of all the compared ones, in training.evaluate's scores.json (or the folder that holds it)."""
    path = path / "scores.json" if path.is_dir() else path
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        each = list(told["pricers"].values()) if "pricers" in told else [told]
        return [_pricer_line(figures, path) for figures in each]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as exc:
        raise ResultError(f"{path} does not hold training.evaluate's figures ({exc!r})") from exc


def _pricer_line(told: dict[str, Any], path: Path) -> Result:
    name = str(told["pricer"])
    low, high = (float(end) for end in told["mae_ci95"])
    if not low <= float(told["mae"]) <= high:
        raise ValueError("mae lies outside mae_ci95")
    if missing := {"n", "rmsle", "hits", "by"} - set(told):
        raise ResultError(f"{path} lacks {', '.join(sorted(missing))}")
    return Result(name, name, "pricer", told)


def ranked(results: Sequence[Result]) -> list[Result]:
    """Greatest error first, as a chart shows them from top to bottom."""
    return sorted(results, key=lambda result: (-result.mae, result.name))


def splits_of(results: Sequence[Result]) -> list[str]:
    """Every split that a line has figures of, the largest first."""
    sizes: dict[str, int] = {}
    for result in results:
        for name, figures in result.told["by"].get("split", {}).items():
            sizes[name] = max(sizes.get(name, 0), int(figures["n"]))
    return sorted(sizes, key=lambda name: (-sizes[name], name))[:SHOWN_SPLITS]


def header_of(results: Sequence[Result]) -> list[str]:
    """The table's headings."""
    held = ["held"] if any(result.held is not None for result in results) else []
    return ["baseline", "n", "MAE $", "95 %", *held, *splits_of(results), "RMSLE", "hits"]


def cells_of(result: Result, splits: Sequence[str], has_held: bool) -> list[str]:
    """One line of the table."""
    low, high = result.interval
    by = result.told["by"].get("split", {})
    held = [f"{result.held:.1f}" if result.held is not None else ""] if has_held else []
    parts = [f"{by[split]['mae']:.1f}" if split in by else "" for split in splits]
    count = f"{result.told['n']:,}" + (f" (+{result.unanswered} unanswered)" if result.unanswered else "")
    figures = [f"{result.told['rmsle']:.3f}", f"{result.told['hits']:.1%}"]
    return [result.label, count, f"{result.mae:.1f}", f"{low:.1f} to {high:.1f}", *held, *parts, *figures]


def table(results: Sequence[Result]) -> list[list[str]]:
    """Headings and lines, least error first."""
    header, splits = header_of(results), splits_of(results)
    return [header, *(cells_of(result, splits, "held" in header) for result in reversed(ranked(results)))]


def as_text(lines: Sequence[Sequence[str]]) -> str:
    """The table for a terminal: the first column to the left, figures to the right."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def as_markdown(lines: Sequence[Sequence[str]]) -> str:
    """The table for a document."""
    rows = ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]
    return "\n".join([rows[0], "|" + "---|" * len(lines[0]), *rows[1:]]) + "\n"
