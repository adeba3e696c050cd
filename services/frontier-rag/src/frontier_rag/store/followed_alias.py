"""The store of the collection that an alias names, whichever that is: a change is followed within seconds, and no request fails.

A new collection is opened, checked and loaded beside the one in use; requests under way end on the old one, which is closed
after the last of them. Knows nothing of Chroma or of how collections are made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import structlog

from common.background import BackgroundTask, TaskSet
from common.errors import PricingAgentError, UnavailableError
from frontier_rag.products import GoneError, Neighbour
from frontier_rag.store.aliases import Place
from frontier_rag.store.hybrid_search import HybridSearch
from frontier_rag.store.word_search import WordSearch, index_words

if TYPE_CHECKING:
    from frontier_rag.store.chroma_store import ChromaStore

IndexesWords: TypeAlias = Callable[[str, WordSearch, "ChromaStore"], Awaitable[None]]
COMMAND = "uv run python -m training.frontier_rag_index --data FILES --alias"
FOLLOW_SECONDS = 2.0  # between two looks at the alias
Vectors = npt.NDArray[np.float32]
T = TypeVar("T")


class _OpenCollection:
    """An open collection, and how many requests use it."""

    def __init__(self, name: str, store: ChromaStore) -> None:
        self.name, self.store, self.words = name, store, WordSearch()
        self._indexing: BackgroundTask | None = None
        self._users, self._is_idle = 0, asyncio.Event()
        self._is_idle.set()

    @contextmanager
    def used(self) -> Iterator[HybridSearch]:
        """The store with its words, which is not closed meanwhile."""
        self._users += 1
        self._is_idle.clear()
        try:
            yield HybridSearch(self.store, self.words)
        finally:
            self._users -= 1
            if not self._users:
                self._is_idle.set()

    def index(self, index_words: IndexesWords) -> None:
        """Begin to let words find products too; until then, and where it fails, vectors alone do."""

        async def work() -> None:
            try:
                await index_words(self.name, self.words, self.store)
            except PricingAgentError as exc:
                structlog.get_logger().warning("words_not_indexed", collection=self.name, why=str(exc))

        self._indexing = BackgroundTask(f"index the words of {self.name}", work)
        self._indexing.start()

    async def stop_indexing(self) -> None:
        """Leave it as it is."""
        if self._indexing:
            await self._indexing.stop()

    async def close(self) -> None:
        """Close the store after its last request."""
        await self.stop_indexing()
        await self._is_idle.wait()
        await self.store.aclose()


class FollowedAlias:
    """Finds neighbours in what `alias` names in `place`. `alias` may be a collection's own name too."""

    def __init__(
        self, place: Place, alias: str, embedder: str, pause: float = FOLLOW_SECONDS, words: IndexesWords = index_words
    ) -> None:
        self.place, self.alias, self.embedder, self.pause, self.index_words = place, alias, embedder, pause, words
        self._open: _OpenCollection | None = None
        self._following = asyncio.Lock()
        self._watcher = BackgroundTask(f"follow {alias}", self._watch)
        self._closing = TaskSet()

    @property
    def collection(self) -> str | None:
        """The name of the collection in use."""
        return self._open.name if self._open else None

    async def start(self) -> None:
        """Open the collection and begin to follow. UnavailableError while it is not there or not complete."""
        await self.follow()
        self._watcher.start()

    async def nearest(self, texts: Sequence[str], vectors: Vectors, count: int) -> list[list[Neighbour]]:
        """The `count` nearest products of each vector and those that the text's words find, nearest first."""
        return await self._ask(lambda search: search.nearest(texts, vectors, count))

    async def nearest_of(self, category: str, text: str, vector: Vectors, count: int) -> list[Neighbour]:
        """Those of `category` among the nearest products of `vector`, at most `count`, nearest first."""
        return await self._ask(lambda search: search.nearest_of(category, text, vector, count))

    async def _ask(self, question: Callable[[HybridSearch], Awaitable[T]]) -> T:
        try:
            return await self._ask_open(question)
        except GoneError:  # deleted before the switch was seen
            await self.follow()
            return await self._ask_open(question)

    async def _ask_open(self, question: Callable[[HybridSearch], Awaitable[T]]) -> T:
        if self._open is None:
            raise UnavailableError("no collection is open")
        with self._open.used() as search:
            return await question(search)

    async def follow(self) -> None:
        """Open what the alias names now, unless it is in use already."""
        async with self._following:
            record = await self.place.alias(self.alias)
            name = record.collection if record else self.alias
            if name != self.collection:
                await self._change(name)

    async def _change(self, name: str) -> None:
        remedy = f"make it with: {COMMAND} {self.alias}"
        store = await self.place.open(name, self.embedder)
        if store is None:
            raise UnavailableError(f"collection {name} is not there or not complete; {remedy}")
        try:
            products = await store.check(remedy)
        except BaseException:
            await store.aclose()
            raise
        old, self._open = self._open, _OpenCollection(name, store)
        self._open.index(self.index_words)
        structlog.get_logger().info("collection_opened", collection=name, products=products, before=old.name if old else None)
        if old:
            self._closing.start(f"close {old.name}", old.close())

    async def _watch(self) -> None:
        told = ""
        while True:
            await asyncio.sleep(self.pause)
            try:
                await self.follow()
            except (PricingAgentError, OSError) as exc:  # the collection in use goes on to answer
                if str(exc) != told:
                    structlog.get_logger().warning("alias_not_followed", alias=self.alias, in_use=self.collection, why=str(exc))
                told = str(exc)
            else:
                told = ""

    async def aclose(self) -> None:
        """Stop following and close what is open."""
        await self._watcher.stop()
        await self._closing.stop()
        if self._open:
            await self._open.stop_indexing()
            await self._open.store.aclose()
        await self.place.aclose()


async def open_followed(
    place: Place, alias: str, embedder: str, pause: float = FOLLOW_SECONDS, words: IndexesWords = index_words
) -> FollowedAlias:
    """A started FollowedAlias; what it opened is closed again where it cannot start."""
    followed = FollowedAlias(place, alias, embedder, pause, words)
    try:
        await followed.start()
    except PricingAgentError:
        await followed.aclose()
        raise
    return followed
