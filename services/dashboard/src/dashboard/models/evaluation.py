"""The last evaluation of the models on rows that none was trained on, as training.evaluate --keep left it. Prices nothing."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.artifact import read_artifact
from common.errors import ArtifactError, NotFoundError

FORMAT_VERSION = 1
COMMAND = "uv run python -m training.evaluate --keep"
FOLDER = "evaluation"  # in the folder of artifacts
FIGURES, POINTS = ".figures.json", ".points.json"  # of each file of rows
BY = {"split": "By split", "price_band": "By price", "category": "By category"}
_HIT_DOLLARS, _HIT_SHARE = 40.0, 0.2  # an error below either is a hit, as the design has it
_NEAR_DOLLARS, _NEAR_SHARE = 80.0, 0.4
MOST_DRAWN = 500  # points of one plot: each is an element of the page, and there are as many plots as pricers


@dataclass(frozen=True)
class Evaluation:
    """One file of rows. `figures`: by pricer, and by group of each of BY, n, mae in USD, rmsle, hits and coverage80 as shares."""

    name: str
    created: str
    data: tuple[tuple[str, str], ...]
    models: tuple[tuple[str, str], ...]
    figures: dict[str, dict[str, Any]]

    @property
    def pricers(self) -> list[str]:
        """Whose figures they are."""
        return list(self.figures)

    def groups(self, by: str) -> list[str]:
        """The groups of a kind, in the order of the first pricer's."""
        return [name for name, score in self._first.get(by, {}).items() if score["n"]]

    def score(self, pricer: str, by: str = "", group: str = "") -> dict[str, Any] | None:
        """A pricer's figures, of all rows or of a group; None where it has none."""
        found = self.figures[pricer].get(by, {}).get(group) if by else self.figures[pricer]["all"]
        return dict(found) if found else None

    @property
    def _first(self) -> dict[str, Any]:
        return next(iter(self.figures.values()), {})


def evaluations(folder: Path) -> list[Evaluation]:
    """Those that are there, by name; none where the folder is not whole: another may be written at this moment."""
    try:
        read_artifact(folder, format_version=FORMAT_VERSION, command=COMMAND)
        return [_read(path) for path in sorted(folder.glob(f"*{FIGURES}"))]
    except ArtifactError:
        return []


def scatter(folder: Path, name: str, pricer: str) -> dict[str, Any]:
    """Estimate over truth as a figure of Plotly, a hit green, what is near orange, the rest red. NotFoundError.

    Of many rows every second, third ... is drawn; the legend counts all.
    """
    known = [each for each in evaluations(folder) if each.name == name and pricer in each.figures]
    if not known:
        raise NotFoundError(f"there is no evaluation {name[:60]} of {pricer[:60]}")
    points = json.loads((folder / f"{name}{POINTS}").read_text(encoding="utf-8"))[pricer]
    pairs = list(zip(points["truth"], points["price"], strict=True))
    step = -(-len(pairs) // MOST_DRAWN)
    graded = {label: [pair for pair in pairs if _grade(*pair) == label] for label in _GRADES}
    traces = [_trace(f"{label} ({len(graded[label]):,})", colour, graded[label][::step]) for label, colour in _GRADES.items()]
    ends = [min(min(pair) for pair in pairs), max(max(pair) for pair in pairs)]
    line = {"type": "line", "x0": ends[0], "y0": ends[0], "x1": ends[1], "y1": ends[1], "line": {"color": "soft", "width": 1}}
    axis = {"type": "log", "tickprefix": "$"}
    axes = {"xaxis": axis | {"title": {"text": "Price"}}, "yaxis": axis | {"title": {"text": "Estimate"}}}
    above = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}  # below, it would lie on the axis where a plot is narrow
    return {"data": traces, "layout": {**axes, "shapes": [line], "legend": above}}


_GRADES = {"hit": "good", "near": "warn", "far": "bad"}


def _grade(truth: float, price: float) -> str:
    error = abs(price - truth)
    if error < _HIT_DOLLARS or error < _HIT_SHARE * truth:
        return "hit"
    return "near" if error < _NEAR_DOLLARS or error < _NEAR_SHARE * truth else "far"


def _trace(name: str, colour: str, pairs: list[tuple[float, float]]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [truth for truth, _ in pairs],
        "y": [price for _, price in pairs],
        "marker": {"size": 4, "opacity": 0.6},
        "meta": colour,
        "hovertemplate": "costs %{x:$,.2f}<br>estimate %{y:$,.2f}<extra></extra>",
    }


def _read(path: Path) -> Evaluation:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        pairs = [tuple((str(key), str(value)) for key, value in dict(told[name]).items()) for name in ("data", "models")]
        figures = dict(told["pricers"])
        if not figures or not all("all" in each for each in figures.values()):
            raise ValueError("it has no figures")
        return Evaluation(path.name.removesuffix(FIGURES), str(told.get("created", "")), pairs[0], pairs[1], figures)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise ArtifactError(f"{path} holds no evaluation of ours ({exc}); make it with: {COMMAND}") from exc
