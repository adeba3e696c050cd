"""Vectors on disk by what they were made of, so that a killed run goes on and a later one embeds only what is new.

Shards of vectors with the keys of their texts, each written under a temporary name and renamed. Knows nothing of products.
"""

import hashlib
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from frontier_rag.embedder import DIMENSIONS

Vectors = npt.NDArray[np.float32]


class VectorCache:
    """Vectors of one embedder in `folder`. Memory: some 150 bytes a vector; the vectors themselves stay on disk."""

    def __init__(self, folder: Path, embedder: str) -> None:
        self.folder, self.embedder = folder / embedder, embedder
        self.folder.mkdir(parents=True, exist_ok=True)
        for part in self.folder.glob("*.part.npy"):
            part.unlink()
        self._places: dict[bytes, tuple[Vectors, int]] = {}
        for path in sorted(self.folder.glob("*.keys.npy")):
            self._open(path)

    def _open(self, path: Path) -> None:
        keys = np.load(path, allow_pickle=False)
        vectors = np.load(path.with_name(path.name.replace(".keys", "")), mmap_mode="r", allow_pickle=False)
        self._places |= {key: (vectors, row) for row, key in enumerate(keys.tolist())}

    @staticmethod
    def key(text: str) -> bytes:
        """Of a text; ends in no zero byte, which numpy would drop."""
        return hashlib.sha256(text.encode()).digest()[:15] + b"."

    def has(self, text: str) -> bool:
        """Whether the text's vector is there."""
        return self.key(text) in self._places

    def add(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Keep the vectors [len(texts), 384]. The keys come last: a shard without them is none."""
        name = uuid.uuid4().hex[:16]
        keys = np.array([self.key(text) for text in texts], "S16")
        for array, target in ((vectors, f"{name}.npy"), (keys, f"{name}.keys.npy")):
            part = self.folder / f"{target}.part.npy"
            np.save(part, array, allow_pickle=False)
            part.replace(self.folder / target)
        self._open(self.folder / f"{name}.keys.npy")

    def get(self, texts: Sequence[str]) -> Vectors:
        """Float32 [len(texts), 384]; KeyError where one is missing."""
        found = np.empty((len(texts), DIMENSIONS), np.float32)
        for i, text in enumerate(texts):
            vectors, row = self._places[self.key(text)]
            found[i] = vectors[row]
        return found
