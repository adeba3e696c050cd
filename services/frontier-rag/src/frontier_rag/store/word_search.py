"""Finds the products of a collection by their words, beside Chroma, which finds them by their vectors.

The lexical index is built in the background from the titles and texts that the collection holds, some 150 microseconds a
product; until it is there, vectors alone find products. Knows nothing of Chroma: a store hands out its named products in pages.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import structlog
from anyio import to_thread

from frontier_rag.names.lexical_index import LexicalIndex, terms_of

PAGE = 1000  # products read and indexed between two looks at the event loop
SEGMENT = 50_000  # products of one index: what is held while it is built grows with it
WITH_TEXTS = 100_000  # products of a collection up to which texts are indexed too; of a larger one the titles alone
TEXT_CHARACTERS = 600
FLOOR = 0.25  # similarity below which words find nothing: 19 of 20 texts about no product lie below, see docs/decisions.md


@dataclass(frozen=True, slots=True)
class NamedPage:
    """Some named products of a collection: ids, and title and text on lines of their own."""

    ids: Sequence[str]
    texts: Sequence[str]


class HandsOutNames(Protocol):
    """A collection's products."""

    async def count(self) -> int:
        """How many there are, named or not."""
        ...

    def named(self, size: int, count: int) -> AsyncIterator[NamedPage]:
        """Those with a name among the first `count`, in pages of at most `size`."""
        ...


@dataclass(frozen=True)
class Segment:
    """An index of some products: `ids` are theirs by position, ascending in `order`."""

    index: LexicalIndex
    ids: npt.NDArray[np.bytes_]
    order: npt.NDArray[np.int32]

    @classmethod
    def of(cls, ids: Sequence[str], texts: Sequence[str]) -> "Segment":
        """The index of `texts`."""
        return cls.over(LexicalIndex.build(texts), ids)

    @classmethod
    def over(cls, index: LexicalIndex, ids: Sequence[str]) -> "Segment":
        """A ready index whose products have these ids, in its order."""
        packed = np.array(ids, np.bytes_)
        return cls(index, packed, np.argsort(packed).astype(np.int32))

    def similarities(self, scores: npt.NDArray[np.float32], ids: Sequence[str]) -> dict[str, float]:
        """Of those of `ids` that are here, what `scores` says."""
        if not len(self.ids) or not ids:
            return {}
        wanted = np.array(ids, np.bytes_)
        places = np.minimum(np.searchsorted(self.ids, wanted, sorter=self.order), len(self.ids) - 1)
        positions = self.order[places]
        here = self.ids[positions] == wanted
        return {name: float(scores[position]) for name, position, is_here in zip(ids, positions, here, strict=True) if is_here}


@dataclass(frozen=True)
class WordHits:
    """What the words of one text found: ids with similarities, best first, and the similarities of products found otherwise."""

    best: dict[str, float]
    others: dict[str, float]


class WordSearch:
    """The segments of a collection. Empty until `build` has read it."""

    def __init__(self, segments: Sequence[Segment] = ()) -> None:
        self.segments = list(segments)

    async def build(self, store: HandsOutNames) -> None:
        """Read the collection and index what it names."""
        started, total = time.perf_counter(), 0
        count = await store.count()
        length = TEXT_CHARACTERS if count <= WITH_TEXTS else 0
        ids: list[str] = []
        texts: list[str] = []
        async for page in store.named(PAGE, count):
            ids += page.ids
            texts += [_shortened(text, length) for text in page.texts]
            if len(ids) >= SEGMENT:
                total += len(ids)
                await self._add(ids, texts)
                ids, texts = [], []
            await asyncio.sleep(0)
        await self._add(ids, texts)
        total += len(ids)
        seconds = round(time.perf_counter() - started, 2)
        structlog.get_logger().info("words_indexed", products=total, of=count, seconds=seconds)

    async def _add(self, ids: Sequence[str], texts: Sequence[str]) -> None:
        if ids:
            self.segments.append(await to_thread.run_sync(Segment.of, ids, texts))

    def find(self, texts: Sequence[str], near: Sequence[Sequence[str]], count: int) -> list[WordHits]:
        """For each text the `count` best, and how near those of `near` are, which something else has found."""
        return [self._find(text, ids, count) for text, ids in zip(texts, near, strict=True)]

    def _find(self, text: str, near: Sequence[str], count: int) -> WordHits:
        found: dict[str, float] = {}
        others: dict[str, float] = {}
        asked = terms_of(text)
        for segment in list(self.segments):
            scores = segment.index.scores(asked)
            for position in segment.index.largest(scores, count):
                found[segment.ids[position].decode()] = min(float(scores[position]), 1.0)
            others |= segment.similarities(np.minimum(scores, 1.0), near)
        best = sorted(((name, value) for name, value in found.items() if value >= FLOOR), key=lambda each: -each[1])[:count]
        return WordHits(dict(best), others)


def _shortened(text: str, length: int) -> str:
    """The title, and so many characters of the text."""
    title, _, rest = text.partition("\n")
    return f"{title}\n{rest[:length]}" if length else title


async def index_words(name: str, words: WordSearch, store: HandsOutNames) -> None:
    """Index what the collection `name` holds."""
    await words.build(store)
