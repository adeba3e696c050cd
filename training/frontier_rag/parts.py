"""The rows that frontier-rag's local estimator is fitted on, calibrated by and judged on, with their texts and vectors.

Knows nothing of models.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from common.settings import artifacts_dir
from frontier_rag.embedder import Embedder
from frontier_rag.store.bundled_products import load_bundle
from training.data.rows import Row, drop_repeats, group_names, product_text, read_rows, split_held_out
from training.frontier_rag.vectors import CACHE, embed_cached

Floats = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Files:
    """The rows that the bundle was made of, rows to report on, and the folder of the bundle."""

    data: Path
    evaluation: Path
    bundle: Path


@dataclass(frozen=True)
class Part:
    """Rows with what is computed from them once. `groups`: near-duplicates share a number; empty where it plays no role."""

    rows: Sequence[Row]
    texts: Sequence[str]
    vectors: Floats
    groups: Positions

    @property
    def prices(self) -> npt.NDArray[np.float64]:
        """US dollars."""
        return np.array([row.price for row in self.rows], np.float64)

    @property
    def logs(self) -> npt.NDArray[np.float64]:
        """log(1 + price)."""
        return np.asarray(np.log1p(self.prices))


def load_parts(files: Files, threads: int) -> tuple[Part, Part, Part]:
    """(fit, held out, evaluation). The fitting rows' vectors are the bundled ones, as the service will see them."""
    embedder = Embedder.load(artifacts_dir() / "embedder", threads)
    dev = list(read_rows(files.evaluation))
    fit, held = split_held_out(drop_repeats([row for row in read_rows(files.data) if row.is_priced], dev))
    bundle = load_bundle(files.bundle)
    same_rows = np.allclose([product.price for product in bundle.entries.products], [row.price or 0 for row in fit])
    if bundle.embedder != embedder.version or not same_rows:
        raise SystemExit(f"{files.bundle} was made from other rows or another embedder; run training.frontier_rag_index")
    texts = [product_text(row) for row in fit]
    _, groups = np.unique(group_names(texts), return_inverse=True)
    parts = [Part(fit, texts, bundle.entries.vectors, groups)]
    for rows in (held, dev):
        named = [product_text(row) for row in rows]
        parts.append(Part(rows, named, embed_cached(embedder, named, CACHE), np.empty(0, np.int64)))
    return parts[0], parts[1], parts[2]
