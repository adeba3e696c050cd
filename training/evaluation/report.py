"""The report of an evaluation: one self-contained HTML page with charts and tables, which needs neither a library nor the network.

Still charts are SVG (charts.py); the scatter, which tells a point on hover, is drawn by report.js from data within the page.
Knows nothing of how estimates were made.
"""

import html
import json
from pathlib import Path
from typing import Any

import numpy as np

from training.data.whole_files import whole_file
from training.evaluation.bootstrap import Floats
from training.evaluation.findings import Findings
from training.evaluation.metrics import colours
from training.evaluation.sections import TITLE_CHARACTERS, TONES, differences_section, paragraphs, pricer_section, scores_table

SHOWN_POINTS = 20_000  # more would make the page heavy and the chart no clearer
LEAST_AXIS = 0.1  # USD: where a logarithmic axis begins at the lowest
# Nothing may be loaded, whatever a title holds.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def _numbers(values: Floats) -> list[float | None]:
    return [round(value, 2) if np.isfinite(value) else None for value in values.tolist()]


def axis_of(findings: Findings) -> tuple[float, float]:
    """The ends of both axes, USD: all truths, and all but the wildest estimates, which are drawn at the edge."""
    prices = np.concatenate([each.outcome.price for each in findings.evaluated])
    truth = findings.evaluated[0].outcome.truth
    low, high = np.quantile(prices, [0.001, 0.999])
    return max(min(truth.min(), low) * 0.8, LEAST_AXIS), max(truth.max(), high, 1.0) * 1.1


def embedded(findings: Findings) -> str:
    """The scatter's data as JSON that cannot end its element."""
    chosen = np.arange(len(findings.titles))
    if len(chosen) > SHOWN_POINTS:
        chosen = np.sort(np.random.default_rng(findings.seed).choice(len(chosen), SHOWN_POINTS, replace=False))
    pricers: list[dict[str, Any]] = []
    for each in findings.evaluated:
        outcome = each.outcome.only(chosen)
        columns = {"price": _numbers(outcome.price), "low": _numbers(outcome.low), "high": _numbers(outcome.high)}
        pricers.append({**columns, "tone": [TONES.index(tone) for tone in colours(outcome)]})
    told = {
        "titles": [findings.titles[i][:TITLE_CHARACTERS] for i in chosen.tolist()],
        "truth": _numbers(findings.evaluated[0].outcome.truth[chosen]),
        "axis": axis_of(findings),
        "pricers": pricers,
    }
    return json.dumps(told, allow_nan=False).replace("<", "\\u003c")


def _body(findings: Findings, heading: str) -> str:
    count, notes = len(findings.titles), list(findings.notes)
    if count > SHOWN_POINTS:
        notes.append(f"The scatter shows {SHOWN_POINTS:,} of {count:,} items, drawn at random; all figures are of all items")
    # The interval of a few items would make the bars of all others small.
    scores = [score for each in findings.evaluated for score in each.groups["price_band"].values()]
    top = max(max(score["mae"] * 1.3, min(score["mae_ci95"][1] * 1.05, score["mae"] * 2)) for score in scores)
    summary = scores_table("pricer", {each.name: each.total for each in findings.evaluated})
    sections = "".join(pricer_section(findings, place, top) for place in range(len(findings.evaluated)))
    return (
        f"<main><h1>{heading}</h1><p>{count:,} items of {html.escape(findings.data)}</p>{paragraphs(notes)}{summary}"
        f"{differences_section(findings.differences)}{sections}</main>"
    )


def page(findings: Findings) -> str:
    """The whole page."""
    folder = Path(__file__).parent
    style, script = ((folder / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    heading = html.escape(f"Evaluation of {', '.join(each.name for each in findings.evaluated)}")
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><title>{heading}</title><style>{style}</style>'
    )
    data = f'<script type="application/json" id="data">{embedded(findings)}</script>'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}</head>\n'
        f"<body>{_body(findings, heading)}{data}<script>{script}</script></body></html>\n"
    )


def write(path: Path, findings: Findings) -> None:
    """Write the page."""
    with whole_file(path) as part:
        part.write_text(page(findings), encoding="utf-8", errors="replace")
