"""The frontier-rag service: the pricing API over FrontierRag, embedding, and places on the map. Real things are plugged in here."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from anyio import to_thread
from fastapi import FastAPI

from common.http.app import add_routes
from common.models.canary import Canary
from common.models.model_store import artifact_folder
from common.models.standing import canary_of
from common.pricing_api.pricer import Pricer
from common.pricing_api.pricer_app import ModelChanges, build_pricer_app
from common.settings import artifacts_dir
from frontier_rag.chat.metrics import ChatMetrics
from frontier_rag.chat.open_chat import open_chat
from frontier_rag.describe.open_writer import open_writer
from frontier_rag.describe.routes import add_describe_routes
from frontier_rag.estimator.local_estimator import LocalEstimator
from frontier_rag.places.product_map import ProductMap
from frontier_rag.places.routes import HasPoints
from frontier_rag.places.routes import build_router as build_places_router
from frontier_rag.routes import build_router
from frontier_rag.service import Besides, FrontierRag
from frontier_rag.settings import Settings
from frontier_rag.store.aliases import is_bundled
from frontier_rag.store.followed_alias import FollowedAlias

# Vectors of one embedder say nothing to another, and a collection is filled for all: these are taken in by a start. Other products
# are followed while the service runs, see store/followed_alias.py.
FIXED = ("frontier-rag", "frontier-rag/catalogue", "embedder")


@dataclass(frozen=True)
class Fakes:
    """What tests put in the place of store, models and map; None: the real thing."""

    pricer: Pricer | None = None
    product_map: HasPoints | None = None


def create_app(fakes: Fakes | None = None, settings: Settings | None = None) -> FastAPI:
    """The service."""
    fakes = fakes or Fakes()

    async def load(app: FastAPI) -> Pricer:
        if fakes.pricer:
            return fakes.pricer
        if found := getattr(app.state, "besides_estimator", None):
            besides: Besides = found
            return besides.with_estimator(await to_thread.run_sync(load_estimator))
        pricer = await load_pricer(settings, partial(chat_metrics, app))
        app.state.besides_estimator = besides = pricer.besides_estimator()
        app.state.resources.push_async_callback(besides.aclose)
        return pricer

    app = build_pricer_app("frontier-rag", load, changes=ModelChanges(canary_for, FIXED, shadow=(settings or Settings()).shadow))
    add_routes(app, build_router(app.state.pricer))
    product_map = fakes.product_map or ProductMap(artifacts_dir() / "product-map", artifact_folder("frontier-rag"))
    add_routes(app, build_places_router(app.state.pricer, product_map))
    add_describe_routes(app)
    return app


def load_estimator() -> LocalEstimator:
    """The one in use, or the one that is being tried."""
    return LocalEstimator.load(artifact_folder("frontier-rag/estimator"))


def canary_for(pricer: Pricer) -> Canary:
    """The recorded one, whose prices hold for the bundled products: over others the estimator says something else."""
    canary = canary_of("frontier-rag")
    store = pricer.store if isinstance(pricer, FrontierRag) else None
    is_over_bundled = isinstance(store, FollowedAlias) and is_bundled(store.collection or "")
    return canary if is_over_bundled else canary.without_prices()


async def load_pricer(settings: Settings | None = None, metrics: Callable[[], ChatMetrics] = ChatMetrics) -> FrontierRag:
    """The pricer from artifacts and environment. ArtifactError says what is missing and which command makes it.

    A chat model counts in what `metrics` returns.
    """
    from frontier_rag.embedder import Embedder
    from frontier_rag.store.collection import open_store

    settings = settings or Settings()
    embedder = await to_thread.run_sync(partial(Embedder.load, artifact_folder("embedder"), settings.threads))
    await to_thread.run_sync(embedder.warm_up)
    estimator = await to_thread.run_sync(load_estimator)
    store = await open_store(settings, embedder)
    chat = await to_thread.run_sync(partial(open_chat, settings, os.environ, metrics))
    pricer = FrontierRag(embedder, store, estimator, chat, settings.k)
    pricer.writer = open_writer(settings, os.environ, chat)
    return pricer


def chat_metrics(app: FastAPI) -> ChatMetrics:
    """The application's, made when first asked for: loading may be tried again, and a registry takes a name once."""
    if not hasattr(app.state, "chat_metrics"):
        app.state.chat_metrics = ChatMetrics(app.state.metrics.registry)
    found: ChatMetrics = app.state.chat_metrics
    return found
