"""The parts of the report as HTML: tables of scores, one section for each pricer, the differences between pricers.

All texts are escaped here. Knows nothing of the page around them nor of the script that draws the scatter.
"""

import html
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from training.evaluation.charts import Bar, ForestRow, bars, forest, running_mean
from training.evaluation.comparison import Difference
from training.evaluation.findings import Evaluated, Findings
from training.evaluation.metrics import Score, band_of, colours
from training.evaluation.terminal import family_note

FEW = 20  # rows: the interval of fewer is not to be leant on
FIRST = 250  # items: how many published figures are often taken over
WORST, TITLE_CHARACTERS = 20, 120
TONES = ("green", "orange", "red")
SIGNS = {"green": "●", "orange": "◆", "red": "✕"}
MEANINGS = {"green": "error below $40 or 20 % of the truth", "orange": "below $80 or 40 %", "red": "the rest"}
SCALES = {"log": "log", "linear": "linear"}
SCORE_HEADER = ("n", "MAE $", "95 %", "RMSLE", "hits", "in 80 %", "width $", "width / estimate", "bias $", "median bias $")
DIFFERENCE_HEADER = ("difference", "n", "MAE $", "95 % alone", "all together", "first nearer", "equal", "better")
SHOWN_GROUPS = 20  # a file with the shops' own categories may hold hundreds
HEADINGS = {"split": "split", "price_band": "price band $", "category": "category"}


def wilson(hits: int, count: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927), which stays within 0..1 for small counts and shares near the ends."""
    z, share = 1.96, hits / count
    centre, scale = share + z * z / (2 * count), 1 + z * z / count
    half = z * ((share * (1 - share) + z * z / (4 * count)) / count) ** 0.5
    return max((centre - half) / scale, 0.0), min((centre + half) / scale, 1.0)


def paragraphs(notes: Sequence[str]) -> str:
    """Notes, each a sentence without its full stop."""
    return "".join(f'<p class="note">{html.escape(note)}.</p>' for note in notes)


def _money(value: float) -> str:
    return f"{value:,.2f}"


def _optional(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def table(header: Sequence[str], rows: Sequence[Sequence[object]], faint: Sequence[bool] = ()) -> str:
    """A table; `faint` says which rows stand on few items."""

    def line(tag: str, cells: Sequence[object], kind: str = "") -> str:
        return f"<tr{kind}>" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

    kinds = [' class="faint"' if is_faint else "" for is_faint in faint] or [""] * len(rows)
    body = "".join(line("td", row, kind) for row, kind in zip(rows, kinds, strict=True))
    return f'<div class="wide"><table><thead>{line("th", header)}</thead><tbody>{body}</tbody></table></div>'


def _cells(score: Score) -> tuple[str, ...]:
    low, high = score["mae_ci95"]
    return (
        f"{score['n']:,}",
        _money(score["mae"]),
        f"{low:.1f} to {high:.1f}",
        f"{score['rmsle']:.3f}",
        f"{score['hits']:.1%}",
        _optional(score["coverage80"], ".1%"),
        _optional(score["width"], ",.0f"),
        _optional(score["width_relative"], ".2f"),
        f"{score['bias']:+.2f}",
        f"{score['bias_median']:+.2f}",
    )


def scores_table(heading: str, scores: Mapping[str, Score]) -> str:
    """A row of figures for each name."""
    shown = list(scores.items())[:SHOWN_GROUPS]
    told = table(
        (heading, *SCORE_HEADER), [(name, *_cells(score)) for name, score in shown], [score["n"] < FEW for _, score in shown]
    )
    rest = list(scores.values())[SHOWN_GROUPS:]
    if not rest:
        return told
    return told + paragraphs(
        [f"{len(rest):,} smaller ones, {sum(score['n'] for score in rest):,} items in all, are in scores.json"]
    )


def _figure(heading: str, chart: str, caption: str) -> str:
    return f'<figure class="card"><h3>{html.escape(heading)}</h3>{chart}<figcaption>{html.escape(caption)}</figcaption></figure>'


def _controls(tones: Sequence[str]) -> str:
    """Buttons that hide a colour, and those that choose the scale."""
    counts = {tone: list(tones).count(tone) for tone in TONES}
    legend = [
        f'<button class="{tone}" data-tone="{tone}" aria-pressed="true" title="{MEANINGS[tone]}">'
        f'<span class="sign">{SIGNS[tone]}</span>{tone} {count:,} ({count / len(tones):.0%})</button>'
        for tone, count in counts.items()
    ]
    scales = [
        f'<button class="scale" data-scale="{scale}" aria-pressed="{str(scale == "log").lower()}">{words}</button>'
        for scale, words in SCALES.items()
    ]
    return f'<div class="controls">{"".join(legend + scales)}</div>'


def _scatter(each: Evaluated, place: int) -> str:
    label = html.escape(f"Estimates of {each.name} against true prices; the arrow keys walk through the products")
    canvas = f'<canvas tabindex="0" role="img" aria-label="{label}"></canvas><div class="tip" role="status" hidden></div>'
    caption = "; ".join(f"{SIGNS[tone]} {tone}: {MEANINGS[tone]}" for tone in TONES)
    return (
        f'<figure class="card scatter" data-pricer="{place}"><h3>Estimate against truth</h3>{_controls(colours(each.outcome))}'
        f'<div class="plot">{canvas}</div><figcaption>{caption}. On the line an estimate is right.</figcaption>'
        "<noscript><p>This chart needs JavaScript.</p></noscript></figure>"
    )


def _running(each: Evaluated) -> str:
    errors = each.outcome.errors
    told = [f"after {k:,}: ${errors[:k].mean():.2f}" for k in dict.fromkeys((FIRST, len(errors))) if k <= len(errors)]
    words = f"Mean error of the first k items in the order of the file, with its 95 % interval; {', '.join(told)}."
    return _figure("Running mean of the error", running_mean(f"Running mean error of {each.name}", errors), words)


def _error_bars(each: Evaluated, top: float) -> str:
    values = [
        Bar(band, score["mae"], score["mae_ci95"], f"${band}: ${score['mae']:.2f} over {score['n']:,} items", score["n"] < FEW)
        for band, score in each.groups["price_band"].items()
    ]
    chart = bars(f"Mean error of {each.name} by price band", values, top)
    return _figure("Mean error by true price", chart, "With 95 % bootstrap intervals; faint: fewer than 20 items.")


def _coverage_bars(each: Evaluated) -> str:
    values = []
    given = Counter(band_of(each.outcome.truth[each.outcome.has_interval]))  # not all need have an interval
    for band, score in each.groups["price_band"].items():
        share, count = score["coverage80"], given[band]
        if share is not None:
            interval = wilson(round(share * count), count)
            values.append(Bar(band, share, interval, f"${band}: {share:.1%} of {count:,} items", count < FEW))
    if not values:
        return _figure("Coverage by true price", "", "This pricer gives no intervals.")
    chart = bars(f"Coverage of the 80 % interval of {each.name} by price band", values, 1.0, form="%", goal=0.8)
    return _figure("Coverage of the 80 % interval by true price", chart, "Share of truths within it; dashed: 80 %.")


def _worst(each: Evaluated, titles: Sequence[str]) -> str:
    outcome, rows = each.outcome, []
    for i in np.argsort(-outcome.errors, kind="stable")[:WORST]:
        interval = f"{_money(outcome.low[i])} to {_money(outcome.high[i])}" if outcome.has_interval[i] else "–"
        figures = (_money(outcome.truth[i]), _money(outcome.price[i]), interval, _money(outcome.errors[i]))
        rows.append((titles[i][:TITLE_CHARACTERS], *figures))
    worst = table(("product", "truth $", "estimate $", "80 % interval $", "error $"), rows)
    return f'<div class="worst"><h3>The worst {len(rows)}</h3>{worst}</div>'


def pricer_section(findings: Findings, place: int, top: float) -> str:
    """Charts and tables of one pricer; `top` is the highest error of the bars, so that those of several pricers compare."""
    each = findings.evaluated[place]
    tables = "".join(scores_table(heading, each.groups[key]) for key, heading in HEADINGS.items() if each.groups[key])
    tables += scores_table("band of the estimate $", each.levels) if each.levels else ""
    still = f'<div class="stack">{_running(each)}{_error_bars(each, top)}{_coverage_bars(each)}</div>'
    return (
        f'<section><h2>{html.escape(each.name)}</h2><div class="charts">{_scatter(each, place)}{still}</div>'
        f"<details open><summary>By split, bands of price and of estimate, and category</summary>{tables}</details>"
        f"{_worst(each, findings.titles)}</section>"
    )


def _forest_row(found: Difference, split: str = "") -> ForestRow:
    winner = found["better"]
    verdict = f"{winner[:28]} better" if winner else "no difference shown"
    label = split or f"{found['a']} less {found['b']}"
    return ForestRow(label, found["difference"], found["ci_adjusted"], verdict, winner is not None, bool(split))


def _difference_cells(found: Difference) -> tuple[str, ...]:
    plain, adjusted = (f"{low:+.2f} to {high:+.2f}" for low, high in (found["ci95"], found["ci_adjusted"]))
    shares = (f"{found['nearer']:.1%}", f"{found['ties']:.1%}", found["better"] or "not shown")
    return (f"{found['a']} less {found['b']}", f"{found['n']:,}", f"{found['difference']:+.2f}", plain, adjusted, *shares)


def differences_section(found: Sequence[Difference]) -> str:
    """The forest plot and the table of the paired differences; nothing for a single pricer."""
    if not found:
        return ""
    rows, parts = [], list(found[0].get("by", {}).get("split", {}).items())
    for each in found:
        of_splits = each.get("by", {}).get("split", {}).items()
        rows += [_forest_row(each), *(_forest_row(part, split) for split, part in of_splits)]
    notes = [family_note(found[0]["comparisons"], "on all items")]
    notes += [family_note(parts[0][1]["comparisons"], "by split")] if parts else []
    chart = forest("Differences of the mean error, with intervals", rows)
    words = "Left of zero the first errs less. Paired: each draw of items is the same for both."
    drawn = f'<figure class="card"><div class="forest">{chart}</div><figcaption>{words}</figcaption></figure>'
    cells = table(DIFFERENCE_HEADER, [_difference_cells(each) for each in found])
    return f"<section><h2>Differences of the mean error</h2>{paragraphs(notes)}{drawn}{cells}</section>"
