"""Draws a curation's figures as PNG and puts them on one page: lengths, tokens, prices, categories, price against length.

Uses matplotlib's objects, not pyplot: no state is shared and no display is looked for. Knows only the counts of
CurationStats, so that it takes the same time for a thousand rows and for ten million.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.curation import page
from training.curation.chart_look import AFTER, BEFORE, INK, LOOK, MARK, SOFT, SQUARE, WEDGES, new_figure, thousands
from training.curation.page import Picture, shown_name
from training.curation.stats import CurationStats, Histogram
from training.data.whole_files import whole_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TOKEN_BIN, PRICE_BARS = 5, 100  # tokens a bar; bars of prices
SHOWN_CATEGORIES = 12


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


def _pair(before: Histogram, after: Histogram, titles: Sequence[str], unit: Callable[[float], str], per: int = 1) -> "Figure":
    """Two histograms over the same axis, each on a scale of its own: the rules pile most of what they keep on a few bars.

    `per`: bins to a bar.
    """
    figure = new_figure(SQUARE)
    axes = figure.subplots(2, sharex=True)
    for axis, counted, title, colour in zip(axes, (before, after), titles, (BEFORE, AFTER), strict=True):
        bars = np.add.reduceat(counted.counts, np.arange(0, len(counted.counts), per))
        axis.bar(counted.edges[:-1:per], bars, counted.width * per, align="edge", color=colour)
        axis.set_title(f"{title}: {counted.total:,} products")
        if counted.total:
            for value, name, line in ((mean(counted), "mean", "-"), (median(counted), "median", "--")):
                axis.axvline(value, color=MARK, linewidth=1.5, linestyle=line, label=f"{name} {unit(value)}")
            axis.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0)
        axis.set_ylabel(f"products in each {unit(counted.width * per)}")
        thousands(axis)
        axis.grid(axis="y")
    return figure


def _lengths(read: Histogram, kept: Histogram, unit: str, per: int) -> "Figure":
    figure = _pair(read, kept, ("Read", "Kept by the rules"), lambda value: f"{value:,.0f}", per)
    axis = figure.axes[-1]
    filled = max((i for i, count in enumerate(read.counts) if count), default=0)
    axis.set_xlim(read.edges[0], read.edges[filled // per * per + per])
    beyond = f" (the last bar: {read.edges[-1 - per]:,.0f} and more)" if filled == len(read.counts) - 1 else ""
    axis.set_xlabel(f"{unit} of a product{beyond}")
    thousands(axis, "x")
    return figure


def _dollars(value: float) -> str:
    return f"${value:,.0f}" if value == value else "none"  # noqa: PLR0124 (nan)


def _price_axis(stats: CurationStats) -> int:
    """Where the axis of prices ends, in dollars: at those of the published range, or at all that are taken."""
    return 10_000 if any(stats.prices_kept.counts[1000:]) else 1000


def _up_to(counted: Histogram, bins: int) -> Histogram:
    return Histogram(counted.low, counted.width, counted.counts[:bins])


def _prices(stats: CurationStats) -> "Figure":
    titles = ("Before the sample", "After the sample")
    highest = _price_axis(stats)
    shown = [_up_to(counted, highest) for counted in (stats.prices_kept, stats.prices_sampled)]
    figure = _pair(shown[0], shown[1], titles, _dollars, highest // PRICE_BARS)
    axis = figure.axes[-1]
    axis.set_xlim(0, highest)
    ticks = range(0, highest + 1, highest // 10)
    axis.set_xticks(ticks, [f"${tick:,}" for tick in ticks])
    axis.set_xlabel("price, US dollars")
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
    axis.set_yticks(places, [shown_name(name) for name in named], color=INK)
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
    axis.set_axis_off()  # also where there is no wedge to draw
    if total:
        ring = {"width": 0.38, "edgecolor": "white", "linewidth": 1.5}
        wedges = axis.pie([count for _, count in pairs], colors=WEDGES, startangle=90, counterclock=False, wedgeprops=ring)[0]
        labels = [f"{count / total:.1%}  {shown_name(name)}" for name, count in pairs]
        axis.legend(wedges, labels, loc="center left", bbox_to_anchor=(1.0, 0.5), labelspacing=0.8, title="Clockwise from the top")
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
    axis.scatter(lengths, prices, s=14, color=AFTER, alpha=0.4, linewidths=0, label=f"{len(prices):,} products drawn at random")
    line = _running_median(lengths, prices)
    if line:
        axis.plot(*zip(*line, strict=True), color=MARK, linewidth=2, label="median price at that length")
    axis.set_yscale("log")
    highest = _price_axis(stats)
    axis.set_ylim(0.4, 1.1 * highest)
    ticks = [tick for tick in (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000) if tick <= highest]
    axis.set_yticks(ticks, [f"${tick:,}" for tick in ticks])
    axis.set_yticks([], minor=True)
    axis.set_xlabel("characters of a product's description, features and details")
    axis.set_ylabel("price, US dollars (logarithmic)")
    thousands(axis, "x")
    axis.grid()
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return figure


def pictures(stats: CurationStats) -> Sequence[tuple[str, str, str, Callable[[], "Figure"]]]:
    """File name, heading, what it shows in words, how it is drawn."""
    characters, tokens = stats.characters_kept, stats.tokens_kept
    before, after = stats.prices_kept, stats.prices_sampled
    return (
        (
            "lengths.png",
            "Length in characters",
            f"Characters of description, features and details. Kept products have a median of about {median(characters):,.0f}.",
            lambda: _lengths(stats.characters_read, characters, "characters", 1),
        ),
        (
            "tokens.png",
            "Length in tokens",
            f"Llama 3 tokens of title and contents. Kept products have a median of {median(tokens):,.0f}.",
            lambda: _lengths(stats.tokens_read, tokens, "tokens", TOKEN_BIN),
        ),
        (
            "prices.png",
            "Prices before and after the sample",
            f"The mean goes from {_dollars(mean(before))} to {_dollars(mean(after))}, "
            f"the median from {_dollars(median(before))} to {_dollars(median(after))}.",
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
    drawn = []
    with matplotlib.rc_context(LOOK):
        for name, heading, words, draw in pictures(stats) if stats.kept else ():
            with whole_file(folder / name) as part:
                draw().savefig(part, format="png", facecolor="white")
            drawn.append(Picture(folder / name, heading, words))
    return page.write(folder / "curation.html", stats, drawn)
