"""The bar chart of a table of baselines: mean absolute error with its 95 % interval, as a PNG.

matplotlib without its global state, so that nothing depends on a display. Knows nothing of how the figures were made.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.baseline.results import Result, ranked
from training.data.whole_files import whole_file

COLOURS = {"baseline": "#8d99ae", "human": "#2a9d8f", "chat": "#e09f3e", "pricer": "#4a8fd4"}
WORDS = {"baseline": "baseline", "human": "people", "chat": "chat model", "pricer": "our pricers"}
WIDTH, BAR_HEIGHT, MARGIN_HEIGHT, DPI = 9.5, 0.34, 1.3, 110  # inches, dots an inch
INK = "#222831"


def draw(results: Sequence[Result], title: str) -> Any:
    """A matplotlib Figure with a bar for each result, the greatest error on top."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    lines = ranked(results)
    figure = Figure(figsize=(WIDTH, MARGIN_HEIGHT + BAR_HEIGHT * len(lines)), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    most = max(result.told["n"] for result in lines)
    labels = [result.label + (f" (n = {result.told['n']:,})" if result.told["n"] < most else "") for result in lines]
    values = [result.mae for result in lines]
    whiskers = [[v - r.interval[0] for v, r in zip(values, lines, strict=True)], [r.interval[1] - r.mae for r in lines]]
    colours = [COLOURS[result.kind] for result in lines]
    axes.barh(range(len(lines)), values, xerr=whiskers, color=colours, ecolor=INK, capsize=2.5, height=0.72, error_kw={"lw": 1})
    axes.set_yticks(range(len(lines)), labels)
    axes.set_ylim(len(lines) - 0.4, -0.6)  # the first one on top
    furthest = max(result.interval[1] for result in lines)
    for position, result in enumerate(lines):
        axes.text(result.interval[1] + 0.012 * furthest, position, f"${result.mae:.1f}", va="center", fontsize=9, color=INK)
    axes.set_xlim(0, 1.1 * furthest)
    axes.set_xlabel("mean absolute error in US dollars, whiskers: bootstrap 95 % interval (less is better)")
    axes.set_title(title, loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    kinds = [kind for kind in COLOURS if any(result.kind == kind for result in lines)]
    if len(kinds) > 1:
        axes.legend(handles=[Patch(color=COLOURS[kind], label=WORDS[kind]) for kind in kinds], loc="lower right", frameon=False)
    return figure


def write(path: Path, results: Sequence[Result], title: str) -> None:
    """Write the PNG under a temporary name, then rename it."""
    with whole_file(path) as part:
        draw(results, title).savefig(part, format="png", metadata={"Software": None})
