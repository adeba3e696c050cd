"""The page's pictures: errors by pricer and data set with intervals, times as good as peers, latencies.

Each is drawn only where its figures are there, and bears a digest of them, so that a picture of other figures can be told, and
one of the same figures is left as it is.
"""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.whole.page.deals import DEALS
from bench.whole.page.disturbed import is_disturbed
from bench.whole.page.fast import FAST
from bench.whole.page.figures import Line, number, times, written
from bench.whole.page.gpus import GPUS
from bench.whole.page.right import ENSEMBLE, GIVEN, MEDIAN, NEIGHBOURS, SETS
from bench.whole.page.systems import SYSTEMS
from bench.whole.results import DONE, Result
from training.curation.chart_look import AFTER, GRID, INK, LOOK, MARK, SOFT, WEDGES, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 100
MARGIN = 8  # pixels to the right of the furthest text
LABEL = 42  # pixels from one label of the axis to the next
WIDEST = 0.85  # share of an axis that one text may take: with more nothing would be left of the bars
SHOWN_SETS = ("seed", "amazon-b", "walmart", "bestbuy", "lite", "named", "typed", "deal")
# Name in compare's table, as it is called, mark and colour; told apart by shape as well.
POINTS = (
    (ENSEMBLE, "ensemble", "o", AFTER),
    (NEIGHBOURS, NEIGHBOURS, "s", MARK),
    (MEDIAN, MEDIAN, "D", WEDGES[2]),
    (GIVEN, "recorded answers of an LLM", "^", INK),
)
LATENCIES = ("specialist", "forest", "frontier_rag", "price", "dashboard", "specialist_gpu")


@dataclass(frozen=True)
class Picture:
    """What it shows in words, and of which figures (as JSON has them, or `Line`s) it is drawn how."""

    file: str
    words: str
    figures: Any
    draw: Callable[[Any], "Figure"]

    @property
    def digest(self) -> str:
        """Of its figures, by which a file of them is known."""
        return hashlib.sha256(json.dumps(self.figures, sort_keys=True, default=asdict).encode()).hexdigest()


def of(results: Mapping[str, Result]) -> list[Picture]:
    """Those that there are figures for."""
    found: list[Picture] = []
    outputs = {name: result.output or {} for name, result in results.items() if result.status == DONE and not is_disturbed(result)}
    table = outputs.get("compare", {}).get("table") or {}
    if number(table, ENSEMBLE, "seed", "log_error") is not None:
        words = "Mean distance of logarithms by data set, of the ensemble and its peers, with 95 % intervals"
        found.append(Picture("errors.png", words, table, _errors))
    if compared := _compared(outputs):
        words = "How many times as good each part is as its peer of the same run"
        found.append(Picture("peers.png", words, compared, _peers))
    if latencies := _latencies(outputs):
        found.append(Picture("latency.png", "Median latency of a request to each part", latencies, _latency))
    return found


def is_drawn(picture: Picture, path: Path) -> bool:
    """Whether the file is this picture of these figures."""
    return path.is_file() and picture.digest.encode() in path.read_bytes()


def save(picture: Picture, path: Path) -> None:
    """As a PNG of few colours with the digest of its figures in it, under a temporary name and then renamed."""
    import matplotlib
    from PIL import Image, PngImagePlugin

    path.parent.mkdir(parents=True, exist_ok=True)
    drawn, told = BytesIO(), PngImagePlugin.PngInfo()
    with matplotlib.rc_context(LOOK):
        picture.draw(picture.figures).savefig(drawn, format="png", dpi=DPI, facecolor="white")
    told.add_text("Figures", picture.digest)
    part = path.with_suffix(".png.part")
    Image.open(drawn).convert("RGB").quantize(64).save(part, format="PNG", optimize=True, pnginfo=told)
    part.replace(path)


def _errors(table: Mapping[str, Any]) -> "Figure":
    columns = [column for column in SHOWN_SETS if number(table, ENSEMBLE, column, "log_error") is not None]
    figure = new_figure((9.0, 1.4 + 0.62 * len(columns)))
    axis: Axes = figure.subplots()
    for shift, (name, label, mark, colour) in zip((-0.3, -0.1, 0.1, 0.3), POINTS, strict=True):
        for place, column in enumerate(columns):
            error = number(table, name, column, "log_error")
            if error is None:
                continue
            low, high = (number(table, name, column, "log_error_ci95", end) for end in (0, 1))
            ends = [[max(error - (low or error), 0)], [max((high or error) - error, 0)]]
            axis.errorbar(
                error, place + shift, xerr=ends, fmt=mark, color=colour, markersize=6, capsize=2.5, linewidth=1.2,
                label=label if column == _first(table, name, columns) else None,
            )  # fmt: skip
    axis.set_yticks(range(len(columns)), [_set_label(table, column) for column in columns], color=INK)
    axis.invert_yaxis()
    axis.set_xlim(left=0)
    axis.set_xlabel("mean distance of logarithms, bars: 95 % interval (less is better)")
    axis.set_title("Errors by data set")
    axis.grid(axis="x")
    axis.legend(loc="lower left", bbox_to_anchor=(0, -0.02 - 1.15 / (1.4 + 0.62 * len(columns))), ncols=4, fontsize=9)
    return figure


def _first(table: Mapping[str, Any], name: str, columns: Sequence[str]) -> str | None:
    return next((column for column in columns if number(table, name, column, "log_error") is not None), None)


def _set_label(table: Mapping[str, Any], column: str) -> str:
    return f"{SETS[column]}\n{number(table, ENSEMBLE, column, 'n') or 0:,.0f}"


def _compared(outputs: Mapping[str, Any]) -> list[Line]:
    """The first thing of each part that stands beside a peer, beside its strongest one."""
    found: list[Line] = []
    for section in (DEALS, FAST, SYSTEMS, GPUS):
        for part in section.parts:
            lines = [line for line in part.lines(outputs.get(part.bench, {})) if line.ratio and line.unit not in ("%", "")]
            alike = [line for line in lines if line.what == lines[0].what]
            found += [
                replace(line, what=f"{part.title}: {line.what}") for line in sorted(alike, key=lambda line: line.ratio or 0.0)[:1]
            ]
    return found


def _peers(lines: Sequence[Line]) -> "Figure":
    figure = new_figure((11.0, 1.1 + 0.44 * len(lines)))
    axis: Axes = figure.subplots()
    ordered = sorted(lines, key=lambda line: -(line.ratio or 0.0))
    for place, line in enumerate(ordered):
        ratio = line.ratio or 1.0
        colour = AFTER if ratio >= 1 else MARK
        axis.barh(place, ratio - 1, left=1, color=colour, height=0.62)
        axis.text(max(ratio, 1.0) * 1.06, place, f"{times(ratio)}  {line.against}", va="center", fontsize=8.5, color=SOFT)
    axis.set_xscale("log")
    furthest = max(line.ratio or 1.0 for line in ordered)
    axis.set_xlim(min(0.5, 0.8 * min(line.ratio or 1.0 for line in ordered)), 3 * furthest)
    axis.axvline(1, color=INK, linewidth=1)
    axis.set_yticks(range(len(ordered)), [line.what for line in ordered], color=INK, fontsize=8.5)
    axis.invert_yaxis()
    axis.set_title("Times as good as the peer of the same run")
    axis.grid(axis="x", color=GRID)
    _make_room(figure, axis)
    ticks = _apart(axis, [tick for tick in (0.5, 1, 2, 5, 10, 30, 100, 300) if tick <= 1.5 * furthest])
    axis.set_xticks(ticks, [f"{tick:g} ×" for tick in ticks], fontsize=8.5)
    axis.set_xticks([], minor=True)
    return figure


def _apart(axis: "Axes", ticks: Sequence[float]) -> list[float]:
    """Those of them whose labels stand beside each other; 1 is always one."""
    found = [1.0]
    for tick in sorted(ticks, key=lambda tick: abs(math.log(tick)), reverse=True):
        places = axis.transData.transform([(each, 0) for each in (tick, *found)])[:, 0]
        if min(abs(places[1:] - places[0])) >= LABEL:
            found.append(tick)
    return sorted(found)


def _make_room(figure: "Figure", axis: "Axes") -> None:
    """Let a logarithmic axis go on to the right until each text in it fits: how wide one is only drawing it tells."""
    for text in axis.texts:
        text.set_in_layout(False)  # else the axis would shrink for it
    figure.set_dpi(DPI)  # as it is saved: letters are set to whole pixels, and take another share of the width
    figure.draw_without_rendering()
    left, right = axis.get_xlim()
    whole = axis.get_window_extent().width - MARGIN
    widths = [(math.log10(text.get_position()[0] / left), text.get_window_extent().width) for text in axis.texts]
    decades = max(start / (1 - min(width / whole, WIDEST)) for start, width in widths)
    axis.set_xlim(left, max(right, left * 10**decades))


def _latencies(outputs: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Median milliseconds of one request, by part; what stands beside several peers once."""
    parts = {part.bench: part for section in (FAST, SYSTEMS, GPUS) for part in section.parts}
    found: dict[str, float] = {}
    for name in LATENCIES:
        lines = [
            line for line in parts[name].lines(outputs.get(name, {})) if line.unit == "ms" and line.ours and "median" in line.what
        ]
        found |= {f"{parts[name].title}: {line.what.replace(', median', '')}": line.ours or 0.0 for line in lines}
    return list(found.items())


def _latency(found: Sequence[tuple[str, float]]) -> "Figure":
    figure = new_figure((9.0, 1.1 + 0.3 * len(found)))
    axis: Axes = figure.subplots()
    for place, (_, value) in enumerate(found):
        axis.barh(place, value, color=AFTER, height=0.62)
        axis.text(value * 1.06, place, written(value, "ms"), va="center", fontsize=8.5, color=SOFT)
    axis.set_xscale("log")
    axis.set_xlim(min(value for _, value in found) / 3, 4 * max(value for _, value in found))
    axis.set_yticks(range(len(found)), [name for name, _ in found], color=INK, fontsize=8.5)
    axis.invert_yaxis()
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:g} ms")
    axis.set_title("Median latency of one request (logarithmic)")
    axis.grid(axis="x")
    return figure
