"""The products that come with the service: artifacts/frontier-rag, vectors, prices and categories without text.

Made by training/frontier_rag_index.py --export. Knows nothing of stores.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from common.artifact import Artifact, read_artifact, write_meta
from common.errors import ArtifactError
from frontier_rag.products import Entries, Product, entry_id
from frontier_rag.store.catalogue import Catalogue
from frontier_rag.store.vectors import quantise, restore

FORMAT_VERSION = 1
COMMAND = "uv run python -m training.frontier_rag_index --export artifacts/frontier-rag"
FILES = ("vectors.npy", "scales.npy", "prices.npy", "category_codes.npy", "categories.json")
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Bundle:
    """The bundled products, with the versions of the artifact and of the embedder that made the vectors."""

    artifact: Artifact
    embedder: str

    @property
    def version(self) -> str:
        """That of the artifact."""
        return self.artifact.version

    @cached_property
    def entries(self) -> Entries:
        """Read when first asked for, 30 MB that a start does without whose store is filled; ArtifactError when at odds."""
        quantised, scales, prices, codes = (np.load(self.artifact.path(name), allow_pickle=False) for name in FILES[:4])
        names = json.loads(self.artifact.path("categories.json").read_text(encoding="utf-8"))
        if not len(quantised) == len(scales) == len(prices) == len(codes):
            folder = self.artifact.folder
            raise ArtifactError(f"{folder}: vectors, prices and categories differ in number; make it with: {COMMAND}")
        labels = [names[code] or "product" for code in codes]
        products = [Product(label, float(price), label, source="bundled") for label, price in zip(labels, prices, strict=True)]
        ids = [entry_id(f"bundled-{i:06}", each.category) for i, each in enumerate(products)]
        return Entries(ids, products, restore(quantised, scales))


def save_bundle(folder: Path, vectors: Floats, prices: Sequence[float], categories: Sequence[str], **facts: object) -> Artifact:
    """Write the artifact; `facts` go into meta.json and must hold `embedder`, the version of the embedder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("meta.json", *FILES):  # new files: a version that is kept may be a hard link to the former ones
        (folder / name).unlink(missing_ok=True)
    names = sorted(set(categories))
    codes = {name: code for code, name in enumerate(names)}
    quantised, scales = quantise(vectors)
    arrays: tuple[npt.NDArray[Any], ...] = (
        quantised,
        scales,
        np.array(prices, np.float32),
        np.array([codes[name] for name in categories], np.int16),
    )
    for name, array in zip(FILES, arrays, strict=False):
        np.save(folder / name, array, allow_pickle=False)
    (folder / "categories.json").write_text(json.dumps(names), encoding="utf-8")
    return write_meta(folder, format_version=FORMAT_VERSION, command=COMMAND, files=FILES, **facts)


def load_bundle(folder: Path) -> Bundle:
    """The artifact; ArtifactError when it is missing or foreign."""
    artifact = read_artifact(folder, format_version=FORMAT_VERSION, command=COMMAND)
    return Bundle(artifact, str(artifact.meta.get("embedder", "")))


def with_catalogue(bundle: Bundle, catalogue: Catalogue, vectors: Floats) -> Entries:
    """The bundled products and those of the catalogue, whose `vectors` are given, as one load."""
    own = bundle.entries
    return Entries([*own.ids, *catalogue.ids], [*own.products, *catalogue.products], np.concatenate((own.vectors, vectors)))
