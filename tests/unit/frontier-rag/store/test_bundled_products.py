"""The bundled products on disk."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from common.artifact import write_meta
from common.errors import ArtifactError
from frontier_rag.products import Product
from frontier_rag.store.bundled_products import (
    COMMAND,
    FILES,
    FORMAT_VERSION,
    load_bundle,
    save_bundle,
    with_catalogue,
)
from frontier_rag.store.catalogue import Catalogue
from frontier_rag.store.vectors import quantise, restore


def unit_vectors(count: int) -> np.ndarray:
    vectors = np.random.default_rng(0).normal(size=(count, 384)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_quantised_vectors_point_where_the_original_ones_did() -> None:
    vectors = unit_vectors(50)
    assert ((restore(*quantise(vectors)) * vectors).sum(1) > 0.999).all()


def test_a_saved_bundle_is_loaded_without_any_text(tmp_path: Path) -> None:
    save_bundle(tmp_path, unit_vectors(3), [1.5, 2.5, 3.5], ["Tools", "", "Tools"], embedder="e1")
    bundle = load_bundle(tmp_path)
    assert bundle.embedder == "e1"
    assert [(each.title, each.price, each.text, each.source) for each in bundle.entries.products] == [
        ("Tools", 1.5, "", "bundled"),
        ("product", 2.5, "", "bundled"),
        ("Tools", 3.5, "", "bundled"),
    ]
    assert len(set(bundle.entries.ids)) == 3


def test_what_is_made_anew_leaves_a_version_alone_that_is_linked(tmp_path: Path) -> None:
    save_bundle(tmp_path, unit_vectors(3), [1, 2, 3], ["a", "b", "c"], embedder="e1")
    kept = {name: (tmp_path / f"kept-{name}", (tmp_path / name).read_bytes()) for name in FILES}
    for name, (link, _) in kept.items():
        os.link(tmp_path / name, link)
    save_bundle(tmp_path, unit_vectors(2), [4, 5], ["d", "e"], embedder="e1")
    assert {name: link.read_bytes() for name, (link, _) in kept.items()} == {name: before for name, (_, before) in kept.items()}


def test_a_damaged_file_is_refused_with_the_command_that_makes_it(tmp_path: Path) -> None:
    save_bundle(tmp_path, unit_vectors(3), [1, 2, 3], ["a", "b", "c"], embedder="e1")
    (tmp_path / "prices.npy").write_bytes(b"x")
    with pytest.raises(ArtifactError, match="frontier_rag_index --export"):
        load_bundle(tmp_path)


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    save_bundle(tmp_path, unit_vectors(3), [1, 2, 3], ["a", "b", "c"], embedder="e1")
    np.save(tmp_path / "prices.npy", np.array([1.0], np.float32))
    write_meta(tmp_path, format_version=FORMAT_VERSION, command=COMMAND, files=FILES)
    with pytest.raises(ArtifactError, match="differ in number"):
        _ = load_bundle(tmp_path).entries


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    save_bundle(tmp_path, unit_vectors(1), [1], ["a"], embedder="e1")
    np.save(tmp_path / "prices.npy", np.array([{"a": 1}], object), allow_pickle=True)
    write_meta(tmp_path, format_version=FORMAT_VERSION, command=COMMAND, files=FILES)
    with pytest.raises(ValueError, match="allow_pickle"):
        _ = load_bundle(tmp_path).entries
    assert json.loads((tmp_path / "categories.json").read_text()) == ["a"]


def test_the_catalogue_comes_after_the_bundled_ones_with_ids_of_their_own(tmp_path: Path) -> None:
    save_bundle(tmp_path, unit_vectors(2), [1, 2], ["a", "b"], embedder="e1")
    catalogue = Catalogue([Product("Lamp", 20.0, "Tools", "white", "demo")], "abc")
    entries = with_catalogue(load_bundle(tmp_path), catalogue, unit_vectors(1))
    assert [each.source for each in entries.products] == ["bundled", "bundled", "demo"]
    assert len(set(entries.ids)) == len(entries.ids) == len(entries.vectors) == 3
