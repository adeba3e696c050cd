"""Makes the bundled form of the training rows, which serves where no collection is: vectors, prices and categories, no text."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from common.artifact import sha256
from frontier_rag.embedder import Embedder
from frontier_rag.store.bundled_products import save_bundle
from frontier_rag.store.catalogue import FOLDER, read_catalogue, save_catalogue
from training.data import curated
from training.data.parts import data_hashes, load_parts
from training.data.rows import drop_repeats, product_text, read_rows, split_held_out
from training.frontier_rag.vectors import CACHE, embed_cached


def export_bundle(files: Sequence[Path], evaluation: Path, out: Path, embedder: Embedder) -> dict[str, Any]:
    """The bundled form of the fitting rows: repeats of evaluation rows and the held-out part are left out.

    Of a folder that items_curate made these have been parted already.
    """
    if len(files) == 1 and curated.is_curated(files[0]):
        parts, data = load_parts(files[0]), data_hashes(files[0])
        fit, held = parts.fit, parts.held
    else:
        rows = [row for file in files for row in read_rows(file) if row.is_priced]
        fit, held = split_held_out(drop_repeats(rows, list(read_rows(evaluation))))
        data = {file.name: sha256(file) for file in (*files, evaluation)}
    vectors = embed_cached(embedder, [product_text(row) for row in fit], CACHE)
    artifact = save_bundle(
        out,
        vectors,
        [row.price or 0.0 for row in fit],
        [row.main_category for row in fit],
        embedder=embedder.version,
        data=data,
        metrics={
            "products": len(fit),
            "left_out_for_training": len(held),
            "median_price": float(np.median([row.price for row in fit])),
        },
    )
    return {"folder": str(out), "version": artifact.version, "products": len(fit), "catalogue": export_catalogue(out, embedder)}


def export_catalogue(out: Path, embedder: Embedder) -> str:
    """The vectors and the word index of the catalogue, within the bundle's folder; their version."""
    catalogue = read_catalogue()
    return save_catalogue(out / FOLDER, embedder.embed(catalogue.texts), catalogue, embedder.version).version
