"""The frontier-rag service: the pricing API over FrontierRag. Real things are plugged in here."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial

import structlog
from anyio import to_thread
from fastapi import FastAPI

from common.errors import InvalidInputError
from common.pricer_app import Pricer, build_pricer_app
from common.settings import artifacts_dir
from frontier_rag.answer_cache import AnswerCache
from frontier_rag.budget import DailyBudget
from frontier_rag.chat_metrics import ChatMetrics
from frontier_rag.chat_model import ChatModel, Pace
from frontier_rag.cost_meter import SETTING as CHAT_PRICES
from frontier_rag.cost_meter import CostMeter, price_table
from frontier_rag.endpoints import endpoints_of
from frontier_rag.local_estimator import LocalEstimator
from frontier_rag.service import FrontierRag
from frontier_rag.settings import Settings
from frontier_rag.spend_ledger import SpendLedger


def create_app(pricer: Pricer | None = None) -> FastAPI:
    """The app. `pricer` takes the place of the real one in tests."""

    async def load(app: FastAPI) -> Pricer:
        if pricer:
            return pricer
        loaded = await load_pricer(metrics=partial(chat_metrics, app))
        app.state.resources.push_async_callback(loaded.aclose)
        return loaded

    return build_pricer_app("frontier-rag", load)


async def load_pricer(settings: Settings | None = None, metrics: Callable[[], ChatMetrics] = ChatMetrics) -> FrontierRag:
    """The pricer from artifacts and environment. ArtifactError says what is missing and which command makes it.

    A chat model counts in what `metrics` returns.
    """
    from frontier_rag.collection import open_store
    from frontier_rag.embedder import Embedder

    settings = settings or Settings()
    folder = artifacts_dir() / "frontier-rag"
    embedder = await to_thread.run_sync(partial(Embedder.load, artifacts_dir() / "embedder", settings.threads))
    estimator = await to_thread.run_sync(LocalEstimator.load, folder / "estimator")
    store = await open_store(settings, embedder)
    chat = await to_thread.run_sync(partial(open_chat, settings, os.environ, metrics))
    return FrontierRag(embedder, store, estimator, chat, settings.k)


def open_chat(settings: Settings, environment: Mapping[str, str], metrics: Callable[[], ChatMetrics]) -> ChatModel | None:
    """The chat model, where the settings name an endpoint. InvalidInputError: they cannot be meant."""
    endpoints = endpoints_of(settings, environment)
    if not endpoints:
        return None
    from frontier_rag.openai_endpoint import OpenAIEndpoint

    meter = CostMeter(price_table(settings.chat_prices), metrics())
    unpriced = [each.model for each in endpoints if not meter.announce(each.model)]
    if unpriced and settings.chat_daily_budget is not None:
        words = f"{CHAT_PRICES} needs what {', '.join(unpriced)} takes for a million tokens: the budget has to count it"
        raise InvalidInputError(words, CHAT_PRICES)
    structlog.get_logger().info("chat_endpoints", endpoints=[each.name for each in endpoints], without_price=unpriced)
    return ChatModel(
        [OpenAIEndpoint(each, settings.chat_seed, settings.chat_max_tokens) for each in endpoints],
        Pace(settings.chat_timeout, settings.chat_retries, settings.chat_concurrency),
        meter,
        DailyBudget(settings.chat_daily_budget, SpendLedger(settings.spend_file), meter.metrics),
        AnswerCache(settings.chat_cache_size, settings.chat_cache_ttl),
    )


def chat_metrics(app: FastAPI) -> ChatMetrics:
    """The application's, made when first asked for: loading may be tried again, and a registry takes a name once."""
    if not hasattr(app.state, "chat_metrics"):
        app.state.chat_metrics = ChatMetrics(app.state.metrics.registry)
    found: ChatMetrics = app.state.chat_metrics
    return found
