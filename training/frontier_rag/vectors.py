"""Vectors of many product texts, kept in a folder between runs: what the frontier-rag scripts share.

Knows nothing of prices or stores.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from frontier_rag.embedder import DIMENSIONS, Embedder

CACHE = Path("runs/frontier-rag")
CHUNK = 500  # texts between two lines of progress, and what a killed run loses
Vectors = npt.NDArray[np.float32]


class Progress:
    """Prints how far a long job is, its rate and when it will end."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done, self.began = what, total, 0, time.monotonic()

    def add(self, count: int) -> None:
        """`count` more are done."""
        self.done += count
        rate = self.done / max(time.monotonic() - self.began, 1e-9)
        left = (self.total - self.done) / max(rate, 1e-9)
        print(f"{self.what}: {self.done} of {self.total}, {rate:.0f}/s, {left:.0f} s left", flush=True)


def chunks(count: int) -> Iterator[slice]:
    """Slices of CHUNK over `count` things."""
    return (slice(start, start + CHUNK) for start in range(0, count, CHUNK))


def embed_cached(embedder: Embedder, texts: Sequence[str], cache: Path) -> Vectors:
    """Float32 [len(texts), 384]. Each chunk is kept in `cache` under the hash of embedder and texts, so that a run resumes."""
    cache.mkdir(parents=True, exist_ok=True)
    parts = [np.empty((0, DIMENSIONS), np.float32)]
    progress = Progress("embedded", len(texts))
    for part in chunks(len(texts)):
        digest = hashlib.sha256("\0".join((embedder.version, *texts[part])).encode()).hexdigest()
        path = cache / f"{digest[:32]}.npy"
        if not path.exists():
            temporary = path.with_suffix(".part.npy")
            np.save(temporary, embedder.embed(texts[part]), allow_pickle=False)
            temporary.replace(path)
        parts.append(np.load(path, allow_pickle=False))
        progress.add(len(parts[-1]))
    return np.concatenate(parts)
