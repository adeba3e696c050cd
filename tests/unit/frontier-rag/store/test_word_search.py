"""What words find in a collection, beside vectors."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest

from frontier_rag.products import Neighbour, Product
from frontier_rag.store import word_search
from frontier_rag.store.hybrid_search import HybridSearch
from frontier_rag.store.word_search import NamedPage, Segment, WordSearch

TITLES = ["Sony WH-1000XM5 Headphones", "Sony WH-1000XM4 Headphones", "Bose QC Ultra Headphones", "Garlic Press", "Lamp"]


@dataclass
class FakeCollection:
    """Finds the first product by every vector; hands out all."""

    titles: Sequence[str] = tuple(TITLES)
    asked: list[list[str]] = field(default_factory=list)

    async def nearest(self, vectors: npt.NDArray[np.float32], count: int) -> list[list[Neighbour]]:
        return [[Neighbour(self.product(3), 0.6, id="3")] for _ in vectors]

    async def nearest_of(self, category: str, vector: npt.NDArray[np.float32], count: int) -> list[Neighbour]:
        return [Neighbour(self.product(0), 0.5, id="0")]

    async def products(self, ids: Sequence[str]) -> dict[str, tuple[Product, npt.NDArray[np.float32]]]:
        self.asked.append(list(ids))
        return {name: (self.product(int(name)), np.array([0.0, 1.0], np.float32)) for name in ids}

    async def count(self) -> int:
        return len(self.titles)

    async def named(self, size: int, count: int) -> AsyncIterator[NamedPage]:
        for start in range(0, count, 2):
            part = self.titles[start : start + 2]
            yield NamedPage([str(start + i) for i in range(len(part))], [f"{title}\nwell made" for title in part])

    def product(self, place: int) -> Product:
        return Product(self.titles[place], 10.0 + place)


def search_over(collection: FakeCollection, words: WordSearch | None = None) -> HybridSearch:
    return HybridSearch(collection, words or WordSearch())


def built(collection: FakeCollection) -> WordSearch:
    words = WordSearch()
    asyncio.run(words.build(collection))
    return words


VECTORS = np.array([[0.6, 0.8]], np.float32)


def test_words_add_what_vectors_did_not_find_with_both_similarities_and_the_match() -> None:
    collection = FakeCollection()
    search = search_over(collection, built(collection))
    (found,) = asyncio.run(search.nearest(["sony wh1000xm5"], VECTORS, 24))
    told = {each.id: each for each in found}
    assert (told["0"].match, told["1"].match, told["3"].match) == ("exact", "similar", "similar")
    assert told["0"].similarity == pytest.approx(0.8)
    assert told["0"].lexical > told["1"].lexical > told["3"].lexical == 0.0
    assert [each.similarity for each in found] == sorted((each.similarity for each in found), reverse=True)


def test_until_the_words_are_indexed_vectors_alone_find_products() -> None:
    collection = FakeCollection()
    (found,) = asyncio.run(search_over(collection).nearest(["garlic press"], VECTORS, 24))
    assert [(each.id, each.lexical) for each in found] == [("3", 0.0)]
    assert collection.asked == [[]]


def test_what_both_find_is_there_once_with_its_words() -> None:
    collection = FakeCollection()
    (found,) = asyncio.run(search_over(collection, built(collection)).nearest(["garlic press"], VECTORS, 24))
    assert [each.id for each in found] == ["3"]
    assert found[0].lexical > 0.5


def test_products_of_a_category_get_words_and_matches_too() -> None:
    collection = FakeCollection()
    (found,) = asyncio.run(search_over(collection, built(collection)).nearest_of("Audio", "Sony WH-1000XM5", VECTORS[0], 5))
    assert found.match == "exact"
    assert found.lexical > 0.5


def test_a_large_collection_has_several_segments_and_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = built(FakeCollection())
    monkeypatch.setattr(word_search, "SEGMENT", 2)
    parts = built(FakeCollection())
    assert (len(whole.segments), len(parts.segments)) == (1, 3)
    for words in (whole, parts):
        (hits,) = words.find(["bose qc ultra"], [["0", "2", "gone"]], 1)
        assert list(hits.best) == ["2"]
        assert set(hits.others) == {"0", "2"}


def test_of_a_large_collection_the_titles_alone_are_indexed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert built(FakeCollection()).find(["made"], [["0"]], 3)[0].others["0"] > 0
    monkeypatch.setattr(word_search, "WITH_TEXTS", 3)
    assert built(FakeCollection()).find(["made"], [["0"]], 3)[0].others["0"] == 0


def test_similarities_are_told_of_known_products_alone() -> None:
    segment = Segment.of(["b", "a", "c"], ["one", "two", "two"])
    scores = np.array([0.1, 0.2, 0.3], np.float32)
    assert segment.similarities(scores, ["a", "z", "c"]) == pytest.approx({"a": 0.2, "c": 0.3})
    assert segment.similarities(scores, []) == {}
