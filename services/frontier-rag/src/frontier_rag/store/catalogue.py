"""The products that come with the service and have a text: the catalogue of goods that people know, and the demo products.

Their vectors and the index of their words are made beforehand (artifacts/frontier-rag/catalogue), so that no start waits for them.

Street prices in US dollars, written from general knowledge. Knows nothing of stores.
"""

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import structlog

from common.artifact import Artifact, is_same_content, read_artifact, write_meta
from common.errors import ArtifactError
from frontier_rag.names.lexical_index import LexicalIndex
from frontier_rag.products import Product, entry_id
from frontier_rag.store.vectors import quantise, restore

FORMAT_VERSION = 2
COMMAND = "uv run python -m training.frontier_rag_index --export artifacts/frontier-rag"
FOLDER, FILES, WORDS = "catalogue", ("vectors.npy", "scales.npy"), "words.npz"  # within artifacts/frontier-rag
SOURCES = ("catalogue/goods.csv", "demo/catalogue.jsonl")  # within the package
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Catalogue:
    """Products with text; `digest` changes when they do."""

    products: Sequence[Product]
    digest: str

    @property
    def texts(self) -> list[str]:
        """What is embedded and indexed of each: title, line break, text."""
        return [f"{product.title}\n{product.text}" for product in self.products]

    @property
    def ids(self) -> list[str]:
        """What the store knows the products by."""
        return [entry_id(f"catalogue-{i:05}", product.category) for i, product in enumerate(self.products)]


def read_catalogue() -> Catalogue:
    """The goods that are new, then the demo products, as they lie in the package."""
    goods, demo = map(_content, SOURCES)
    products = [*_goods(goods.decode()), *_demo(demo)]
    return Catalogue(products, hashlib.sha256(goods + demo).hexdigest()[:6])


def _content(name: str) -> bytes:
    file: Traversable = resources.files("frontier_rag")
    return file.joinpath(*name.split("/")).read_bytes()


def _goods(text: str) -> list[Product]:
    rows = csv.DictReader(io.StringIO(text))
    return [
        Product(row["title"], float(row["street"]), row["category"], row["text"], "catalogue", _year(row["year"]))
        for row in rows
        if row["condition"] == "new"
    ]


def _year(told: str) -> int:
    """The year of a launch; "<=2018" is one of 2018 or before."""
    return int(told.removeprefix("<="))


def _demo(content: bytes) -> list[Product]:
    rows = [json.loads(line) for line in content.splitlines() if line.strip()]
    return [Product(row["title"], float(row["price"]), row["category"], row["description"], "demo") for row in rows]


def save_catalogue(folder: Path, vectors: Floats, catalogue: Catalogue, embedder: str) -> Artifact:
    """Write the artifact with the vectors [n, d] of the catalogue's texts and the index of their words."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("meta.json", *FILES, WORDS):  # new files: a version that is kept may be a hard link to the former ones
        (folder / name).unlink(missing_ok=True)
    quantised, scales = quantise(vectors)
    np.save(folder / FILES[0], quantised, allow_pickle=False)
    np.save(folder / FILES[1], scales, allow_pickle=False)
    np.savez_compressed(folder / WORDS, **LexicalIndex.build(catalogue.texts).arrays())  # type: ignore[arg-type] # none is its keyword
    return write_meta(
        folder,
        format_version=FORMAT_VERSION,
        command=COMMAND,
        files=[*FILES, WORDS],
        embedder=embedder,
        catalogue=catalogue.digest,
        data={name: hashlib.sha256(_content(name)).hexdigest() for name in SOURCES},
        metrics={"products": len(catalogue.products)},
    )


def load_vectors(folder: Path, catalogue: Catalogue, embedder: str) -> Floats | None:
    """The vectors of the catalogue's texts; None where they were made of others or with another embedder, or are not there."""
    artifact = _made_of(catalogue, folder)
    if artifact is None or not is_same_content(str(artifact.meta.get("embedder")), embedder):
        structlog.get_logger().warning("catalogue_is_embedded_at_start", why=f"no vectors of it in {folder}; make them: {COMMAND}")
        return None
    return restore(*(np.load(artifact.path(name), allow_pickle=False) for name in FILES))


def load_words(folder: Path, catalogue: Catalogue) -> LexicalIndex:
    """The index of the catalogue's words, built anew where there is none of just these texts."""
    artifact = _made_of(catalogue, folder)
    if artifact is None:
        return LexicalIndex.build(catalogue.texts)
    with np.load(artifact.path(WORDS), allow_pickle=False) as stored:
        return LexicalIndex.from_arrays(dict(stored))


def _made_of(catalogue: Catalogue, folder: Path) -> Artifact | None:
    """The artifact, if it was made of just this catalogue."""
    try:
        artifact = read_artifact(folder, format_version=FORMAT_VERSION, command=COMMAND)
    except ArtifactError:
        return None
    return artifact if artifact.meta.get("catalogue") == catalogue.digest else None
