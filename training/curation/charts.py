"""Draws a curation's figures as PNG and puts them on one page: lengths, tokens, prices, categories, price against length.

Uses matplotlib's objects, not pyplot: no state is shared and no display is looked for. Knows only the counts of
CurationStats, so that it takes the same time for a thousand rows and for ten million.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.curation import page
from training.curation.chart_look import AFTER, BEFORE, INK, LOOK, MARK, SOFT, SQUARE, WEDGES, WIDE, new_figure, thousands
from training.curation.page import Picture
from training.curation.stats import CurationStats, Histogram

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PRICE_BIN = 10  # dollars a bar
SHOWN_CATEGORIES = 20


def mean(counted: Histogram) -> float:
    """Mean of the counted values, each taken as the middle of its bin; nan when there is none."""
    middles = np.array(counted.edges[:-1]) + counted.width / 2
    return float(np.average(middles, weights=counted.counts)) if counted.total else float("nan")


def median(counted: Histogram) -> float:
    """Middle of the bin that holds the median; nan when nothing was counted."""
    if not counted.total:
        return float("nan")
    position = int(np.searchsorted(np.cumsum(counted.counts), counted.total / 2))
    return counted.low + counted.width * (position + 0.5)


def _bars(axis: "Axes", counted: Histogram, colour: str, label: str) -> None:
    axis.bar(counted.edges[:-1], counted.counts, counted.width, align="edge", color=colour, label=label)


def _overlay(read: Histogram, kept: Histogram, unit: str) -> "Figure":
    """What was read behind what was kept."""
    figure = new_figure(WIDE)
    axis = figure.subplots()
    for counted, colour, label in ((read, BEFORE, "read"), (kept, AFTER, "kept")):
        _bars(axis, counted, colour, f"{label}: {counted.total:,} products, median {median(counted):,.0f} {unit}")
    filled = [i for i, count in enumerate(read.counts) if count] or [0]
    last = read.edges[max(filled) + 1]
    axis.set_xlim(read.edges[0], last)
    beyond = f" (the last bar: {read.edges[-2]:,.0f} and more)" if last == read.edges[-1] else ""
    axis.set_xlabel(f"{unit} of a product{beyond}")
    axis.set_ylabel(f"products in each {read.width:,.0f} {unit}")
    thousands(axis, "x")
    thousands(axis)
    axis.grid(axis="y")
    axis.legend(loc="upper right")
    return figure


def _by_tens(counted: Histogram) -> Histogram:
    sums = np.add.reduceat(counted.counts, np.arange(0, len(counted.counts), PRICE_BIN))
    return Histogram(counted.low, counted.width * PRICE_BIN, sums.tolist())


def _prices(stats: CurationStats) -> "Figure":
    figure = new_figure(SQUARE)
    axes = figure.subplots(2, sharex=True)
    parts = ((stats.prices_kept, "Before the sample", BEFORE), (stats.prices_sampled, "After the sample", AFTER))
    for axis, (counted, title, colour) in zip(axes, parts, strict=True):
        _bars(axis, _by_tens(counted), colour, title)
        axis.set_title(f"{title}: {counted.total:,} products")
        axis.axvline(mean(counted), color=MARK, linewidth=1.5, label=f"mean ${mean(counted):,.0f}")
        axis.axvline(median(counted), color=MARK, linewidth=1.5, linestyle="--", label=f"median ${median(counted):,.0f}")
        axis.set_ylabel(f"products in each ${PRICE_BIN}")
        thousands(axis)
        axis.grid(axis="y")
        axis.legend(loc="upper right")
    axes[1].set_xlim(0, 1000)
    axes[1].set_xlabel("price, US dollars")
    return figure


def _largest(counts: Mapping[str, int], shown: int) -> list[tuple[str, int]]:
    """The `shown` largest, then the rest as one."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    rest = sum(count for _, count in ordered[shown:])
    return ordered[:shown] + ([(f"{len(ordered) - shown} others", rest)] if rest else [])


def _category_bars(stats: CurationStats) -> "Figure":
    pairs = _largest(stats.categories_kept, SHOWN_CATEGORIES)
    figure = new_figure((8.0, 1.6 + 0.5 * max(len(pairs), 3)))
    axis = figure.subplots()
    named = dict(pairs)
    rest = sum(stats.categories_sampled.values()) - sum(stats.categories_sampled.get(name, 0) for name in named)
    sampled = [stats.categories_sampled.get(name, rest if name.endswith(" others") else 0) for name in named]
    places = np.arange(len(pairs))
    for offset, counts, colour, label in (
        (-0.2, list(named.values()), BEFORE, "kept by the rules"),
        (0.2, sampled, AFTER, "in the sample"),
    ):
        drawn = axis.barh(places + offset, counts, 0.4, color=colour, label=label)
        axis.bar_label(drawn, [f"{count:,}" for count in counts], padding=4, color=SOFT, fontsize=9)
    axis.set_yticks(places, [name or "no category" for name in named], color=INK)
    axis.invert_yaxis()
    axis.set_xlabel("products")
    thousands(axis, "x")
    axis.margins(x=0.12)
    axis.grid(axis="x")
    axis.legend(loc="lower right")
    return figure


def _category_donut(stats: CurationStats) -> "Figure":
    pairs = _largest(stats.categories_sampled, len(WEDGES) - 1)
    total = sum(count for _, count in pairs)
    figure = new_figure(SQUARE)
    axis = figure.subplots()
    labels = [f"{name or 'no category'}, {count / total:.1%}" for name, count in pairs if total]
    ring = {"width": 0.38, "edgecolor": "white", "linewidth": 1.5}
    colours = WEDGES[: len(pairs)]
    axis.set_axis_off()  # also where there is no wedge to draw
    if total:
        axis.pie([count for _, count in pairs], labels=labels, colors=colours, startangle=90, counterclock=False, wedgeprops=ring)
    axis.text(0, 0, f"{total:,}\nin the sample", ha="center", va="center", fontsize=13)
    return figure


def _running_median(lengths: "np.typing.NDArray[np.float64]", prices: "np.typing.NDArray[np.float64]") -> list[tuple[float, float]]:
    """(length, median price) of equal shares of the points, at least 50 each."""
    order = np.argsort(lengths, kind="stable")
    parts = np.array_split(order, min(20, len(order) // 50)) if len(order) >= 100 else []
    return [(float(np.median(lengths[part])), float(np.median(prices[part]))) for part in parts]


def _price_length(stats: CurationStats) -> "Figure":
    figure = new_figure(SQUARE)
    axis = figure.subplots()
    lengths = np.array([size for _, _, size in stats.points], np.float64)
    prices = np.array([price for _, price, _ in stats.points], np.float64)
    axis.scatter(lengths, prices, s=9, color=AFTER, alpha=0.35, linewidths=0, label=f"{len(prices):,} products drawn at random")
    line = _running_median(lengths, prices)
    if line:
        axis.plot(*zip(*line, strict=True), color=MARK, linewidth=2, label="median price at that length")
    axis.set_yscale("log")
    axis.set_ylim(0.4, 1100)
    ticks = (1, 3, 10, 30, 100, 300, 1000)
    axis.set_yticks(ticks, [f"${tick:,}" for tick in ticks])
    axis.set_yticks([], minor=True)
    axis.set_xlabel("characters of a product's description, features and details")
    axis.set_ylabel("price, US dollars (logarithmic)")
    thousands(axis, "x")
    axis.grid()
    axis.legend(loc="lower right")
    return figure


def _all(stats: CurationStats) -> Sequence[tuple[str, str, str, Callable[[], "Figure"]]]:
    """File name, heading, what it shows in words, how it is drawn."""
    characters, tokens = stats.characters_kept, stats.tokens_kept
    before, after = stats.prices_kept, stats.prices_sampled
    return (
        (
            "lengths.png",
            "Length in characters",
            f"Characters of description, features and details. Kept products have a median of {median(characters):,.0f}.",
            lambda: _overlay(stats.characters_read, characters, "characters"),
        ),
        (
            "tokens.png",
            "Length in tokens",
            f"Llama 3 tokens of title and contents. Kept products have a median of {median(tokens):,.0f}.",
            lambda: _overlay(stats.tokens_read, tokens, "tokens"),
        ),
        (
            "prices.png",
            "Prices before and after the sample",
            f"The mean goes from ${mean(before):,.0f} to ${mean(after):,.0f}, "
            f"the median from ${median(before):,.0f} to ${median(after):,.0f}.",
            lambda: _prices(stats),
        ),
        (
            "price_length.png",
            "Price against length",
            "Each point is a kept product; the line is the median price of products of about that length.",
            lambda: _price_length(stats),
        ),
        (
            "categories.png",
            "Categories",
            f"{len(stats.categories_kept):,} categories among the kept products, {len(stats.categories_sampled):,} in the sample.",
            lambda: _category_bars(stats),
        ),
        (
            "categories_donut.png",
            "Categories of the sample",
            "The share of each category among the products of the sample.",
            lambda: _category_donut(stats),
        ),
    )


def write_charts(folder: Path, stats: CurationStats) -> Path:
    """Write the figures as PNG into `folder`, and a page that holds them all with what each rule dropped; the page's path."""
    import matplotlib

    folder.mkdir(parents=True, exist_ok=True)
    pictures = []
    with matplotlib.rc_context(LOOK):
        for name, heading, words, draw in _all(stats):
            part = folder / f"{name}.part"
            draw().savefig(part, format="png", facecolor="white")
            os.replace(part, folder / name)
            pictures.append(Picture(folder / name, heading, words))
    return page.write(folder / "curation.html", stats, pictures)
