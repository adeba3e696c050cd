"""POST /places: a text lies where the products most like it lie, on the map of the bundle that is there and on no other."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from starlette.testclient import TestClient

from common.artifact import write_meta
from common.pricing_api.pricer import ThreadedPricer
from frontier_rag.app import Fakes, create_app
from frontier_rag.places.product_map import COMMAND, FILE, FORMAT_VERSION, POINT, ProductMap
from frontier_rag.places.schemas import MAX_CHARS, MAX_TEXTS
from frontier_rag.service import FrontierRag
from frontier_rag.store.bundled_products import save_bundle
from tests.unit.frontier_rag_fakes import FakeEstimator, FakeStore
from tests.waiting import until_ready

WORDS = ("drill", "lamp", "guitar")
CORNERS = {"drill": (-900, -900, 100, 200, 300), "lamp": (900, 900, -400, -500, -600), "guitar": (0, 500, 700, 0, -700)}
EACH = 8  # products of each word


class WordEmbedder:
    """A unit vector by which words a text has; its first letters move it a little."""

    version = "2026-11-21.e0e0e0"

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        rows = [[1.0 * (word in text) for word in WORDS] + [0.001 * len(text) + 0.01] for text in texts]
        vectors = np.array(rows, np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def make_bundle(folder: Path, embedder: str = WordEmbedder.version) -> str:
    texts = [f"{word} number {i}" for i in range(EACH) for word in WORDS]
    vectors, prices = WordEmbedder().embed(texts), [float(i + 1) for i in range(len(texts))]
    return save_bundle(folder, vectors, prices, ["Things"] * len(texts), embedder=embedder, data={}, metrics={}).version


def make_map(folder: Path, bundle: str, **changes: Any) -> None:
    """All products but the first of each word, each word in a corner, a unit apart."""
    folder.mkdir(exist_ok=True)
    rows = np.arange(len(WORDS), EACH * len(WORDS))
    table = np.zeros(len(rows), POINT)
    table["row"] = rows + changes.pop("shift", 0)
    for place, row in zip(table, rows, strict=True):
        corner = np.array(CORNERS[WORDS[row % len(WORDS)]]) + row // len(WORDS)
        place["flat"], place["space"] = corner[:2], corner[2:]
    np.save(folder / FILE, changes.pop("table", table), allow_pickle=False)
    write_meta(folder, **{"format_version": FORMAT_VERSION, "command": COMMAND, "files": [FILE], "bundle": bundle} | changes)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    bundle = make_bundle(tmp_path / "bundle")
    make_map(tmp_path / "map", bundle)
    return tmp_path / "map", tmp_path / "bundle"


@pytest.fixture
def client(folders: tuple[Path, Path]) -> Iterator[TestClient]:
    pricer = FrontierRag(WordEmbedder(), FakeStore([]), FakeEstimator())
    with TestClient(create_app(Fakes(pricer, ProductMap(*folders)))) as made:
        until_ready(made)
        yield made


def test_a_text_lies_among_the_products_that_are_most_like_it(client: TestClient) -> None:
    answer = client.post("/places", json={"texts": ["a cordless drill", "guitar strap", "desk lamp"]}).json()
    assert answer["map"].count(".") == 1
    for item, word in zip(answer["items"], ("drill", "guitar", "lamp"), strict=True):
        corner = CORNERS[word]
        assert all(0 <= value - near <= EACH for value, near in zip([*item["flat"], *item["space"]], corner, strict=True))
        assert 0.99 < item["similarity"] <= 1


def test_a_text_between_two_groups_lies_in_one_of_them_and_not_where_nothing_is(client: TestClient) -> None:
    x, y = client.post("/places", json={"texts": ["drill with a lamp"]}).json()["items"][0]["flat"]
    assert min(abs(x - CORNERS[word][0]) + abs(y - CORNERS[word][1]) for word in WORDS) < 2 * EACH


def test_what_is_like_nothing_says_so(client: TestClient) -> None:
    assert client.post("/places", json={"texts": ["zebra"]}).json()["items"][0]["similarity"] < 0.3


def test_as_many_texts_as_are_allowed_are_placed_in_order(client: TestClient) -> None:
    texts = [f"{WORDS[n % 3]} {n}" for n in range(MAX_TEXTS)]
    items = client.post("/places", json={"texts": texts}).json()["items"]
    assert [round(item["flat"][0], -2) for item in items] == [CORNERS[WORDS[n % 3]][0] for n in range(MAX_TEXTS)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"texts": []}, "texts"),
        ({"texts": ["a"] * (MAX_TEXTS + 1)}, "texts"),
        ({"texts": ["a", " "]}, "texts.1"),
        ({"texts": ["x" * (MAX_CHARS + 1)]}, "texts.0"),
        ({"texts": [3]}, "texts.0"),
        ({"texts": ["a"], "view": "flat"}, "view"),
        ({}, "texts"),
    ],
)
def test_what_cannot_be_placed_is_refused_with_the_field(client: TestClient, body: Any, field: str) -> None:
    answer = client.post("/places", json=body)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def _refusal(client: TestClient) -> str:
    answer = client.post("/places", json={"texts": ["drill"]})
    assert answer.status_code == 404
    return str(answer.json()["detail"])


def test_without_a_map_it_says_how_to_make_one_and_one_made_meanwhile_is_used(
    client: TestClient, folders: tuple[Path, Path]
) -> None:
    (folders[0] / "meta.json").rename(folders[0] / "kept.json")
    assert COMMAND in _refusal(client)
    (folders[0] / "kept.json").rename(folders[0] / "meta.json")
    assert client.post("/places", json={"texts": ["drill"]}).status_code == 200


def test_a_map_of_another_bundle_places_nothing(client: TestClient, folders: tuple[Path, Path]) -> None:
    make_map(folders[0], "2026-01-01.ffffff")
    assert "is a map of bundle 2026-01-01.ffffff" in _refusal(client)


def test_a_bundle_made_anew_from_the_same_is_the_same(client: TestClient, folders: tuple[Path, Path]) -> None:
    make_map(folders[0], make_bundle(folders[1]).replace("2026", "2027"))
    assert client.post("/places", json={"texts": ["drill"]}).status_code == 200


def test_vectors_of_another_embedder_are_not_compared(client: TestClient, folders: tuple[Path, Path]) -> None:
    make_map(folders[0], make_bundle(folders[1], embedder="2026-11-21.abcdef"))
    os.utime(folders[1] / "meta.json", ns=(1, 1))  # as if made at another time
    assert "embedder 2026-11-21.abcdef" in _refusal(client)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"format_version": 1}, "format version 1"),
        ({"shift": 1}, "does not have"),
        ({"shift": -4}, "does not have"),
        ({"table": np.zeros(3)}, "holds no places"),
        ({"table": np.zeros(0, POINT)}, "holds no places"),
    ],
)
def test_a_map_that_is_damaged_or_of_another_version_places_nothing(
    client: TestClient, folders: tuple[Path, Path], changes: dict[str, Any], why: str
) -> None:
    make_map(folders[0], make_bundle(folders[1]), **changes)
    assert why in _refusal(client)


def test_a_pricer_that_embeds_nothing_says_so(folders: tuple[Path, Path]) -> None:
    class Plain:
        def price(self, requests: Any) -> Any:
            raise AssertionError("nobody asks")

    with TestClient(create_app(Fakes(ThreadedPricer(Plain()), ProductMap(*folders)))) as made:
        assert made.post("/places", json={"texts": ["a"]}).status_code == 503


def test_it_is_described(client: TestClient) -> None:
    described = client.get("/openapi.json").json()["paths"]["/places"]["post"]
    assert {"200", "404", "422"} <= set(described["responses"])
