"""Asks a collection by vectors and by words: what either finds, with both similarities and whether it is the product asked about.

Knows nothing of Chroma, nor of how the words were indexed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from anyio import to_thread

from common.product_files.product_identity import identity_of
from frontier_rag.products import Neighbour, Product
from frontier_rag.ranking import described
from frontier_rag.store.word_search import WordHits, WordSearch

BY_WORDS = 8  # products that words may add to those that vectors find
Vectors = npt.NDArray[np.float32]


class HoldsVectors(Protocol):
    """A collection."""

    async def nearest(self, vectors: Vectors, count: int) -> list[list[Neighbour]]:
        """For each vector its `count` nearest products, nearest first."""
        ...

    async def nearest_of(self, category: str, vector: Vectors, count: int) -> list[Neighbour]:
        """The products of `category` among the nearest ones of one vector, nearest first."""
        ...

    async def products(self, ids: Sequence[str]) -> dict[str, tuple[Product, Vectors]]:
        """Those of `ids` that are there, with their vectors."""
        ...


@dataclass(frozen=True)
class HybridSearch:
    """A collection and the index of its words, which may still be empty."""

    store: HoldsVectors
    words: WordSearch

    async def nearest(self, texts: Sequence[str], vectors: Vectors, count: int) -> list[list[Neighbour]]:
        """For each text the `count` nearest products by vectors and up to BY_WORDS more by words, nearest by vectors first."""
        found = await self.store.nearest(vectors, count)
        hits = await to_thread.run_sync(self.words.find, texts, [[each.id for each in near] for near in found], BY_WORDS)
        missing = {name for hit, near in zip(hits, found, strict=True) for name in hit.best if name not in {n.id for n in near}}
        held = await self.store.products(sorted(missing))
        return await to_thread.run_sync(_put_together, texts, vectors, found, hits, held)

    async def nearest_of(self, category: str, text: str, vector: Vectors, count: int) -> list[Neighbour]:
        """The products of `category` among the nearest ones of `vector`, at most `count`, nearest first."""
        found = await self.store.nearest_of(category, vector, count)
        (hit,) = self.words.find([text], [[each.id for each in found]], 0)
        return described(identity_of(text), found, hit.others)


def _put_together(
    texts: Sequence[str],
    vectors: Vectors,
    found: Sequence[Sequence[Neighbour]],
    hits: Sequence[WordHits],
    held: Mapping[str, tuple[Product, Vectors]],
) -> list[list[Neighbour]]:
    """What vectors found, and of `held` what words found, nearest first, with lexical similarities and matches."""
    answers = []
    for text, vector, near, hit in zip(texts, vectors, found, hits, strict=True):
        known = {each.id for each in near}
        added = [_neighbour(name, vector, held) for name in hit.best if name not in known and name in held]
        both = described(identity_of(text), [*near, *added], hit.others | hit.best)
        answers.append(sorted(both, key=lambda each: -each.similarity))
    return answers


def _neighbour(name: str, vector: Vectors, held: Mapping[str, tuple[Product, Vectors]]) -> Neighbour:
    product, own = held[name]
    cosine = float(vector @ own) / max(float(np.linalg.norm(vector) * np.linalg.norm(own)), 1e-9)
    return Neighbour(product, cosine, id=name)
