"""Measures from which similarity something near a product is known: `uv run python -m training.frontier_rag_known`.

Compares real products (titles of a file) with texts about things that no shop sells, in the collection that comes with the
service, by the nearest cosine, the best similarity of words and the match. The last line is JSON; the constants that it is
for are KNOWN_BY_WORDS and KNOWN_BY_MEANING in frontier_rag/products.py.
"""

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from common.settings import artifacts_dir, shared_data_dir
from frontier_rag.embedder import Embedder
from frontier_rag.products import KNOWN_BY_MEANING, KNOWN_BY_WORDS, Neighbour, is_known
from frontier_rag.settings import Settings
from frontier_rag.store.collection import open_store
from training.command_line.arguments import Help
from training.data.rows import read_rows
from training.frontier_rag.unknown_texts import UNKNOWN_TEXTS

PART, DEPTH = 50, 24
QUANTILES = (5, 10, 25, 50, 75, 90, 95)
INDEXING_SECONDS = 3.0  # until the ready word index is loaded beside the collection


@dataclass(frozen=True)
class Nearness:
    """Of each text: nearest cosine, best similarity of words, whether a product matches, whether it counts as known."""

    cosines: list[float]
    words: list[float]
    matches: list[bool]
    known: list[bool]

    def told(self) -> dict[str, Any]:
        """As it is printed."""
        return {
            "texts": len(self.known),
            "cosine": [round(float(each), 3) for each in np.percentile(self.cosines, QUANTILES)],
            "words": [round(float(each), 3) for each in np.percentile(self.words, QUANTILES)],
            "matched": round(float(np.mean(self.matches)), 3),
            "known": round(float(np.mean(self.known)), 3),
        }


def nearness_of(found: Sequence[Sequence[Neighbour]]) -> Nearness:
    """From the neighbours of each text."""
    return Nearness(
        [max(each.similarity for each in near) for near in found],
        [max(each.lexical for each in near) for near in found],
        [any(each.match != "similar" for each in near) for near in found],
        [is_known(near) for near in found],
    )


async def find(texts: Sequence[str], threads: int) -> list[list[Neighbour]]:
    """The neighbours of each text in the products that come with the service."""
    embedder = Embedder.load(artifacts_dir() / "embedder", threads)
    with TemporaryDirectory() as folder:
        store = await open_store(Settings(chroma_url=folder, store_timeout=60.0), embedder)
        try:
            await asyncio.sleep(INDEXING_SECONDS)
            found: list[list[Neighbour]] = []
            for start in range(0, len(texts), PART):
                part = texts[start : start + PART]
                found += await store.nearest(part, embedder.embed(part), DEPTH)
        finally:
            await store.aclose()
    return found


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    data = (shared_data_dir() or Path("shared")) / "data" / "products-named-dev.jsonl.xz"
    parser.add_argument("--data", type=Path, default=data, help="real products, by their titles")
    parser.add_argument("--threads", type=int, default=2, help="texts embedded at a time")
    run = parser.parse_args(argv)
    titles = [row.title for row in read_rows(run.data)]
    found = asyncio.run(find([*titles, *UNKNOWN_TEXTS], run.threads))
    real, unreal = nearness_of(found[: len(titles)]), nearness_of(found[len(titles) :])
    told = {"quantiles": QUANTILES, "real": real.told(), "unknown": unreal.told()}
    print(json.dumps(told | {"thresholds": {"words": KNOWN_BY_WORDS, "meaning": KNOWN_BY_MEANING}}))


if __name__ == "__main__":
    main()
