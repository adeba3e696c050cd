"""The report's still charts as SVG: bars with intervals, the running mean with its interval, paired differences as a forest plot.

Colours are classes of report.css, so that a chart follows the page into the dark. Every text is escaped here. Knows nothing of how
figures were computed.
"""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.evaluation.bootstrap import Floats

WIDTH, HEIGHT = 560, 240  # pixels of the drawing; the page scales it
LEFT, RIGHT, TOP, BOTTOM = 54, 24, 14, 40
RUNNING_POINTS, RUNNING_START = 400, 10
FOREST_WIDTH, FOREST_LABEL, FOREST_VERDICT, FOREST_ROW = 1100, 340, 260, 26
LABEL_CHARACTERS = 44


@dataclass(frozen=True)
class Bar:
    """A value with the ends of its interval. `note` is shown on hover; `is_faint`: too few rows to lean on."""

    label: str
    value: float
    interval: Sequence[float]
    note: str
    is_faint: bool = False


@dataclass(frozen=True)
class ForestRow:
    """A difference with the ends of its interval; `verdict` is told beside it, `is_part` indents it."""

    label: str
    value: float
    interval: Sequence[float]
    verdict: str
    is_decided: bool
    is_part: bool = False


def ticks(low: float, high: float, wanted: int = 6) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) within low..high."""
    span = max(high - low, 1e-9)
    step = 10 ** math.floor(math.log10(span / wanted))
    step *= next((factor for factor in (1, 2, 5) if span / (step * factor) <= wanted), 10)
    first = math.ceil(low / step - 1e-9)
    return [round(place * step, 10) for place in range(first, math.floor(high / step + 1e-9) + 1)]


def _text(x: float, y: float, words: str, anchor: str = "middle", kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(words)}</text>'


def _line(start: tuple[float, float], end: tuple[float, float], kind: str) -> str:
    return f'<line class="{kind}" x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"/>'


def _svg(label: str, size: tuple[float, float], parts: Sequence[str]) -> str:
    width, height = size
    return f'<svg role="img" aria-label="{html.escape(label)}" viewBox="0 0 {width:g} {height:g}">{"".join(parts)}</svg>'


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 or value == round(value) else f"{value:,.1f}"


class _Upright:
    """Pixels of a chart whose values go up from zero to `top`, over a grid of round numbers."""

    def __init__(self, top: float, form: str) -> None:
        self.top, self.form = max(top, 1e-9), form

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - min(max(value, 0.0), self.top) / self.top * (HEIGHT - BOTTOM - TOP)

    def grid(self) -> list[str]:
        parts = []
        for tick in ticks(0, self.top):
            parts.append(_line((LEFT, self.y(tick)), (WIDTH - RIGHT, self.y(tick)), "grid"))
            words = f"{tick:.0%}" if self.form == "%" else f"${_number(tick)}"
            parts.append(_text(LEFT - 8, self.y(tick) + 4, words, "end"))
        return parts


def bars(label: str, values: Sequence[Bar], top: float, *, form: str = "$", goal: float | None = None) -> str:
    """A bar with its interval for each value; `form` is "$" or "%", `goal` a dashed line to be met."""
    frame = _Upright(top, form)
    step = (WIDTH - LEFT - RIGHT) / max(len(values), 1)
    parts = frame.grid()
    for place, bar in enumerate(values):
        x = LEFT + (place + 0.5) * step
        y, half = frame.y(bar.value), step * 0.28
        shape = f'<rect class="bar" x="{x - half:.1f}" y="{y:.1f}" width="{2 * half:.1f}" height="{HEIGHT - BOTTOM - y:.1f}"/>'
        low, high = (frame.y(end) for end in bar.interval)
        caps = [_line((x - 6, end), (x + 6, end), "whisker") for end in (low, high)]
        drawn = "".join((shape, _line((x, low), (x, high), "whisker"), *caps, f"<title>{html.escape(bar.note)}</title>"))
        parts += [f'<g class="{"faint" if bar.is_faint else ""}">{drawn}</g>', _text(x, HEIGHT - BOTTOM + 18, bar.label)]
    if goal is not None:
        parts.append(_line((LEFT, frame.y(goal)), (WIDTH - RIGHT, frame.y(goal)), "goal"))
    return _svg(label, (WIDTH, HEIGHT), parts)


def running_figures(errors: Floats) -> tuple[Floats, Floats, Floats]:
    """(counts, running means, half widths of their 95 % intervals 1.96 s / sqrt(k)) from the first RUNNING_START errors on."""
    counts = np.arange(1, len(errors) + 1, dtype=np.float64)
    means = np.cumsum(errors) / counts
    # Sums of squares about the overall mean: about zero they would cancel where errors are large and alike.
    centred = errors - errors.mean()
    spread = np.cumsum(centred**2) - np.cumsum(centred) ** 2 / counts
    deviation = np.sqrt(np.maximum(spread, 0) / np.maximum(counts - 1, 1))
    start = min(RUNNING_START, len(errors)) - 1
    return counts[start:], means[start:], (1.96 * deviation / np.sqrt(counts))[start:]


def running_mean(label: str, errors: Floats) -> str:
    """The mean error of the first k rows against k, with its interval as a band."""
    counts, means, halves = running_figures(errors)
    shown = np.unique(np.linspace(0, len(counts) - 1, min(RUNNING_POINTS, len(counts))).round().astype(int))
    counts, means, halves = counts[shown], means[shown], halves[shown]
    frame = _Upright(float((means + halves).max()) * 1.05, "$")
    last = max(float(counts[-1]), 1.0)

    def points(values: Floats, backwards: bool = False) -> str:
        pairs = [f"{LEFT + k / last * (WIDTH - LEFT - RIGHT):.1f},{frame.y(v):.1f}" for k, v in zip(counts, values, strict=True)]
        return " ".join(reversed(pairs) if backwards else pairs)

    parts = [*frame.grid(), f'<polygon class="band" points="{points(means + halves)} {points(means - halves, True)}"/>']
    parts.append(f'<polyline class="curve" points="{points(means)}"/>')
    for tick in ticks(0, last):
        parts.append(_text(LEFT + tick / last * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM + 18, f"{tick:,.0f}"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, "items"))
    return _svg(label, (WIDTH, HEIGHT), parts)


def forest(label: str, rows: Sequence[ForestRow]) -> str:
    """A point with its interval for each difference, about the line of no difference."""
    ends = [end for row in rows for end in (*row.interval, 0.0)]
    margin = (max(ends) - min(ends)) * 0.06 or 1.0
    low, high = min(ends) - margin, max(ends) + margin
    start, stop = FOREST_LABEL, FOREST_WIDTH - FOREST_VERDICT
    bottom = TOP + FOREST_ROW * len(rows)

    def x(value: float) -> float:
        return start + (value - low) / (high - low) * (stop - start)

    parts = []
    for tick in ticks(low, high):
        parts += [_line((x(tick), TOP), (x(tick), bottom), "zero" if tick == 0 else "grid")]
        parts.append(_text(x(tick), bottom + 18, f"{'-' if tick < 0 else '+' if tick else ''}${_number(abs(tick))}"))
    for place, row in enumerate(rows):
        parts.append(_forest_row(row, TOP + (place + 0.5) * FOREST_ROW, (x(row.interval[0]), x(row.value), x(row.interval[1]))))
    return _svg(label, (FOREST_WIDTH, bottom + 26), parts)


def _forest_row(row: ForestRow, y: float, across: tuple[float, float, float]) -> str:
    low, middle, high = across
    size = 4 if row.is_part else 6
    told = f"{row.label}: {row.value:+,.2f} $ ({row.interval[0]:+,.2f} to {row.interval[1]:+,.2f})"
    words = row.label if len(row.label) <= LABEL_CHARACTERS else row.label[: LABEL_CHARACTERS - 1] + "…"
    mark = f'<rect class="mark" x="{middle - size:.1f}" y="{y - size:.1f}" width="{2 * size}" height="{2 * size}"/>'
    parts = (
        _text(22 if row.is_part else 4, y + 4, words, "start", "" if row.is_part else "strong"),
        _line((low, y), (high, y), "whisker"),
        mark,
        _text(FOREST_WIDTH - FOREST_VERDICT + 12, y + 4, row.verdict, "start", "" if row.is_part else "strong"),
        f"<title>{html.escape(told)}</title>",
    )
    return f'<g class="{"decided" if row.is_decided else ""}">{"".join(parts)}</g>'
