"""The ledger's two plots as Plotly figures, which static/plots.js draws. Colours are names of the page's.

What a dot says stands in `text`, escaped, as Plotly reads markup in it, and plain in `customdata`, for who goes by the keyboard.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from dashboard.html.formatting import money, percent
from dashboard.ledger.schemas import Push, Share

_LOOKS = {"right": ("accent", "circle"), "wrong": ("bad", "x")}
_OTHER = ("soft", "circle-open")


def savings_figure(pushes: Sequence[Push]) -> dict[str, Any]:
    """What was claimed against what held, a dot for each push of which that is known; lines of all of it and of half."""
    looks = [_LOOKS.get(each.verdict, _OTHER) for each in pushes]
    dots = _dots([each.saving for each in pushes], [each.held for each in pushes], [_words_of_push(each) for each in pushes])
    dots |= {"mode": "markers", "meta": "accent", "name": "Pushes"}
    dots["marker"] = {"color": [look[0] for look in looks], "symbol": [look[1] for look in looks], "size": 9, "opacity": 0.8}
    end = max([1.0, *(each.saving for each in pushes)]) * 1.05
    lines = [_line(end, 1.0, "solid"), _line(end, 0.5, "dash")]
    axes = {"xaxis": _axis("claimed saving") | {"rangemode": "tozero"}, "yaxis": _axis("what of it held")}
    return {"data": [*lines, dots], "layout": {"showlegend": False, **axes}}


def weeks_figure(weeks: Sequence[Share]) -> dict[str, Any]:
    """The share of right pushes by the week in which they were pushed, in its 95 % interval; large dots rest on many."""
    told = [each for each in weeks if each.share is not None]
    names = [each.name for each in told]
    most = max([1, *(each.known for each in told)])
    dots = _dots(names, [each.share for each in told], [_words_of_week(each) for each in told])
    dots |= {"mode": "lines+markers", "meta": "accent", "line": {"width": 2}, "name": "Share right"}
    dots["marker"] = {"size": [round(6 + 8 * (each.known / most) ** 0.5, 1) for each in told], "opacity": 1}
    shares = [(each.low or 0, each.share or 0, each.high or 0) for each in told]
    up, down = [high - share for _, share, high in shares], [share - low for low, share, _ in shares]
    dots["error_y"] = {
        "type": "data",
        "symmetric": False,
        "array": up,
        "arrayminus": down,
        "color": "range",
        "thickness": 3,
        "width": 0,
    }
    axis = {"range": [-0.03, 1.05], "tickformat": ".0%", "title": {"text": "share right, with its 95 % interval"}}
    return {"data": [dots], "layout": {"showlegend": False, "xaxis": {"type": "date"}, "yaxis": axis}}


def _dots(x: Sequence[object], y: Sequence[object], words: Sequence[Sequence[str]]) -> dict[str, Any]:
    text = ["<br>".join(escape(line, quote=False) for line in lines) for lines in words]
    said = [", ".join(lines) for lines in words]
    return {
        "type": "scatter",
        "x": list(x),
        "y": list(y),
        "text": text,
        "customdata": said,
        "hovertemplate": "%{text}<extra></extra>",
    }


def _words_of_push(push: Push) -> tuple[str, ...]:
    rests = f"{push.points} day{'' if push.points == 1 else 's'} with a later offer"
    return (
        push.title[:80],
        f"claimed {money(push.saving)}, held {money(push.held)}: {push.verdict}",
        f"{push.pushed:%Y-%m-%d}, {rests}",
    )


def _words_of_week(week: Share) -> tuple[str, ...]:
    ends = f"{percent(week.low or 0)} to {percent(week.high or 0)}"
    return (f"week of {week.name}", f"{percent(week.share or 0)} right, {week.right} of {week.known}", f"95 % interval {ends}")


def _line(end: float, share: float, dash: str) -> dict[str, Any]:
    line = {"width": 1, "dash": dash, "color": "soft"}
    return {
        "type": "scatter",
        "x": [0, end],
        "y": [0, end * share],
        "mode": "lines",
        "line": line,
        "hoverinfo": "skip",
        "meta": "soft",
    }


def _axis(title: str) -> dict[str, Any]:
    return {"title": {"text": title}, "tickprefix": "$"}
