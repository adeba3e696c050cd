"""The report of judged deals: two plots (are the chances right; do the claimed savings come true), tables, and some deals with
what was known of each, on one HTML page.

matplotlib without its global state, so that nothing depends on a display. Knows nothing of how worth is found.
"""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from common.judging import Judgement, chance_words
from scanner.alert_rule import AlertRule
from training.judge.cases import Case
from training.judge.measure import Outcome
from training.judge.modes import Figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .7rem;border-bottom:1px solid #ddd;text-align:right}"
    "td:first-child,th:first-child{text-align:left}img{max-width:100%}"
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
COLUMNS = ("n", "ln", "ln_price", "ln_reference", "coverage80", "alerts_per_1000", "claimed", "true", "right30", "brier")
GREY = "#999999"
COLOURS = ("#2563a8", "#b5432e", "#3a8a4d")  # blue, red and green: of the modes in their order
DOLLARS = (1.0, 3000.0)  # of savings that have a place of their own
FEWEST = 10  # deals of a bin that is drawn: a share of fewer says nothing
SHOWN = "stated"  # the mode of the deals that are shown, as it is what a person sees
EXAMPLES = 10  # of them: as many pushed ones as others, if there are


def plots(outcomes: Mapping[str, Outcome], modes: Mapping[str, Mapping[str, Any]]) -> "Figure":
    """Left: are the chances right, in bins of FEWEST deals or more. Right: do the claimed savings of the alerts come true."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(11, 4.8), layout="constrained")
        left, right = figure.subplots(1, 2)
        _draw_chances(left, modes)
        _draw_savings(right, outcomes)
        for axes in (left, right):
            axes.legend(frameon=False)
    return figure


def _draw_chances(axes: "Axes", modes: Mapping[str, Mapping[str, Any]]) -> None:
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1)
    for (name, score), colour in zip(modes.items(), COLOURS, strict=False):
        mean, share, count = np.array([each for each in score["bins"] if each[2] >= FEWEST], float).reshape(-1, 3).T
        axes.scatter(mean, share, s=8 + 6 * np.sqrt(count), color=colour, alpha=0.8, label=name)
    axes.set(xlabel="chance that worth is 25 % above the price", ylabel="share of deals where it was", xlim=(0, 1), ylim=(0, 1))


def _draw_savings(axes: "Axes", outcomes: Mapping[str, Outcome]) -> None:
    """What lies beyond the axes stands at their edge: an alert that saved nothing must not vanish."""
    low, high = DOLLARS
    axes.plot(DOLLARS, DOLLARS, color=GREY, linewidth=1)
    for (name, outcome), colour in zip(outcomes.items(), COLOURS, strict=False):
        pushed = outcome.only(outcome.is_alert)
        claimed, true = np.clip(pushed.saving, low, high), np.clip(pushed.market - pushed.asked, low, high)
        axes.scatter(claimed, true, s=12, color=colour, alpha=0.6, label=name)
    axes.set(xscale="log", yscale="log")
    axes.set(xlabel="claimed saving of an alert, dollars", ylabel=f"true saving, dollars ({low:g}: or less)")
    axes.set(xlim=(low / 1.2, high * 1.2), ylim=(low / 1.2, high * 1.2))


def write(out: Path, heading: str, found: Mapping[str, Any], figures: Figures, rule: AlertRule) -> None:
    """report.html and judge.png in the folder `out`. `found`: what evaluate_deals prints; `figures`: of what; `rule`: by which."""
    out.mkdir(parents=True, exist_ok=True)
    figure = plots(figures.outcomes, found["modes"])
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=110)
    (out / "judge.png").write_bytes(drawn.getvalue())
    picture = base64.b64encode(drawn.getvalue()).decode()
    tables = "".join(_section(name, score) for name, score in found["modes"].items())
    read = f"<p>References read: {_said(found['references_read'])}</p>" if "references_read" in found else ""
    (out / "report.html").write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{html.escape(heading)}</title><style>{STYLE}</style></head><body><h1>{html.escape(heading)}</h1>"
        f'<p><img alt="Chance against share, and claimed against true saving" src="data:image/png;base64,{picture}"></p>{tables}'
        f"{read}{_examples(figures, rule)}</body></html>\n",
        encoding="utf-8",
    )


def _section(name: str, score: Mapping[str, Any]) -> str:
    rows = [("all", score), *score["by"].items()]
    pushed = f"<p>Pushed per 1,000 offered at parts of the market price, nothing stated: {_said(score['pushed_at'])}</p>"
    return f"<h2>{html.escape(name)}</h2>{_table(rows)}{pushed}"


def _examples(figures: Figures, rule: AlertRule) -> str:
    judged, is_alert = figures.judged[SHOWN], figures.outcomes[SHOWN].is_alert
    alerts, others = ([each for each, is_in in zip(judged, mask, strict=True) if is_in] for mask in (is_alert, ~is_alert))
    shown = [*_spread(alerts, EXAMPLES // 2), *_spread(others, EXAMPLES - EXAMPLES // 2)]
    return "<h2>Deals, with all that their texts state</h2>" + "".join(_example(*each, rule) for each in shown)


def _spread(judged: Sequence[tuple[Case, Judgement]], count: int) -> list[tuple[Case, Judgement]]:
    """At most `count` of them, from least to greatest expected saving at even steps."""
    ordered = sorted(judged, key=lambda each: each[1].saving)
    return (
        [ordered[i * len(ordered) // count + len(ordered) // (2 * count)] for i in range(count)]
        if len(ordered) > count
        else ordered
    )


def _example(case: Case, judgement: Judgement, rule: AlertRule) -> str:
    price, shop = case.offer.price, f" at {case.offer.retailer}" if case.offer.retailer else ""
    why = rule.why_not(judgement, price)
    said = [
        f"Asked: ${price:,.2f}{shop}. Worth ${judgement.worth:,.2f} (${judgement.low:,.2f} to ${judgement.high:,.2f}), "
        f"a saving of ${judgement.saving:,.2f}, "
        f"chance {chance_words(judgement.chance)}, support {chance_words(judgement.support)}.",
        f"It otherwise cost ${case.market:,.2f} ({case.kind.replace('_', ' ')}).",
        "Pushed." if why is None else f"Not pushed: {why}.",
    ]
    evidence = "".join(
        f"<tr><td>{html.escape(each.words)}</td><td>${each.price:,.2f}</td><td>{each.weight:.0%}</td></tr>"
        for each in sorted(judgement.evidence, key=lambda each: -each.weight)
    )
    table = f"<table><tr><th>evidence</th><th>worth by this alone</th><th>share</th></tr>{evidence}</table>"
    return f"<h3>{html.escape(case.offer.title)}</h3><p>{html.escape(' '.join(said))}</p>{table}"


def _said(values: Mapping[str, object]) -> str:
    return ", ".join(f"{html.escape(name)}: {_cell(value)}" for name, value in values.items())


def _table(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    head = "".join(f"<th>{column}</th>" for column in ("", *COLUMNS))
    body = "".join(
        f"<tr><td>{html.escape(name)}</td>" + "".join(f"<td>{_cell(score[column])}</td>" for column in COLUMNS) + "</tr>"
        for name, score in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(value: object) -> str:
    return "" if value is None else f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else html.escape(str(value))
