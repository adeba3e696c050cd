"""The Chroma store: an embedded folder, or a server when a URL is given. The only place that knows Chroma.

A collection is written with ids that its content decides and marked complete at the end, so that a killed load is simply
done again over what is there. Knows nothing of embedding or pricing.
"""

import asyncio
import inspect
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import chromadb
import numpy as np
import numpy.typing as npt
import structlog
from anyio import CapacityLimiter, to_thread
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import NotFoundError as NoCollectionError

from common.context import remaining
from common.errors import ArtifactError, DeadlineExceededError, InvalidInputError, PricingAgentError, UnavailableError
from frontier_rag.products import Entries, Neighbour, Product

WRITE_BATCH, QUERY_BATCH = 2000, 200  # items a call; below Chroma's limits on a batch and on a request's size
WRITE_SECONDS = 120.0
Vectors = npt.NDArray[np.float32]


class Connection:
    """Calls Chroma with a deadline, embedded calls in threads, and turns its failures into our errors."""

    def __init__(self, client: Any, name: str, timeout: float) -> None:
        self.client, self.name, self.timeout = client, name, timeout
        self._limiter = CapacityLimiter(2)

    async def call(self, function: Callable[..., Any], *args: object, seconds: float | None = None, **named: object) -> Any:
        """The result of `function`, a method of the client or of a collection. NoCollectionError passes through."""
        allowed = remaining(self.timeout) if seconds is None else seconds
        try:
            async with asyncio.timeout(allowed):
                if inspect.iscoroutinefunction(function):
                    return await function(*args, **named)
                return await to_thread.run_sync(partial(function, *args, **named), limiter=self._limiter)
        except TimeoutError as exc:
            raise DeadlineExceededError(f"{self.name} did not answer within {allowed:.1f} s") from exc
        except (NoCollectionError, PricingAgentError):
            raise
        except Exception as exc:  # the client raises bare Exception for answers that it does not know
            raise UnavailableError(f"{self.name} failed: {exc or type(exc).__name__}") from exc


async def connect(url: str, folder: Path, seconds: float) -> Connection:
    """The server at `url`, or the embedded store in `folder` when `url` is empty; `seconds` for a query. Telemetry is off."""
    settings = ChromaSettings(anonymized_telemetry=False)
    if not url:
        opening = Connection(None, f"the Chroma folder {folder}", seconds)
        opening.client = await opening.call(chromadb.PersistentClient, str(folder), settings, seconds=WRITE_SECONDS)
        return opening
    parts = urlsplit(url if "//" in url else f"//{url}", scheme="http")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInputError(f"{url} is not the address of a Chroma server", "CHROMA_URL")
    secure = parts.scheme == "https"
    opening = Connection(None, f"the Chroma server at {parts.hostname}", seconds)
    host, port = parts.hostname, parts.port or (443 if secure else 8000)
    opening.client = await opening.call(chromadb.AsyncHttpClient, host, port, secure, None, settings)
    return opening


class ChromaStore:
    """One collection."""

    def __init__(self, connection: Connection, collection: Any) -> None:
        self.connection, self.collection = connection, collection

    async def nearest(self, vectors: Vectors, count: int) -> list[list[Neighbour]]:
        """For each vector its `count` nearest products (fewer in a smaller collection), nearest first."""
        found: list[list[Neighbour]] = []
        for start in range(0, len(vectors), QUERY_BATCH):
            found += await self._query(vectors[start : start + QUERY_BATCH], count)
        return found

    async def _query(self, vectors: Vectors, count: int) -> list[list[Neighbour]]:
        include = ["metadatas", "distances", "documents"]
        embeddings = list(vectors)
        answer = await self.connection.call(self.collection.query, query_embeddings=embeddings, n_results=count, include=include)
        rows = zip(answer["metadatas"], answer["documents"], answer["distances"], strict=True)
        return [[_neighbour(*each) for each in zip(*row, strict=True)] for row in rows]

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
                metadatas=[_metadata(product) for product in part.products],
                documents=[product.text for product in part.products],
                seconds=WRITE_SECONDS,
            )

    async def count(self) -> int:
        """How many products the collection holds."""
        return int(await self.connection.call(self.collection.count))

    async def mark_complete(self, embedder: str) -> None:
        """Say that the load has ended, and with which embedder the vectors were made."""
        marks = {"complete": True, "embedder": embedder}
        await self.connection.call(self.collection.modify, metadata=marks, seconds=WRITE_SECONDS)


async def create(connection: Connection, name: str) -> ChromaStore:
    """The collection `name`, made when it is not there."""
    collection = await connection.call(
        connection.client.get_or_create_collection,
        name,
        configuration={"hnsw": {"space": "cosine"}},
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
    if marks.get("embedder") != embedder:
        made = marks.get("embedder")
        raise ArtifactError(
            f"collection {name} was made with embedder {made}, this is {embedder}; make it again with: "
            f"uv run python -m training.frontier_rag_index --collection {name}"
        )
    return ChromaStore(connection, collection)


async def fill(connection: Connection, name: str, entries: Entries, embedder: str) -> ChromaStore:
    """The collection `name` with exactly `entries`, written again when a former load was killed before its end."""
    store = await create(connection, name)
    if await store.count() > len(entries.ids):
        await connection.call(connection.client.delete_collection, name, seconds=WRITE_SECONDS)
        store = await create(connection, name)
    await store.write(entries)
    stored = await store.count()
    if stored != len(entries.ids):
        raise UnavailableError(f"collection {name} holds {stored} products after a load of {len(entries.ids)}")
    await store.mark_complete(embedder)
    structlog.get_logger().info("collection_loaded", collection=name, products=stored)
    return store


def _metadata(product: Product) -> dict[str, str | float]:
    return {"title": product.title, "price": product.price, "category": product.category, "source": product.source}


def _neighbour(metadata: dict[str, Any], document: str | None, distance: float) -> Neighbour:
    price, source = float(metadata["price"]), metadata.get("source", "user")
    product = Product(str(metadata["title"]), price, str(metadata["category"]), document or "", source)
    return Neighbour(product, 1.0 - float(distance))
