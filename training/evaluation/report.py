"""The report of an evaluation: one self-contained HTML page with the figures, a truth-against-estimate chart and tables.

Draws its own SVG, so that a page needs neither a library nor the network. Knows nothing of how estimates were made.
"""

import html
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.evaluation.metrics import Outcome, Score, colours

SIDE, PAD = 520, 46  # pixels
LOWEST, HIGHEST = 1.0, 1000.0  # USD, the ends of the logarithmic axes
SHOWN_POINTS = 3000  # more would make the page slow and the chart no clearer
TICKS = (1, 3, 10, 30, 100, 300, 1000)
WORST = 20
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1c2230;background:#fff}
table{border-collapse:collapse;margin:1rem 0;width:100%}td,th{padding:.25rem .6rem;text-align:right;border-bottom:1px solid #d9dde5}
td,th{white-space:nowrap}td:first-child,th:first-child{text-align:left;white-space:normal}svg text{font-size:11px;fill:#5a6275}
.green{fill:#1a8f4c}.orange{fill:#d98200}.red{fill:#c8322b}circle{fill-opacity:.55}.axis{stroke:#d9dde5}.diagonal{stroke:#1c2230}
"""


def _at(price: float) -> float:
    """Pixels from the start of an axis."""
    share = math.log(min(max(price, LOWEST), HIGHEST) / LOWEST) / math.log(HIGHEST / LOWEST)
    return PAD + share * (SIDE - 2 * PAD)


def _grid() -> list[str]:
    lines = []
    for tick in TICKS:
        x, y = _at(tick), SIDE - _at(tick)
        lines.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{PAD}" y2="{SIDE - PAD}"/>')
        lines.append(f'<line class="axis" x1="{PAD}" x2="{SIDE - PAD}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(f'<text x="{x:.1f}" y="{SIDE - PAD + 16}" text-anchor="middle">${tick}</text>')
        lines.append(f'<text x="{PAD - 6}" y="{y + 4:.1f}" text-anchor="end">${tick}</text>')
    return lines


def scatter(outcome: Outcome, titles: Sequence[str], seed: int) -> str:
    """SVG: truth across, estimate up, both logarithmic; a point tells its title on hover."""
    count = len(outcome)
    shown = np.random.default_rng(seed).permutation(count)[:SHOWN_POINTS]
    tones = colours(outcome)
    points = [
        f'<circle class="{tones[i]}" r="3" cx="{_at(outcome.truth[i]):.1f}" cy="{SIDE - _at(outcome.price[i]):.1f}">'
        f"<title>{html.escape(titles[i][:90])}\ntruth ${outcome.truth[i]:.2f}, estimate ${outcome.price[i]:.2f}</title></circle>"
        for i in shown
    ]
    diagonal = f'<line class="diagonal" x1="{PAD}" y1="{SIDE - PAD}" x2="{SIDE - PAD}" y2="{PAD}"/>'
    words = f'<text x="{SIDE / 2}" y="{SIDE - 8}" text-anchor="middle">truth</text><text x="4" y="{PAD - 14}">estimate</text>'
    label = f"Estimates against true prices of {len(shown)} products"
    body = "".join((*_grid(), *points, diagonal, words))
    return f'<svg role="img" aria-label="{label}" viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}">{body}</svg>'


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    def line(tag: str, cells: Sequence[object]) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

    return f"<table>{line('th', header)}{''.join(line('td', row) for row in rows)}</table>"


def _scores_table(name: str, scores: Mapping[str, Score]) -> str:
    header = (name, "n", "MAE $", "95 %", "RMSLE", "hits", "coverage", "bias $", "width $")
    return _table(header, [(group, *_cells(score)) for group, score in scores.items()])


def _cells(score: Mapping[str, Any]) -> tuple[str, ...]:
    low, high = score["mae_ci95"]
    shares = (f"{score['hits']:.1%}", f"{score['coverage80']:.1%}")
    return (
        f"{score['n']:,}",
        f"{score['mae']:.2f}",
        f"{low:.1f} to {high:.1f}",
        f"{score['rmsle']:.3f}",
        *shares,
        f"{score['bias']:+.2f}",
        f"{score['width']:.0f}",
    )


def _worst(outcome: Outcome, titles: Sequence[str]) -> str:
    order = np.argsort(-outcome.errors)[:WORST]
    rows = [(titles[i][:100], *(f"{value[i]:.2f}" for value in (outcome.truth, outcome.price, outcome.errors))) for i in order]
    return _table(("The worst", "truth $", "estimate $", "error $"), rows)


def write(folder: Path, name: str, scores: Mapping[str, Mapping[str, Score]], data: tuple[Outcome, Sequence[str], int]) -> Path:
    """Write report.html. `scores`: a table of groups by heading; `data`: outcome, the rows' titles and the seed of the chart."""
    outcome, titles, seed = data
    tones = colours(outcome)
    shares = ", ".join(f"{tones.count(tone) / len(tones):.0%} {tone}" for tone in ("green", "orange", "red"))
    tables = "".join(_scores_table(heading, groups) for heading, groups in scores.items())
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(name)}</title><style>{STYLE}</style>'
        f"<h1>{html.escape(name)}</h1><p>{len(outcome):,} products; {shares}.</p>"
        f"{scatter(outcome, titles, seed)}{tables}{_worst(outcome, titles)}</html>\n"
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    return path
