"""The figures of a curation: what they draw is what was counted, whatever was counted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("matplotlib", reason="needs matplotlib (uv sync --group dev)")

from matplotlib.figure import Figure
from matplotlib.image import imread

from tests.integration.training.curation.drawn_stats import NAMES, stats_of
from training.curation import charts
from training.curation.charts import mean, median, write_charts
from training.curation.stats import CurationStats, Histogram

PNGS = {"lengths.png", "tokens.png", "prices.png", "price_length.png", "categories.png", "categories_donut.png"}


@pytest.fixture(scope="module")
def stats() -> CurationStats:
    return stats_of(1500)


def figures(stats: CurationStats) -> Iterator[tuple[str, Figure]]:
    for name, _, _, draw in charts.pictures(stats):
        yield name, draw()


def words(figure: Figure) -> set[str]:
    figure.draw_without_rendering()
    return {text.get_text() for text in figure.findobj(match=lambda artist: hasattr(artist, "get_text"))}


def test_mean_and_median_of_a_histogram() -> None:
    counted = Histogram.empty(-0.5, 1, 1000)
    for price in (10, 10, 20, 400):
        counted.add(price)
    assert mean(counted) == pytest.approx(110)
    assert median(counted) == 10
    nothing = Histogram.empty(0, 1, 10)
    assert mean(nothing) != mean(nothing)
    assert median(nothing) != median(nothing)


def test_every_figure_is_a_picture_on_disk_and_no_half_one_stays(stats: CurationStats, tmp_path: Path) -> None:
    page = write_charts(tmp_path / "new" / "folder", stats)
    assert page.name == "curation.html"
    assert {path.name for path in page.parent.iterdir()} == PNGS | {"curation.html"}
    for name in PNGS:
        height, width, _ = imread(page.parent / name).shape
        assert width > 1000
        assert height > 400


def test_bars_add_up_to_what_was_counted(stats: CurationStats) -> None:
    drawn = dict(figures(stats))
    for name, before, after in (
        ("lengths.png", stats.characters_read, stats.characters_kept),
        ("tokens.png", stats.tokens_read, stats.tokens_kept),
        ("prices.png", stats.prices_kept, stats.prices_sampled),
    ):
        sums = [sum(bar.get_height() for bar in axis.patches) for axis in drawn[name].axes]
        assert sums == [before.total, after.total]
    assert [len(axis.patches) for axis in drawn["prices.png"].axes] == [100, 100], "ten dollars a bar"
    kept, sampled = drawn["categories.png"].axes[0].containers
    assert sum(bar.get_width() for bar in kept) == stats.kept
    assert sum(bar.get_width() for bar in sampled) == stats.sampled
    assert len(drawn["price_length.png"].axes[0].collections[0].get_offsets()) == len(stats.points)


def test_axes_name_their_units_and_titles_their_counts(stats: CurationStats) -> None:
    said = {name: words(figure) for name, figure in figures(stats)}
    assert {"price, US dollars", f"Before the sample: {stats.kept:,} products", "$100", "products in each $10"} <= said[
        "prices.png"
    ]
    assert "tokens of a product" in said["tokens.png"]
    assert {"Tools and Home Improvement", "no category", NAMES[-1]} <= said["categories.png"]
    assert any(text.endswith("%  Automotive") for text in said["categories_donut.png"])


def test_many_categories_are_added_up(stats: CurationStats) -> None:
    many = CurationStats(rows=100, kept=100, sampled=100)
    many.categories_kept = {f"c{i:02}": i + 1 for i in range(30)}
    many.categories_sampled = dict(many.categories_kept)
    drawn = dict(figures(many))
    kept, sampled = drawn["categories.png"].axes[0].containers
    assert [bar.get_width() for bar in kept] == [bar.get_width() for bar in sampled]
    assert sum(bar.get_width() for bar in kept) == sum(many.categories_kept.values())
    assert any("21 others" in text for text in words(drawn["categories_donut.png"]))


def test_where_nothing_was_kept_there_is_a_page_without_pictures(tmp_path: Path) -> None:
    page = write_charts(tmp_path, CurationStats(rows=3, dropped={"no price": 3}))
    assert [path.name for path in tmp_path.iterdir()] == ["curation.html"]
    assert "kept no row" in page.read_text()


def test_a_few_rows_without_a_sample_are_drawn(tmp_path: Path) -> None:
    few = stats_of(4)
    few.sampled, few.categories_sampled, few.prices_sampled = 0, {}, CurationStats().prices_sampled
    page = write_charts(tmp_path, few)
    assert "nan" not in page.read_text().split("<body>")[1].split("<img")[0]
    assert few.kept > 0
    assert len(list(tmp_path.glob("*.png"))) == len(PNGS)


def test_prices_past_a_thousand_dollars_widen_the_axes(stats: CurationStats) -> None:
    narrow = dict(figures(stats))
    assert narrow["prices.png"].axes[-1].get_xlim() == (0, 1000)
    wide = CurationStats.from_json(stats.to_json())
    wide.prices_kept.add(1299)
    wide.prices_sampled.add(12_000)
    drawn = dict(figures(wide))
    axis = drawn["prices.png"].axes[-1]
    assert axis.get_xlim() == (0, 10_000)
    assert [label.get_text() for label in axis.get_xticklabels()][1::9] == ["$1,000", "$10,000"]
    assert [len(each.patches) for each in drawn["prices.png"].axes] == [100, 100], "a hundred dollars a bar"
    assert [sum(bar.get_height() for bar in each.patches) for each in drawn["prices.png"].axes] == [
        wide.prices_kept.total,
        wide.prices_sampled.total,
    ]
    assert drawn["price_length.png"].axes[0].get_ylim()[1] == pytest.approx(11_000)
    assert [label.get_text() for label in drawn["price_length.png"].axes[0].get_yticklabels()][-1] == "$10,000"
