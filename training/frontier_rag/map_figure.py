"""Figures of the map in Plotly's JSON: a trace for each category, positions as whole numbers, the price for the hover text.

Holds no product text. Knows nothing of how the positions came about.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

NONE, OTHER = "No category", "Other"
# Middle tones that stand out on white and on near black alike; the two at the end are for what has no category of its own.
COLOURS = (
    "#4c86d8",
    "#e07b2e",
    "#35a06b",
    "#d9534f",
    "#8f6fd1",
    "#a8763e",
    "#d667ad",
    "#1fa3a8",
    "#b49a1c",
    "#6f9a2f",
    "#c04a7c",
)
GREYS = {NONE: "#8a938f", OTHER: "#b3aaa0"}
REACH = 1000  # positions lie within -REACH..REACH
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Points:
    """Products on the map: positions [n, 2 or 3], the legend's category and the price (US dollars) of each."""

    positions: Floats
    categories: Sequence[str]
    prices: Sequence[float]


def heading(category: str) -> str:
    """The first level of a category path, as a person would write it; NONE where a product has none ("product" in the bundle)."""
    first = " ".join(category.split(" > ", 1)[0].replace("_", " ").replace(" amp ", " & ").split())
    if first in ("", "product"):
        return NONE
    return (first[0].upper() + first[1:]).replace("Tools & Home", "Tools and Home")


def legend_names(categories: Sequence[str], limit: int = len(COLOURS)) -> list[str]:
    """Each product's entry in the legend: its heading where that is among the `limit` most frequent, else OTHER."""
    headings = [heading(each) for each in categories]
    counts = Counter(each for each in headings if each != NONE)
    kept = {name for name, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:limit]} | {NONE}
    return [each if each in kept else OTHER for each in headings]


def scaled(positions: Floats) -> npt.NDArray[np.int64]:
    """Centred on the middle of the range and stretched alike on all axes to REACH, as whole numbers."""
    low, high = positions.min(0), positions.max(0)
    half = max(float((high - low).max()) / 2, 1e-9)
    return np.asarray(np.rint((positions - (low + high) / 2) / half * REACH), np.int64)


def traces(points: Points) -> list[dict[str, Any]]:
    """One for each category, the largest first, those without a category of their own last."""
    names = np.array(points.categories)
    places, prices = scaled(points.positions), np.round(np.array(points.prices, np.float64), 2)
    counts = Counter(points.categories)
    order = sorted(counts, key=lambda name: (name in GREYS, -counts[name], name))
    own = [name for name in order if name not in GREYS]
    colours = dict(zip(own, COLOURS, strict=False)) | GREYS
    return [_trace(name, colours[name], places[names == name], prices[names == name].tolist()) for name in order]


def _trace(name: str, colour: str, places: npt.NDArray[np.int64], prices: list[float]) -> dict[str, Any]:
    axes = dict(zip("xyz", (column.tolist() for column in places.T), strict=False))
    is_flat = len(axes) == 2
    return {
        "type": "scatter" if is_flat else "scatter3d",
        "mode": "markers",
        "name": name,
        **axes,
        "customdata": prices,
        "hovertemplate": "%{fullData.name}<br>$%{customdata:,.2f}<extra></extra>",
        "marker": {"size": 5 if is_flat else 3, "color": colour, "opacity": 0.75},
    }


def figure(points: Points, title: str) -> dict[str, Any]:
    """A whole figure: `plotly.io.from_json` reads it, and so does the dashboard's page."""
    bare = {"visible": False}
    is_flat = points.positions.shape[1] == 2
    axes = (
        {"xaxis": bare, "yaxis": {**bare, "scaleanchor": "x"}}
        if is_flat
        else {"scene": dict.fromkeys(("xaxis", "yaxis", "zaxis"), bare)}
    )
    layout = {"title": {"text": title}, "hovermode": "closest", "legend": {"itemsizing": "constant"}, **axes}
    return {"data": traces(points), "layout": layout}
