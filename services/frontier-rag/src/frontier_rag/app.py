"""The frontier-rag service: the pricing API over FrontierRag. Real things are plugged in here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from anyio import to_thread
from fastapi import FastAPI

from common.errors import ArtifactError
from common.pricer_app import Pricer, build_pricer_app
from common.settings import artifacts_dir
from frontier_rag import bundle
from frontier_rag.local_estimator import LocalEstimator
from frontier_rag.service import Chats, FrontierRag
from frontier_rag.settings import Settings

if TYPE_CHECKING:
    from frontier_rag.chroma_store import ChromaStore, Connection
    from frontier_rag.embedder import Embedder

INDEX = "uv run python -m training.frontier_rag_index --data FILES --collection"


def create_app(pricer: Pricer | None = None) -> FastAPI:
    """The app. `pricer` takes the place of the real one in tests."""

    async def load(app: FastAPI) -> Pricer:
        if pricer:
            return pricer
        loaded = await load_pricer()
        app.state.resources.push_async_callback(loaded.aclose)
        return loaded

    return build_pricer_app("frontier-rag", load)


async def load_pricer(settings: Settings | None = None) -> FrontierRag:
    """The pricer from artifacts and environment. ArtifactError says what is missing and which command makes it."""
    from frontier_rag.embedder import Embedder

    settings = settings or Settings()
    folder = artifacts_dir() / "frontier-rag"
    embedder = await to_thread.run_sync(partial(Embedder.load, artifacts_dir() / "embedder", settings.threads))
    estimator = await to_thread.run_sync(LocalEstimator.load, folder / "estimator")
    store = await open_collection(settings, embedder)
    return FrontierRag(embedder, store, estimator, open_chat(settings), settings.similar)


def open_chat(settings: Settings) -> Chats | None:
    """The chat model, where the environment names one."""
    from frontier_rag.chat_model import ChatModel

    return ChatModel(settings) if settings.has_chat else None


async def open_collection(settings: Settings, embedder: Embedder) -> ChromaStore:
    """The collection that the settings name, which must be complete; else the bundled products, loaded the first time."""
    from frontier_rag.chroma_store import connect, open_complete

    connection = await connect(settings.chroma_url, settings.chroma_folder, settings.store_timeout)
    if not settings.collection:
        return await open_bundled(connection, embedder)
    store = await open_complete(connection, settings.collection, embedder.version)
    if store is None:
        raise ArtifactError(f"collection {settings.collection} is not there or not complete; make it with: {INDEX} ...")
    return store


async def open_bundled(connection: Connection, embedder: Embedder) -> ChromaStore:
    """The collection of bundled and demo products. Its name changes with their versions, so that an old one is never mistaken."""
    from frontier_rag.chroma_store import fill, open_complete

    bundled = await to_thread.run_sync(bundle.load_bundle, artifacts_dir() / "frontier-rag")
    if bundled.embedder != embedder.version:
        made = f"the bundled vectors were made with embedder {bundled.embedder}, this is {embedder.version}"
        raise ArtifactError(f"{made}; make them with: {bundle.COMMAND}")
    catalogue = bundle.read_catalogue()
    name = f"products-{bundled.version}-{catalogue.digest}"
    store = await open_complete(connection, name, embedder.version)
    if store is not None:
        return store
    texts = [f"{product.title}\n{product.text}" for product in catalogue.products]
    vectors = await to_thread.run_sync(embedder.embed, texts)
    return await fill(connection, name, bundle.with_catalogue(bundled, catalogue, vectors), embedder.version)
