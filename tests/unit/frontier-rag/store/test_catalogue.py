"""The products with text that come with the service, and what is made of them beforehand."""

import os
from pathlib import Path

import numpy as np
import pytest

from common.settings import artifacts_dir
from frontier_rag.names.match import generic_words
from frontier_rag.products import Product
from frontier_rag.store.catalogue import FILES, FOLDER, WORDS, Catalogue, load_vectors, load_words, read_catalogue, save_catalogue

LAMPS = Catalogue([Product("Lamp A", 20.0, "Home", "white", "catalogue"), Product("Lamp B", 30.0, "Home", "red", "demo")], "abc")


def vectors() -> np.ndarray:
    return np.eye(2, 384, dtype=np.float32)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue()


def test_every_product_has_a_name_a_text_and_a_price(catalogue: Catalogue) -> None:
    assert len(catalogue.products) > 12_000
    assert [each.title for each in catalogue.products if not (each.title and each.text and each.price > 0)] == []
    assert len(set(catalogue.ids)) == len(catalogue.products)


def test_goods_have_a_year_and_only_new_ones_are_read(catalogue: Catalogue) -> None:
    goods = [each for each in catalogue.products if each.source == "catalogue"]
    assert all(each.year and 1900 < each.year < 2035 for each in goods)
    assert not any("(Renewed)" in each.title for each in goods)


def test_titles_of_goods_are_unique(catalogue: Catalogue) -> None:
    titles = [each.title.lower() for each in catalogue.products if each.source == "catalogue"]
    assert len(set(titles)) == len(titles)


def test_what_was_made_is_loaded_as_long_as_catalogue_and_embedder_are_the_same(tmp_path: Path) -> None:
    save_catalogue(tmp_path, vectors(), LAMPS, "2026-11-21.e1")
    for version in ("2026-11-21.e1", "2026-11-29.e1"):
        found = load_vectors(tmp_path, LAMPS, version)
        assert found is not None
        assert found == pytest.approx(vectors(), abs=1e-3)
    assert load_vectors(tmp_path, LAMPS, "2026-11-21.e2") is None
    assert load_vectors(tmp_path, Catalogue(LAMPS.products, "new"), "2026-11-21.e1") is None
    assert load_vectors(tmp_path / "absent", LAMPS, "2026-11-21.e1") is None


def test_what_is_made_anew_leaves_a_version_alone_that_is_linked(tmp_path: Path) -> None:
    save_catalogue(tmp_path, vectors(), LAMPS, "2026-11-21.e1")
    kept = {name: (tmp_path / f"kept-{name}", (tmp_path / name).read_bytes()) for name in (*FILES, WORDS)}
    for name, (link, _) in kept.items():
        os.link(tmp_path / name, link)
    save_catalogue(tmp_path, vectors()[::-1], Catalogue(LAMPS.products[::-1], "new"), "2026-11-21.e2")
    assert {name: link.read_bytes() for name, (link, _) in kept.items()} == {name: before for name, (_, before) in kept.items()}


def test_words_are_indexed_anew_where_they_were_not_made_of_this_catalogue(tmp_path: Path) -> None:
    save_catalogue(tmp_path, vectors(), LAMPS, "e1")
    for folder in (tmp_path, tmp_path / "absent"):
        assert load_words(folder, LAMPS).nearest(["lamp b"], 1)[1].tolist() == [[1]]


def test_the_artifact_belongs_to_the_catalogue_in_the_package(catalogue: Catalogue) -> None:
    folder = artifacts_dir() / "frontier-rag" / FOLDER
    index = load_words(folder, catalogue)
    place = next(i for i, each in enumerate(catalogue.products) if "WH-1000XM5" in each.title)
    assert index.nearest(["wh1000xm5"], 1)[1].tolist() == [[place]]
    assert index.size == len(catalogue.products)


def test_generic_words_say_what_a_thing_is_rather_than_which() -> None:
    assert {"headphones", "cordless", "drill", "laptop"} <= generic_words()
    assert not {"sony", "airpods", "dyson", "artisan"} & generic_words()
