"""The Chroma store: one collection of an embedded folder or of a server.

A collection is written with ids that its content decides and marked complete at the end, so that a killed load is simply
done again over what is there. Each product is one metadata field. Knows nothing of embedding, pricing or aliases.
"""

import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from common.artifact import is_same_content
from common.errors import ArtifactError
from common.tracing.span import span
from frontier_rag.products import Entries, GoneError, Neighbour, Product, category_code
from frontier_rag.store.chroma_connection import WRITE_SECONDS, Connection, NoCollectionError
from frontier_rag.store.word_search import NamedPage

WRITE_BATCH, QUERY_BATCH = 2000, 200  # items a call; below Chroma's limits on a batch and on a request's size
STORED = ["metadatas", "documents"]  # what tells a product; documents: see _product
REACH = 400  # of the nearest products, those of a category are chosen among so many
# Chosen at 400,000 products, see docs/decisions.md and bench/frontier_rag.py. By default Chroma writes its whole index to disk
# after every 1,000 products: a load of n products would take n squared.
HNSW: dict[str, str | int] = {"space": "cosine", "max_neighbors": 16, "ef_construction": 100, "ef_search": 600, "batch_size": 1000}
# Beyond that many products the graph has to be denser: a wider search of the same found 84 % of the five nearest at a million, this
# one 98 %. It takes twice as long to build.
SPARSE_TO = 400_000
DENSE: dict[str, str | int] = {"max_neighbors": 32, "ef_construction": 200}
SYNCS, LEAST_SYNC, MOST_SYNC = 20, 1000, 20_000  # index writes of a load; products between two of them
_FIELD, _PRODUCT = "product", TypeAdapter(Product)  # as JSON in one field: each field of Chroma's is a row in three indexes
Vectors = npt.NDArray[np.float32]


class ChromaStore:
    """One collection. `on_close` is called once when the store is closed."""

    def __init__(self, connection: Connection, collection: Any, on_close: Callable[[], Awaitable[None]] | None = None) -> None:
        self.connection, self.collection, self._on_close = connection, collection, on_close

    async def aclose(self) -> None:
        """Give back what was opened for this collection alone."""
        on_close, self._on_close = self._on_close, None
        if on_close:
            await on_close()

    async def nearest(self, vectors: Vectors, count: int) -> list[list[Neighbour]]:
        """For each vector its `count` nearest products (fewer in a smaller collection), nearest first."""
        found: list[list[Neighbour]] = []
        for start in range(0, len(vectors), QUERY_BATCH):
            answer = await self._query(vectors[start : start + QUERY_BATCH], count, [*STORED, "distances"])
            rows = zip(answer["ids"], answer["metadatas"], answer["documents"], answer["distances"], strict=True)
            found += [[_neighbour(*each) for each in zip(*row, strict=True)] for row in rows]
        return found

    async def nearest_of(self, category: str, vector: Vectors, count: int) -> list[Neighbour]:
        """The products of `category` among the REACH nearest of `vector` [384], at most `count`, nearest first.

        Ids tell the category: a filter of Chroma's takes half a second at 400,000 products.
        """
        answer = await self._query(vector[None], REACH, ["distances"])
        ending = category_code(category)
        pairs = zip(answer["ids"][0], answer["distances"][0], strict=True)
        distances = dict([each for each in pairs if each[0].endswith(ending)][:count])
        if not distances:
            return []
        wanted = {"ids": list(distances), "include": STORED}
        told = await self._asked(self.collection.get, None, **wanted)
        rows = zip(told["ids"], told["metadatas"], told["documents"], strict=True)
        found = [_neighbour(name, metadata, document, distances[name]) for name, metadata, document in rows]
        return sorted(found, key=lambda each: -each.similarity)

    async def products(self, ids: Sequence[str]) -> dict[str, tuple[Product, Vectors]]:
        """Those of `ids` that are there, with their vectors float32 [384]."""
        if not ids:
            return {}
        told = await self._asked(self.collection.get, None, ids=list(ids), include=[*STORED, "embeddings"])
        rows = zip(told["ids"], told["metadatas"], told["documents"], told["embeddings"], strict=True)
        return {name: (_product(metadata, document), np.asarray(vector, np.float32)) for name, metadata, document, vector in rows}

    async def named(self, size: int, count: int) -> AsyncIterator[NamedPage]:
        """Those with a name among the first `count` products, in pages of at most `size`."""
        for offset in range(0, count, size):
            told = await self._asked(self.collection.get, WRITE_SECONDS, limit=size, offset=offset, include=STORED)
            products = zip(told["ids"], map(_product, told["metadatas"], told["documents"]), strict=True)
            kept = [(name, product) for name, product in products if product.is_named]
            yield NamedPage([name for name, _ in kept], [f"{product.title}\n{product.text}" for _, product in kept])

    async def _query(self, vectors: Vectors, count: int, include: list[str], seconds: float | None = None) -> Any:
        wanted = {"query_embeddings": list(vectors), "n_results": count, "include": include}
        with span("query chroma", {"db.system.name": "chroma", "vectors": len(vectors), "products": count}, "client"):
            return await self._asked(self.collection.query, seconds, **wanted)

    async def _asked(self, function: Callable[..., Any], seconds: float | None, **named: object) -> Any:
        try:
            return await self.connection.call(function, seconds=seconds, **named)
        except NoCollectionError as exc:
            raise GoneError(f"the collection {self.collection.name} was deleted") from exc

    async def check(self, remedy: str) -> int:
        """How many products it holds. Loads the index, so that no request waits for it; ArtifactError when it is damaged."""
        count = int(await self.connection.call(self.collection.count, seconds=WRITE_SECONDS))
        some = await self.connection.call(self.collection.get, limit=1, include=["embeddings"], seconds=WRITE_SECONDS)
        vectors = np.asarray(some["embeddings"], np.float32)
        found = (await self._query(vectors, min(count, 5), [], WRITE_SECONDS))["ids"][0] if count else []
        if not found or len(found) < min(count, 5):
            raise ArtifactError(
                f"collection {self.collection.name} is damaged: of {count} products {len(found)} are found; {remedy}"
            )
        return count

    async def known(self, ids: Sequence[str]) -> set[str]:
        """Which of `ids` are in the collection."""
        answer = await self.connection.call(self.collection.get, ids=list(ids), include=[], seconds=WRITE_SECONDS)
        return set(answer["ids"])

    async def write(self, entries: Entries) -> None:
        """Add the entries, or replace those that are there."""
        for part in entries.batches(WRITE_BATCH):
            await self.connection.call(
                self.collection.upsert,
                ids=list(part.ids),
                embeddings=list(part.vectors),
                metadatas=[{_FIELD: _PRODUCT.dump_json(product).decode()} for product in part.products],
                seconds=WRITE_SECONDS,
            )

    async def count(self) -> int:
        """How many products the collection holds."""
        return int(await self.connection.call(self.collection.count))

    async def mark_complete(self, embedder: str) -> None:
        """Say that the load has ended, and with which embedder the vectors were made."""
        marks = {"complete": True, "embedder": embedder}
        await self.connection.call(self.collection.modify, metadata=marks, seconds=WRITE_SECONDS)

    async def write_index_next(self) -> None:
        """Let the next write after the store was opened again write the whole index: what is not written delays every start."""
        await self.connection.call(_write_index_next, self.collection, seconds=WRITE_SECONDS)

    async def touch(self) -> None:
        """Write some products again as they are."""
        included = ["embeddings", "metadatas"]
        some = await self.connection.call(self.collection.get, limit=3, include=included, seconds=WRITE_SECONDS)
        if some["ids"]:
            named = {name: some[name] for name in ("ids", *included)}
            await self.connection.call(self.collection.upsert, seconds=WRITE_SECONDS, **named)


def graph_of(products: int) -> dict[str, str | int]:
    """How the index of so many products is made, as Chroma's configuration of HNSW."""
    return HNSW | DENSE if products > SPARSE_TO else HNSW


async def create(connection: Connection, name: str, expected: int = 0) -> ChromaStore:
    """The collection `name`, made for about `expected` products when it is not there."""
    sync = min(max(expected // SYNCS, LEAST_SYNC), MOST_SYNC)
    collection = await connection.call(
        connection.client.get_or_create_collection,
        name,
        configuration={"hnsw": {**graph_of(expected), "sync_threshold": sync}},
        embedding_function=None,
        seconds=WRITE_SECONDS,
    )
    return ChromaStore(connection, collection)


async def open_complete(connection: Connection, name: str, embedder: str) -> ChromaStore | None:
    """The collection `name`, or None when it is not there or not complete. ArtifactError when another embedder filled it."""
    try:
        collection = await connection.call(connection.client.get_collection, name, embedding_function=None)
    except NoCollectionError:
        return None
    marks = collection.metadata or {}
    if not marks.get("complete"):
        return None
    made = str(marks.get("embedder"))
    if not is_same_content(made, embedder):
        raise ArtifactError(
            f"collection {name} was made with embedder {made}, this is {embedder}; make it again with: "
            "uv run python -m training.frontier_rag_index"
        )
    return ChromaStore(connection, collection)


def _write_index_next(collection: Any) -> None:
    with warnings.catch_warnings():  # Chroma warns of collections without an embedding function: ours have none on purpose
        warnings.simplefilter("ignore", DeprecationWarning)
        collection.modify(configuration={"hnsw": {"sync_threshold": 2}})


def _product(metadata: dict[str, Any], document: str | None) -> Product:
    """The product. Collections that were filled before had a field for each of its parts, and its text as the document."""
    if _FIELD in metadata:
        return _PRODUCT.validate_json(metadata[_FIELD])
    return _PRODUCT.validate_python({**metadata, "text": document or ""})


def _neighbour(name: str, metadata: dict[str, Any], document: str | None, distance: float) -> Neighbour:
    return Neighbour(_product(metadata, document), 1.0 - float(distance), id=name)
