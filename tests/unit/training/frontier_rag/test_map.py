"""The map's figures, its judgement and its repeatability, on a few invented products."""

import json
from pathlib import Path

import numpy as np
import pytest

from dashboard.models.product_map import COMMAND, FORMAT_VERSION, MEDIA_TYPES, read_map
from frontier_rag.places import product_map
from frontier_rag.store.bundled_products import save_bundle
from training import frontier_rag_map
from training.frontier_rag.map_figure import COLOURS, GREYS, NONE, OTHER, REACH, Points, figure, heading, legend_names, scaled
from training.frontier_rag.map_layout import judge, nearest_rows, sample_of

RNG = np.random.default_rng(0)


def clusters(each: int) -> np.ndarray:
    """Unit vectors in three tight bundles, one after the other."""
    middles = np.repeat(np.eye(384, dtype=np.float32)[:3], each, axis=0)
    vectors = middles + RNG.normal(0, 0.01, middles.shape).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("Cell Phones > Cases", "Cell Phones"),
        ("Toys_and_Games", "Toys and Games"),
        ("stationery amp office machinery", "Stationery & office machinery"),
        ("Tools & Home Improvement", "Tools and Home Improvement"),
        ("product", NONE),
        ("", NONE),
    ],
)
def test_a_category_path_becomes_a_short_heading(category: str, expected: str) -> None:
    assert heading(category) == expected


def test_rare_categories_share_one_entry_and_products_without_any_keep_theirs() -> None:
    names = legend_names(["Toys"] * 3 + ["Tools"] * 2 + ["Lamps", ""], limit=2)
    assert names == ["Toys"] * 3 + ["Tools"] * 2 + [OTHER, NONE]


def test_positions_fill_the_range_and_keep_their_proportions() -> None:
    places = scaled(np.array([[0.0, 10.0], [4.0, 10.0], [2.0, 11.0]]))
    assert places.tolist() == [[-REACH, -REACH // 4], [REACH, -REACH // 4], [0, REACH // 4]]


def test_a_figure_has_a_trace_for_each_category_and_tells_category_and_price_alone() -> None:
    points = Points(np.array([[0.0, 0, 0], [1, 1, 1], [2, 0, 1], [0, 2, 2]]), ["Tools", "Toys", OTHER, "Toys"], [5, 7.25, 1, 9])
    made = json.loads(json.dumps(figure(points, "Four products")))
    assert [trace["name"] for trace in made["data"]] == ["Toys", "Tools", OTHER]
    toys = made["data"][0]
    assert set(toys) == {"type", "mode", "name", "x", "y", "z", "customdata", "hovertemplate", "marker"}
    assert toys["type"] == "scatter3d"
    assert toys["customdata"] == [7.25, 9.0]
    assert [len(toys[axis]) for axis in "xyz"] == [2, 2, 2]
    assert [trace["marker"]["color"] for trace in made["data"]] == [*COLOURS[:2], GREYS[OTHER]]


def test_a_flat_figure_is_a_plain_scatter_with_equal_axes() -> None:
    made = figure(Points(np.array([[0.0, 0], [1, 1]]), ["Toys", "Toys"], [5, 7]), "Two")
    assert made["data"][0]["type"] == "scatter"
    assert "z" not in made["data"][0]
    assert made["layout"]["yaxis"]["scaleanchor"] == "x"


def test_a_sample_is_the_same_for_a_seed_and_holds_no_product_twice() -> None:
    one = sample_of(1000, 50, 3)
    assert one.tolist() == sample_of(1000, 50, 3).tolist() != sample_of(1000, 50, 4).tolist()
    assert len(set(one.tolist())) == 50
    assert sample_of(5, 50, 3).tolist() == [0, 1, 2, 3, 4]


def test_the_judgement_tells_a_faithful_map_from_a_shuffled_one() -> None:
    vectors = clusters(12)
    names = [name for name in ("Toys", "Tools", "Lamps") for _ in range(12)]
    faithful = np.asarray(vectors[:, :3], np.float64)
    good = judge(vectors, faithful, names)
    bad = judge(vectors, RNG.permutation(faithful), names)
    assert good["same_category"] == good["same_category_by_vector"] == 1.0
    assert bad["same_category"] < 0.6
    assert bad["kept_neighbours"] < good["kept_neighbours"]


def test_neighbours_are_the_same_however_many_rows_there_are_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    positions = RNG.normal(size=(50, 3))
    whole = np.sort(nearest_rows(positions, 4))
    monkeypatch.setattr("training.frontier_rag.map_layout._BLOCK", 7)
    assert np.sort(nearest_rows(positions, 4)).tolist() == whole.tolist()
    assert not (whole == np.arange(50)[:, None]).any()


def test_both_readers_of_a_map_know_the_same_format() -> None:
    assert (product_map.FORMAT_VERSION, product_map.COMMAND) == (FORMAT_VERSION, COMMAND)


def test_places_tell_which_product_lies_where_as_the_figures_do() -> None:
    rng = np.random.default_rng(1)
    maps = {name: Points(rng.normal(size=(5, n)), ["Toys"] * 5, [1.0] * 5) for name, n in frontier_rag_map.DIMENSIONS.items()}
    rows = sample_of(12, 5, 1)
    table = frontier_rag_map.places(frontier_rag_map.Made(maps, rows, {}))
    assert table["row"].tolist() == rows.tolist()
    for name, points in maps.items():
        trace = figure(points, "")["data"][0]
        assert table[name].tolist() == [list(each) for each in zip(*(trace[axis] for axis in "xyz" if axis in trace), strict=True)]


def _make(folder: Path, out: str, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    frontier_rag_map.main(["--bundle", str(folder / "bundle"), "--out", str(folder / out), "--points", "30", "--perplexity", "5"])
    return dict(json.loads(capsys.readouterr().out.splitlines()[-1]))


def test_the_same_seed_makes_the_same_map_and_the_dashboard_reads_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn (make training)")
    pytest.importorskip("matplotlib", reason="needs matplotlib (make training)")
    names = [name for name in ("Toys", "Tools > Saws", "Lamps") for _ in range(12)]
    prices = [float(i + 1) for i in range(36)]
    save_bundle(tmp_path / "bundle", clusters(12), prices, names, embedder="1", data={}, metrics={})
    told = _make(tmp_path, "one", capsys)
    _make(tmp_path, "two", capsys)
    for name in (*MEDIA_TYPES, product_map.FILE):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    found = read_map(tmp_path / "one")
    assert (found.points, found.products, found.version) == (30, 36, told["version"])
    assert {each.name for each in found.categories} == {"Toys", "Tools", "Lamps"}
    assert json.loads((tmp_path / "one" / "meta.json").read_text())["format_version"] == FORMAT_VERSION
    points = product_map.ProductMap(tmp_path / "one", tmp_path / "bundle").points("1")
    assert (points.version, len(points.positions)) == (told["version"], 30)
    assert not list((tmp_path / "one").glob("*part*"))
