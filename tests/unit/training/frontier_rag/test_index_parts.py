"""What goes into a collection, where vectors are kept between runs, and the names of versions."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pytest

from frontier_rag.embedder import DIMENSIONS, Embedder
from frontier_rag.store import chroma_store
from training.evaluation.evaluation_file import Rejects
from training.frontier_rag.indexing import Texts, version_name
from training.frontier_rag.items import Item, drop_repeats, read_items
from training.frontier_rag.vector_cache import VectorCache
from training.frontier_rag.vectors import SHARD, embed_missing
from training.frontier_rag_index import parse

LONG = "steel bowl with five litres and a lid, three whisks, ten speeds and a cable of two metres"


class LengthEmbedder:
    """A vector of the text's length; keeps what it was asked, and may fail."""

    def __init__(self, most: int = 10**9) -> None:
        self.batches: list[Sequence[str]] = []
        self.most = most

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        if len(self.batches) >= self.most:
            raise KeyboardInterrupt
        self.batches.append(texts)
        return np.array([[len(text)] * DIMENSIONS for text in texts], np.float32)


def embed(items: Sequence[Item], embedder: LengthEmbedder, folder: Path) -> list[tuple[str, int, int]]:
    told: list[tuple[str, int, int]] = []
    embed_missing(
        [item.text for item in items], cast(Embedder, embedder), VectorCache(folder, "e1"), lambda *what: told.append(what)
    )
    return told


def item(title: str, contents: str = "", price: float = 10.0) -> Item:
    return Item(f"{title}{contents}{price}", title, contents, "Tools", price)


def written(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_raw_rows_and_curated_items_become_the_same_item(tmp_path: Path) -> None:
    raw = {"title": "Stand  mixer", "description": ["500 W"], "features": ["red"], "price": "249", "main_category": "Appliances"}
    curated = {"title": "Stand mixer", "text": "Stand mixer\n500 W red", "price": 249.0, "category": "Appliances", "tokens": 9}
    for rows in ([raw], [curated], [raw, curated]):
        (found,) = read_items([written(tmp_path / "rows.jsonl", rows)], Rejects())
        assert (found.title, found.contents, found.category, found.price) == ("Stand mixer", "500 W red", "Appliances", 249.0)
        assert found.text == "Stand mixer\n500 W red"


def test_parquet_as_curation_writes_it_is_read(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="needs pyarrow (the extra curation)")
    table = pyarrow.table({"title": ["Lamp"], "category": ["Tools"], "price": [5.0], "text": ["Lamp\nwhite"], "prompt": ["?"]})
    pytest.importorskip("pyarrow.parquet", reason="needs pyarrow (the extra curation)").write_table(
        table, tmp_path / "train.parquet"
    )
    (found,) = read_items([tmp_path / "train.parquet"], Rejects())
    assert (found.text, found.category, found.price) == ("Lamp\nwhite", "Tools", 5.0)


def test_rows_without_price_or_text_are_counted_and_cost_no_other(tmp_path: Path) -> None:
    rows = [{"title": "a", "price": price} for price in (None, 0, -1, "nan", "inf", True)] + [{"title": "", "price": 5}]
    rejects = Rejects()
    found = read_items([written(tmp_path / "rows.jsonl", [*rows, {"title": "Lamp", "price": 5}])], rejects)
    assert [each.title for each in found] == ["Lamp"]
    assert rejects.count == 7


def test_the_order_of_files_changes_nothing(tmp_path: Path) -> None:
    one = written(tmp_path / "a.jsonl", [{"title": f"Lamp {i}", "price": i + 1} for i in range(20)])
    two = written(tmp_path / "b.jsonl", [{"title": f"Drill {i}", "price": i + 1} for i in range(20)])
    assert read_items([one, two], Rejects()) == read_items([two, one, one], Rejects())


def test_repeats_at_about_the_same_price_are_dropped_and_variants_at_another_are_kept() -> None:
    items = [
        item("Mixer A", LONG, 100.0),
        item("Mixer B", f"{LONG}, red", 103.0),
        item("Mixer C", f"{LONG}, large", 149.0),
        item("Drill", "20 V", 100.0),
        item("Drill", "another drill of that name", 101.0),
    ]
    heard: list[int] = []
    assert [each.price for each in drop_repeats(items, heard.append)] == [100.0, 149.0, 100.0]
    assert heard == [0, 1, 2, 3, 4, 5]
    assert drop_repeats([]) == []


def test_the_longest_texts_are_embedded_first_in_shards_and_each_once(tmp_path: Path) -> None:
    items = [item("x" * (i % 700 + 1), price=i + 1.0) for i in range(SHARD + 300)]
    embedder = LengthEmbedder()
    told = embed(items, embedder, tmp_path)
    lengths = [len(text) for batch in embedder.batches for text in batch]
    assert lengths == sorted(set(lengths), reverse=True)
    assert [len(batch) for batch in embedder.batches] == [SHARD, 200]
    assert told[0][1] == 0
    assert told[-1][1] == told[-1][2] == sum(lengths)


def test_a_killed_run_keeps_its_shards_and_goes_on_with_the_rest(tmp_path: Path) -> None:
    items = [item(f"lamp {i}") for i in range(SHARD + 10)]
    with pytest.raises(KeyboardInterrupt):
        embed(items, LengthEmbedder(most=1), tmp_path)
    (tmp_path / "e1" / "torn.npy.part.npy").write_bytes(b"half")
    (tmp_path / "e1" / "without-keys.npy").write_bytes(b"half")
    again = LengthEmbedder()
    embed(items, again, tmp_path)
    assert [len(batch) for batch in again.batches] == [10]
    cache = VectorCache(tmp_path, "e1")
    assert [float(vector[0]) for vector in cache.get([each.text for each in items])] == [len(each.text) for each in items]
    assert not list(tmp_path.glob("**/*.part.npy"))
    assert not VectorCache(tmp_path, "e2").has(items[0].text)
    with pytest.raises(KeyError):
        cache.get(["another text"])


def test_texts_are_stored_cut_or_not_at_all() -> None:
    mixer = item("Mixer", "a" * 50)
    assert Texts(10).product(mixer).text == "a" * 10
    mute = Texts(0).product(mixer)
    assert (mute.title, mute.text, mute.source, mute.price) == ("Tools", "", "mute", 10.0)


def test_a_versions_name_follows_from_what_decides_its_content() -> None:
    items = [item("a"), item("b")]
    name = version_name("products", items, Texts(), "e1")
    assert name == version_name("products", items, Texts(), "e1")
    others = [("products", items[:1], Texts(), "e1"), ("products", items, Texts(0), "e1"), ("products", items, Texts(), "e2")]
    assert len({name, *(version_name(*other) for other in others)}) == 4


def test_a_version_with_another_graph_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    sparse = version_name("products", [item("a"), item("b")], Texts(), "e1")
    monkeypatch.setattr(chroma_store, "SPARSE_TO", 1)
    assert version_name("products", [item("a"), item("b")], Texts(), "e1") != sparse


@pytest.mark.parametrize("wrong", [["--alias", "../x"], ["--text-characters", "0"], ["--threads", "0"], ["--grace", "-1"]])
def test_arguments_that_cannot_be_meant_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(wrong)
    assert "usage" in capsys.readouterr().err


def test_the_environment_says_where_chroma_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMA_URL", "chroma:8000")
    assert parse([]).target.chroma == "chroma:8000"
    monkeypatch.setenv("CHROMA_URL", "")
    assert parse([]).target.chroma.endswith("chroma")


def test_texts_are_stored_up_to_a_length_or_not_at_all() -> None:
    assert parse(["--text-characters", "10"]).target.texts == Texts(10)
    assert parse(["--no-text", "--text-characters", "10"]).target.texts == Texts(0)
