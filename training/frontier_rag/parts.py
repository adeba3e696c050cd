"""The rows that frontier-rag's local estimator is fitted on, calibrated by and judged on, with their texts and vectors.

Knows nothing of models.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from common.artifact import is_same_content
from common.settings import artifacts_dir
from frontier_rag.embedder import Embedder
from frontier_rag.store.bundled_products import load_bundle
from frontier_rag.store.catalogue import FOLDER, load_vectors, read_catalogue
from training.data.curated import groups_of
from training.data.market import LISTING, family_of, named_title, product_keys
from training.data.parts import load_market, sampling_weights
from training.data.rows import Row, product_text
from training.frontier_rag.vectors import CACHE, embed_cached

Floats = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]
BALANCE, BALANCE_REST = 0.4, 0.2  # see training.data.parts.sampling_weights


@dataclass(frozen=True)
class Files:
    """The folder of the rows, and the folder of the bundle."""

    data: Path
    bundle: Path


@dataclass(frozen=True)
class Part:
    """Rows with what is computed from them once. `groups`: rows of one product share a number; `ids`: a row has the same in
    every part; `weights`: what a row counts in fitting. Those that play no role are empty.
    """

    rows: Sequence[Row]
    texts: Sequence[str]
    vectors: Floats
    groups: Positions
    ids: Positions
    weights: npt.NDArray[np.float64]

    @property
    def prices(self) -> npt.NDArray[np.float64]:
        """US dollars."""
        return np.array([row.price for row in self.rows], np.float64)

    @property
    def logs(self) -> npt.NDArray[np.float64]:
        """log(1 + price)."""
        return np.asarray(np.log1p(self.prices))


@dataclass(frozen=True)
class Fitted:
    """Rows to fit on, held out and to report on, and the products that the service's collection holds by vectors."""

    fit: Part
    held: Part
    dev: Part
    base: Part


def load_parts(files: Files, threads: int) -> Fitted:
    """All four. The vectors of listings and catalogue are the bundled ones, as the service will see them."""
    embedder = Embedder.load(artifacts_dir() / "embedder", threads)
    parts, bundle, catalogue = load_market(files.data), load_bundle(files.bundle), read_catalogue()
    listings = [row for row in parts.fit if family_of(row) == LISTING]
    same_rows = np.allclose([product.price for product in bundle.entries.products], [row.price or 0 for row in listings])
    goods = load_vectors(files.bundle / FOLDER, catalogue, embedder.version)
    if not is_same_content(bundle.embedder, embedder.version) or not same_rows or goods is None:
        raise SystemExit(f"{files.bundle} was made from other rows or another embedder; run training.frontier_rag_index")
    rest = [row for row in parts.fit if family_of(row) != LISTING]
    fit = [*listings, *rest]
    texts = [product_text(row) for row in fit]
    vectors = np.concatenate((bundle.entries.vectors, embed_cached(embedder, texts[len(listings) :], CACHE)))
    shown = [Row(product.title, (product.text,), price=product.price) for product in catalogue.products]
    keys = [*groups_of(listings), *_keys(rest), *_keys(shown)]
    groups = _ids(keys)
    ids = _ids([*texts, *map(product_text, shown)])
    ours = np.r_[: len(listings), len(fit) : len(keys)]
    base_rows = [*listings, *shown]
    return Fitted(
        Part(fit, texts, vectors, groups[: len(fit)], ids[: len(fit)], sampling_weights(fit, BALANCE, BALANCE_REST)),
        _other(parts.held, embedder),
        _other(parts.dev, embedder),
        Part(base_rows, [], np.concatenate((bundle.entries.vectors, goods)), groups[ours], ids[ours], np.empty(0)),
    )


def _keys(rows: Sequence[Row]) -> list[str]:
    """Names of products that agree whether or not a row tells its brand apart."""
    titles = [named_title(str(row.extra.get("brand") or ""), row.title) for row in rows]
    return product_keys([Row(title) for title in titles])


def _ids(texts: Sequence[str]) -> Positions:
    """A number for each text, in their order; an array of the texts would make room for the longest in each row."""
    numbers = {text: number for number, text in enumerate(sorted(set(texts)))}
    return np.array([numbers[text] for text in texts], np.int64)


def _other(rows: Sequence[Row], embedder: Embedder) -> Part:
    texts, numbers = [product_text(row) for row in rows], np.arange(len(rows))
    return Part(rows, texts, embed_cached(embedder, texts, CACHE), numbers, numbers, np.empty(0))
