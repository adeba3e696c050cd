"""A product's prices over time as a figure of Plotly; static/plots.js gives it the page's colours. Knows no HTML."""

from typing import Any

from dashboard.opportunities.schemas import History


def history_figure(history: History, asked: float) -> dict[str, Any]:
    """Every offer as a dot, the usual and the lowest as lines, and what is asked now. Money in USD."""
    offers = sorted(history.items, key=lambda each: each.offered)
    dots = {
        "type": "scatter",
        "mode": "lines+markers",
        "line": {"shape": "hv", "width": 1},
        "name": "Offers",
        "x": [each.offered.isoformat() for each in offers],
        "y": [each.price for each in offers],
        "text": [each.retailer or "an unnamed shop" for each in offers],
        "hovertemplate": "%{y:$,.2f} at %{text}<br>%{x|%b %-d, %Y}<extra></extra>",
        "meta": "accent",
    }
    lowest = None if history.lowest == asked else history.lowest
    lines = [("Usual", history.usual, "ink"), ("Lowest", lowest, "good"), ("Asked now", asked, "deal")]
    level = [_level(name, value, colour) for name, value, colour in lines if value is not None]
    layout = {"shapes": level, "yaxis": {"tickprefix": "$", "rangemode": "tozero"}, "showlegend": False}
    return {"data": [dots], "layout": layout}


def _level(name: str, value: float, colour: str) -> dict[str, Any]:
    """A line across the plot with its name above it; `colour`: a name of the page's."""
    words = {"text": f"{name} ${value:,.2f}", "textposition": "end", "yanchor": "bottom", "font": {"size": 11, "color": colour}}
    line = {"width": 1, "dash": "dot", "color": colour}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": value, "y1": value, "line": line, "label": words}
