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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from common.errors import PricingAgentError
from common.settings import artifacts_dir, shared_data_dir, var_dir
from frontier_rag.embedder import Embedder
from frontier_rag.store.aliases import ALIAS
from frontier_rag.store.chroma_places import checked, place_of
from training.command_line.arguments import Help, made_from
from training.frontier_rag.bundle import export_bundle
from training.frontier_rag.indexing import Index, Target, Texts, take_into_use, version_name
from training.frontier_rag.items import Told, gather
from training.frontier_rag.vector_cache import VectorCache
from training.frontier_rag.vectors import CACHE, embed_missing
from training.frontier_rag.watch import watching

STORE_SECONDS = 60.0  # for a query


@dataclass(frozen=True)
class Run:
    """What is read, where vectors are kept, and where the products go: to `target`, or bundled to the folder `export`."""

    data: tuple[Path, ...]
    keep_repeats: bool
    cache: Path
    threads: int
    target: Target
    export: Path | None
    evaluation: Path


def parse(argv: Sequence[str] | None = None) -> Run:
    """The command line; SystemExit where it cannot be meant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    data = (shared_data_dir() or Path("shared")) / "data"
    chroma = os.environ.get("CHROMA_URL") or str(var_dir() / "chroma")
    add = parser.add_argument
    add(
        "--data",
        type=Path,
        nargs="+",
        default=[data / "products-train.jsonl.xz"],
        help="rows, curated items, or a folder that items_curate made",
    )
    add("--chroma", default=chroma, help="a folder, or a server as URL or host:port")
    add("--alias", default=ALIAS, help="what services follow: FRONTIER_RAG_COLLECTION where it is not the default")
    add("--no-text", action="store_true", help="store no texts: for data that must not be passed on")
    add("--text-characters", type=int, default=2000, help="characters of a text that are stored")
    add("--keep-repeats", action="store_true", help="keep near-duplicates at the same price")
    add("--grace", type=float, default=60.0, help="seconds until the version before is deleted")
    add("--cache", type=Path, default=CACHE, help="where vectors are kept between runs")
    add("--threads", type=int, default=2, help="texts embedded at a time")
    add("--export", type=Path, help="write the bundled form to this folder instead of building a collection")
    add("--evaluation", type=Path, default=data / "products-dev.jsonl.xz", help="--export leaves out its repeats")
    found = parser.parse_args(argv)
    if found.text_characters < 1 or found.threads < 1 or found.grace < 0:
        parser.error("--text-characters and --threads are at least 1, --grace at least 0")
    try:
        checked(found.alias)
    except PricingAgentError as exc:
        parser.error(str(exc))
    target = made_from(Target, found, texts=Texts(0 if found.no_text else found.text_characters))
    return made_from(Run, found, data=tuple(found.data), target=target)


async def index(run: Run, embedder: Embedder, told: Told) -> dict[str, Any]:
    """Build, try and take into use; what the last line says."""
    started, target = time.perf_counter(), run.target
    items, facts = await asyncio.to_thread(gather, run.data, told, keep_repeats=run.keep_repeats)
    cache = await asyncio.to_thread(VectorCache, run.cache, embedder.version)
    embedded = await asyncio.to_thread(embed_missing, [item.text for item in items], embedder, cache, told)
    seconds = {"reading_and_embedding": round(time.perf_counter() - started, 2)}
    place = await place_of(target.chroma, STORE_SECONDS)
    name = version_name(target.alias, items, target.texts, embedder.version)
    try:
        made, writing = Index(place, name, items, target.texts, embedder.version), time.perf_counter()
        if not await made.is_complete():
            await made.build(cache, told)
        found = await made.try_out(cache)
        seconds["writing"] = round(time.perf_counter() - writing, 2)
        deleted = await take_into_use(place, target.alias, name, target.grace)
    finally:
        await place.aclose()
    told_last = {"alias": target.alias, "collection": name, "products": len(items), "embedded": embedded, **facts}
    return told_last | {"found_by_own_vector": found, "seconds": seconds, "deleted": deleted}


def main(argv: Sequence[str] | None = None) -> None:
    """Index, or export the bundle."""
    run = parse(argv)
    try:
        embedder = Embedder.load(artifacts_dir() / "embedder", run.threads)
        if run.export:
            summary = export_bundle(run.data, run.evaluation, run.export, embedder)
        else:
            with watching(Console(stderr=True)) as watch:
                summary = asyncio.run(index(run, embedder, watch.told))
    except (PricingAgentError, OSError, ValueError) as exc:
        sys.exit(f"not indexed: {exc}")
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
