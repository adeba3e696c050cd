"""Vectors of many product texts, each embedded once: kept on disk by its text, whichever of the frontier-rag scripts asks.

Knows nothing of prices or stores.
"""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from frontier_rag.embedder import Embedder
from training.frontier_rag.items import Told
from training.frontier_rag.vector_cache import VectorCache

CACHE = Path("runs/frontier-rag/vectors")
SHARD = 500  # texts embedded between two points from which a killed run goes on
Vectors = npt.NDArray[np.float32]


class Progress:
    """Prints how far a long job is, its rate and when it will end; at most once a second."""

    def __init__(self) -> None:
        self.began = self.said = time.monotonic()

    def __call__(self, what: str, done: int, total: int) -> None:
        """`done` of `total` are done."""
        now = time.monotonic()
        if now - self.said < 1 and done < total:
            return
        self.said = now
        rate = done / max(now - self.began, 1e-9)
        print(f"{what}: {done} of {total} characters, {(total - done) / max(rate, 1e-9):.0f} s left", flush=True)


def embed_missing(texts: Iterable[str], embedder: Embedder, cache: VectorCache, told: Told) -> int:
    """Embed what the cache does not hold, longest first, so that the end of the run is told soon; how many texts."""
    missing = sorted({text for text in texts if not cache.has(text)}, key=len, reverse=True)
    total, done = sum(map(len, missing)), 0
    told("embedding", done, total)
    for start in range(0, len(missing), SHARD):
        shard = missing[start : start + SHARD]
        cache.add(shard, embedder.embed(shard))
        done += sum(map(len, shard))  # the time a text takes follows its length
        told("embedding", done, total)
    return len(missing)


def embed_cached(embedder: Embedder, texts: Sequence[str], folder: Path) -> Vectors:
    """Float32 [len(texts), 384]; those that `folder` does not hold are made, and kept there."""
    cache = VectorCache(folder, embedder.version)
    embed_missing(texts, embedder, cache, Progress())
    return cache.get(texts)
