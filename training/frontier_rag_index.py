"""Indexes products for frontier-rag: `uv run python -m training.frontier_rag_index --data FILES`. The last line is JSON.

Makes a new version of the collection in a Chroma folder or server, tries it, and switches the alias that running services
follow; the version before is deleted after a grace period. The same command run again goes on where it stopped.
`--export artifacts/frontier-rag` writes the bundled form of the training rows instead: vectors, prices and categories, no text.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from common.artifact import sha256
from common.errors import PricingAgentError
from common.settings import artifacts_dir, shared_data_dir, var_dir
from frontier_rag.embedder import Embedder
from frontier_rag.store.aliases import ALIAS
from frontier_rag.store.bundled_products import save_bundle
from frontier_rag.store.chroma_places import checked, place_of
from training.data.rows import drop_repeats as drop_repeated_rows
from training.data.rows import product_text, read_rows, split_held_out
from training.evaluation.evaluation_file import Rejects
from training.frontier_rag.indexing import Index, Texts, Told, embed_missing, take_into_use, version_name
from training.frontier_rag.items import Item, drop_repeats, read_items
from training.frontier_rag.vector_cache import VectorCache
from training.frontier_rag.vectors import embed_cached

STORE_SECONDS = 60.0  # for a query
TELL_SECONDS = 10.0  # between two lines of progress where the output is no terminal


class Watch:
    """Shows how far each step is, with its rate and when it will end."""

    def __init__(self, progress: Progress, console: Console) -> None:
        self.progress, self.console = progress, console
        self._tasks: dict[str, tuple[TaskID, float]] = {}
        self._said = 0.0

    def told(self, what: str, done: int, total: int) -> None:
        """`done` of `total` characters or items."""
        now = time.monotonic()
        if what not in self._tasks:
            self._tasks[what] = self.progress.add_task(what, total=total, told=""), now
        task, began = self._tasks[what]
        rate = done / max(now - began, 1e-3)
        words = f"{rate:,.0f} {'characters' if what == 'embedding' else 'products'}/s"
        self.progress.update(task, completed=done, told=words)
        if not self.console.is_terminal and (now - self._said >= TELL_SECONDS or done >= total > 0):
            self._said = now
            left = (total - done) / max(rate, 1e-9)
            self.console.print(f"{what}: {done:,} of {total:,}, {words}, {left:,.0f} s left", highlight=False)


@contextmanager
def watching(console: Console) -> Iterator[Watch]:
    """A bar for each step on a terminal, a line now and then elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[told]}"))
    times = (TimeElapsedColumn(), TextColumn("ETA"), TimeRemainingColumn())
    with Progress(*columns, *times, console=console, disable=not console.is_terminal) as progress:
        yield Watch(progress, console)


def gather(arguments: argparse.Namespace, told: Told) -> tuple[list[Item], dict[str, Any]]:
    """The items of all files without repeats, and what was read; SystemExit where there is none."""
    rejects = Rejects()
    read = read_items(arguments.data, rejects)
    items = read if arguments.keep_repeats else drop_repeats(read, lambda done: told("comparing", done, len(read)))
    if not items:
        raise SystemExit(
            f"no product with a price and a text in {', '.join(map(str, arguments.data))}: {'; '.join(rejects.reasons)}"
        )
    facts = {"distinct": len(read), "repeats": len(read) - len(items), "rejected": rejects.count, "reasons": rejects.reasons}
    return items, facts


async def index(arguments: argparse.Namespace, embedder: Embedder, told: Told) -> dict[str, Any]:
    """Build, try and take into use; what the last line says."""
    started = time.perf_counter()
    items, facts = await asyncio.to_thread(gather, arguments, told)
    texts = Texts(0 if arguments.no_text else arguments.text_characters)
    cache = await asyncio.to_thread(VectorCache, arguments.cache, embedder.version)
    embedded = await asyncio.to_thread(embed_missing, items, embedder, cache, told)
    seconds = {"reading_and_embedding": round(time.perf_counter() - started, 2)}
    place = await place_of(arguments.chroma, STORE_SECONDS)
    name = version_name(arguments.alias, items, texts, embedder.version)
    try:
        made, writing = Index(place, name, items, texts, embedder.version), time.perf_counter()
        if not await made.is_complete():
            await made.build(cache, told)
        found = await made.try_out(cache)
        seconds["writing"] = round(time.perf_counter() - writing, 2)
        deleted = await take_into_use(place, arguments.alias, name, arguments.grace)
    finally:
        await place.aclose()
    told_last = {"alias": arguments.alias, "collection": name, "products": len(items), "embedded": embedded, **facts}
    return told_last | {"found_by_own_vector": found, "seconds": seconds, "deleted": deleted}


def export_bundle(files: Sequence[Path], evaluation: Path, out: Path, embedder: Embedder) -> dict[str, Any]:
    """The bundled form of the fitting rows: repeats of evaluation rows and the held-out part are left out."""
    rows = [row for file in files for row in read_rows(file) if row.is_priced]
    fit, held = split_held_out(drop_repeated_rows(rows, list(read_rows(evaluation))))
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
    return {"folder": str(out), "version": artifact.version, "products": len(fit)}


def parse(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; SystemExit where it cannot be meant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    data = (shared_data_dir() or Path("shared")) / "data"
    chroma = os.environ.get("CHROMA_URL") or str(var_dir() / "chroma")
    parser.add_argument("--data", type=Path, nargs="+", default=[data / "products-train.jsonl.xz"], help="rows, or curated items")
    parser.add_argument("--chroma", default=chroma, help="a folder, or a server as URL or host:port")
    parser.add_argument("--alias", default=ALIAS, help="what services follow: FRONTIER_RAG_COLLECTION where it is not the default")
    parser.add_argument("--no-text", action="store_true", help="store no texts: for data that must not be passed on")
    parser.add_argument("--text-characters", type=int, default=2000, help="characters of a text that are stored")
    parser.add_argument("--keep-repeats", action="store_true", help="keep near-duplicates at the same price")
    parser.add_argument("--grace", type=float, default=60.0, help="seconds until the version before is deleted")
    parser.add_argument("--cache", type=Path, default=Path("runs/frontier-rag/vectors"), help="where vectors are kept between runs")
    parser.add_argument("--threads", type=int, default=2, help="texts embedded at a time")
    parser.add_argument("--export", type=Path, help="write the bundled form to this folder instead of building a collection")
    parser.add_argument("--evaluation", type=Path, default=data / "products-dev.jsonl.xz", help="--export leaves out its repeats")
    arguments = parser.parse_args(given)
    if arguments.text_characters < 1 or arguments.threads < 1 or arguments.grace < 0:
        parser.error("--text-characters and --threads are at least 1, --grace at least 0")
    try:
        checked(arguments.alias)
    except PricingAgentError as exc:
        parser.error(str(exc))
    return arguments


def main(given: Sequence[str] | None = None) -> None:
    """Command line."""
    arguments = parse(given)
    console = Console(stderr=True)
    try:
        embedder = Embedder.load(artifacts_dir() / "embedder", arguments.threads)
        if arguments.export:
            summary = export_bundle(arguments.data, arguments.evaluation, arguments.export, embedder)
        else:
            with watching(console) as watch:
                summary = asyncio.run(index(arguments, embedder, watch.told))
    except (PricingAgentError, OSError, ValueError) as exc:
        sys.exit(f"not indexed: {exc}")
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
