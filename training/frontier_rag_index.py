"""Index products for frontier-rag.

`--data FILES --chroma PATH|URL --collection NAME` builds a collection with texts from your own rows; a killed run goes on
where it stopped. `--export artifacts/frontier-rag` writes the bundled form of the training rows: vectors, prices and
categories, without any text. Knows nothing of the estimator.
"""

import argparse
import asyncio
import hashlib
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from common.artifact import sha256
from common.settings import artifacts_dir, shared_data_dir, var_dir
from frontier_rag.bundle import save_bundle
from frontier_rag.chroma_store import ChromaStore, connect, create
from frontier_rag.embedder import Embedder
from frontier_rag.products import Entries, Product
from training.frontier_rag.vectors import Progress, chunks, embed_cached
from training.rows import Row, contents_text, drop_repeats, product_text, read_rows, split_held_out, squeeze

STORE_TIMEOUT = 60.0  # seconds
LONGEST_TEXT = 2000  # characters of a stored text: context for a chat model


def product_of(row: Row) -> Product:
    """The row as the store holds it."""
    title = squeeze(row.title)[:300] or "product"
    return Product(title, float(row.price or 0), row.main_category, contents_text(row)[:LONGEST_TEXT])


def read_priced(files: Sequence[Path]) -> dict[str, Row]:
    """Rows with a usable price, by an id that their text and price decide: repeats fall together."""
    rows: dict[str, Row] = {}
    for file in files:
        for row in read_rows(file):
            if row.price is not None and math.isfinite(row.price) and row.price > 0:
                digest = hashlib.sha256(f"{product_text(row)}\0{row.price}".encode()).hexdigest()
                rows[f"user-{digest[:24]}"] = row
    return rows


async def add_missing(store: ChromaStore, embedder: Embedder, rows: dict[str, Row]) -> None:
    """Embed and write those rows that the collection does not hold yet."""
    ids, progress = list(rows), Progress("indexed", len(rows))
    for part in chunks(len(ids)):
        known = await store.known(ids[part])
        new = [each for each in ids[part] if each not in known]
        if new:
            vectors = await asyncio.to_thread(embedder.embed, [product_text(rows[each]) for each in new])
            await store.write(Entries(new, [product_of(rows[each]) for each in new], vectors))
        progress.add(len(ids[part]))


async def build_collection(files: Sequence[Path], chroma: str, name: str, embedder: Embedder) -> int:
    """Fill the collection `name` from `files`; how many products it holds then."""
    is_url = chroma.startswith(("http://", "https://"))
    connection = await connect(chroma if is_url else "", Path(chroma), STORE_TIMEOUT)
    store = await create(connection, name)
    await add_missing(store, embedder, read_priced(files))
    await store.mark_complete(embedder.version)
    return await store.count()


def export_bundle(files: Sequence[Path], evaluation: Path, out: Path, embedder: Embedder) -> None:
    """The bundled form of the fitting rows: repeats of evaluation rows and the held-out part are left out."""
    rows = [row for file in files for row in read_rows(file) if row.is_priced]
    fit, held = split_held_out(drop_repeats(rows, list(read_rows(evaluation))))
    vectors = embed_cached(embedder, [product_text(row) for row in fit], Path("runs/frontier-rag"))
    artifact = save_bundle(
        out,
        vectors,
        [row.price or 0.0 for row in fit],
        [row.main_category for row in fit],
        embedder=embedder.version,
        data={file.name: sha256(file) for file in (*files, evaluation)},
        metrics={
            "products": len(fit),
            "left_out_for_training": len(held),
            "median_price": float(np.median([r.price for r in fit])),
        },
    )
    print(f"{out}: version {artifact.version}, {len(fit)} products")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    data = (shared_data_dir() or Path("shared")) / "data"
    parser.add_argument("--data", type=Path, nargs="+", default=[data / "products-train.jsonl.xz"], help="files of products")
    parser.add_argument("--evaluation", type=Path, default=data / "products-dev.jsonl.xz", help="--export leaves out its repeats")
    parser.add_argument("--chroma", default=str(var_dir() / "chroma"), help="folder, or address of a Chroma server")
    parser.add_argument("--collection", help="name of the collection; default: user-<embedder version>")
    parser.add_argument("--export", type=Path, help="write the bundled form to this folder instead of building a collection")
    parser.add_argument("--threads", type=int, default=2, help="texts embedded at a time")
    arguments = parser.parse_args()
    embedder = Embedder.load(artifacts_dir() / "embedder", arguments.threads)
    if arguments.export:
        export_bundle(arguments.data, arguments.evaluation, arguments.export, embedder)
        return
    name = arguments.collection or f"user-{embedder.version}"
    count = asyncio.run(build_collection(arguments.data, arguments.chroma, name, embedder))
    print(f"collection {name} holds {count} products; start frontier-rag with FRONTIER_RAG_COLLECTION={name}")


if __name__ == "__main__":
    main()
