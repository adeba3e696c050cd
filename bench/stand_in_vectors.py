"""Vectors in the place of the embedder's, for `bench.at_scale` where the embedding of 400,000 rows was measured before.

    uv run python -m bench.stand_in_vectors --work runs/at-scale/400000      # between the steps curate and bundle

Embedding takes 6,200 CPU seconds of it, and what comes after takes the same time whatever the vectors say. A text's is the sum of
a random vector for each of its words and pairs of words: texts that share many lie near each other. The last line is JSON.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from common.settings import artifacts_dir
from frontier_rag.embedder import DIMENSIONS, Embedder
from frontier_rag.estimator.word_model import PROJECTED_BITS
from training.data.parts import load_market
from training.data.rows import product_text
from training.frontier_rag.items import item_of
from training.frontier_rag.vector_cache import VectorCache, Vectors
from training.frontier_rag.vectors import CACHE
from training.frontier_rag.words import matrix_of, rarity_of

SHARD = 20_000  # texts of one file of the cache
SEED = 42


def vectors_of(texts: Sequence[str], jobs: int) -> Vectors:
    """Float32 [len(texts), 384] of length 1: a random projection of their TF-IDF."""
    projection = np.random.default_rng(SEED).normal(size=(1 << PROJECTED_BITS, DIMENSIONS)).astype(np.float32)
    found = matrix_of(texts, PROJECTED_BITS, rarity_of(texts, PROJECTED_BITS, jobs), jobs) @ projection
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9), np.float32)


def fill(data: Path, cache: VectorCache, jobs: int) -> int:
    """Put the vectors of all texts of a curated folder in the cache that it does not hold; how many."""
    parts = load_market(data)
    rows = (*parts.fit, *parts.held, *parts.dev)
    texts = sorted({text for row in rows for text in (product_text(row), item_of(row).text) if not cache.has(text)})
    vectors = vectors_of(texts, jobs) if texts else np.empty((0, DIMENSIONS), np.float32)
    for start in range(0, len(texts), SHARD):
        cache.add(texts[start : start + SHARD], vectors[start : start + SHARD])
    return len(texts)


def main() -> None:
    """Fill the cache of a run of bench.at_scale."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="the folder of the run, in which curated/ lies")
    parser.add_argument("--cores", type=int, default=2, help="processes (default: %(default)s)")
    arguments = parser.parse_args()
    begun = time.perf_counter()
    cache = VectorCache(arguments.work / CACHE, Embedder.load(artifacts_dir() / "embedder", arguments.cores).version)
    made = fill(arguments.work / "curated", cache, arguments.cores)
    print(json.dumps({"bench": "stand_in_vectors", "texts": made, "seconds": round(time.perf_counter() - begun, 1)}))


if __name__ == "__main__":
    main()
