"""Wires the ensemble: trained weights, the three pricers over HTTP, the cache, and the shared pricing routes."""

import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from anyio import to_thread
from fastapi import FastAPI

from common.artifact import read_artifact
from common.errors import ArtifactError, UnavailableError
from common.models.model_store import artifact_folder
from common.pricing import EXAMPLE, PriceRequest, PriceResponse
from common.pricing_api.pricer import Pricer
from common.pricing_api.pricer_app import ModelChanges, build_pricer_app
from common.retry import Backoff, Retry, of_kinds
from ensemble.cache import Cache, MemoryCache
from ensemble.cached_pricer import CachedPricer
from ensemble.combine import COMMAND, FORMAT_VERSION, Weights, load_weights
from ensemble.explain.attribute_service import AttributeAdvisor
from ensemble.explain.routes import add_explain_routes
from ensemble.explain.word_service import SPECIALIST, WordReader
from ensemble.judge.judges import Judges, has_judge
from ensemble.judge.routes import add_judge_routes
from ensemble.metrics import EnsembleMetrics
from ensemble.peer.batch_slices import SlicedPeer, SliceLimits
from ensemble.peer.guarded_peer import GuardedPeer, GuardLimits
from ensemble.peer.http_peer import HttpPeer
from ensemble.peer.transport import Transport
from ensemble.service import Ensemble, Peer, TimeLimit
from ensemble.settings import Settings
from ensemble.telling import Telling


@dataclass(frozen=True)
class Fakes:
    """What tests put in the place of the ensemble and its pricers; None: the real thing."""

    pricer: Pricer | None = None
    specialist: Peer | None = None
    now: Callable[[], datetime] | None = None  # in UTC


def create_app(fakes: Fakes | None = None, settings: Settings | None = None) -> FastAPI:
    """The front door, which asks the three pricers."""
    fakes, settings = fakes or Fakes(), settings or Settings()
    now = fakes.now or (lambda: datetime.now(UTC))

    async def load(app: FastAPI) -> Pricer:
        return fakes.pricer or await _load_ensemble(app, settings)

    app = build_pricer_app("ensemble", load, changes=ModelChanges(shadow=settings.shadow))
    app.state.judges = Judges(app.state.live)
    add_judge_routes(app, lambda: app.state.judges.of(app.state.pricer()))
    time_limit = TimeLimit(settings.timeout, settings.batch_timeout_per_item)
    advisor = cache(lambda: AttributeAdvisor(app.state.pricer() and app.state.live, lambda: now().year))
    add_explain_routes(app, advisor, cache(lambda: WordReader(fakes.specialist or _specialist_of(app), time_limit)))
    return app


def _specialist_of(app: FastAPI) -> Peer:
    """UnavailableError until the pricers answer, and where there is none that reads words."""
    pricer = app.state.pricer()
    peers = pricer.ensemble.peers if isinstance(pricer, CachedPricer) else {}
    if SPECIALIST not in peers:
        raise UnavailableError(f"there is no {SPECIALIST} among the pricers, which alone reads words")
    return peers[SPECIALIST]


async def open_pricer(settings: Settings, resources: AsyncExitStack, metrics: EnsembleMetrics) -> CachedPricer:
    """The ensemble over the pricers that `settings` name, with the weights of artifacts/ensemble."""
    from ensemble.peer.aiohttp_transport import open_transport

    transport = open_transport(settings.connections)
    resources.push_async_callback(transport.aclose)
    return pricer_over(transport, settings, resources, metrics)


def pricer_over(transport: Transport, settings: Settings, resources: AsyncExitStack, metrics: EnsembleMetrics) -> CachedPricer:
    """The same, asking through `transport`, which stays the caller's."""
    weights, version = read_weights()
    peers: dict[str, Peer] = {}
    for name, url in settings.pricers.items():
        limits = GuardLimits(retries=settings.retries, fair=settings.timeout / 2)
        guarded = GuardedPeer(name, HttpPeer(name, url, transport), limits, metrics)
        resources.push_async_callback(guarded.aclose)
        peers[name] = SlicedPeer(guarded, _slice_limits(settings))
    time_limit = TimeLimit(settings.timeout, settings.batch_timeout_per_item)
    ensemble = Ensemble(peers, weights, version, time_limit, metrics)
    return CachedPricer(ensemble, open_cache(settings, resources, metrics), metrics)


def read_weights() -> tuple[Weights, str]:
    """Those in use, or those that are being tried, with their version."""
    artifact = read_artifact(artifact_folder("ensemble"), format_version=FORMAT_VERSION, command=COMMAND)
    return load_weights(artifact.folder), artifact.version


def open_cache(settings: Settings, resources: AsyncExitStack, metrics: EnsembleMetrics) -> Cache | None:
    """Where answers are kept: nowhere, in Redis, or in memory."""
    if not settings.cache_ttl:
        return None
    if url := settings.cache_redis_url.get_secret_value():
        from ensemble.redis_cache import RedisCache

        shared = RedisCache(url, settings.cache_ttl)
        resources.push_async_callback(shared.aclose)
        return shared
    memory = MemoryCache(settings.cache_items, int(settings.cache_mb * 1e6), settings.cache_ttl)
    metrics.cached_items.set_function(lambda: len(memory))
    metrics.cached_bytes.set_function(lambda: memory.used)
    return memory


def _slice_limits(settings: Settings) -> SliceLimits:
    return SliceLimits(
        items=settings.slice, parallel=settings.parallel, single=settings.timeout, per_item=settings.batch_timeout_per_item
    )


async def _load_ensemble(app: FastAPI, settings: Settings) -> Pricer:
    """At the first time the pricers are found; after that they stay, with what is known of them, and the weights are read anew."""
    if former := getattr(app.state, "ensemble", None):
        return await _reload_ensemble(app, former)
    metrics = EnsembleMetrics(app.state.metrics.registry)
    pricer = await open_pricer(settings, app.state.resources, metrics)
    pricer.ensemble.telling = Telling(app.state.activity)
    app.state.ensemble = pricer
    with suppress(ArtifactError):  # prices are told without a judge; who asks for one is told why there is none
        await to_thread.run_sync(app.state.judges.of, pricer)
    await _wait_for_pricers(pricer.ensemble, settings.patience)
    return pricer


async def _reload_ensemble(app: FastAPI, former: CachedPricer) -> Pricer:
    """A judge that cannot be read costs the whole: it belongs to the weights."""
    pricer = former.with_weights(*await to_thread.run_sync(read_weights))
    if has_judge():
        await to_thread.run_sync(app.state.judges.of, pricer)
    return pricer


async def _wait_for_pricers(ensemble: Ensemble, patience: float) -> None:
    """Return when all pricers answer, or after `patience` seconds as soon as one does."""
    until = time.monotonic() + patience
    look = Retry(of_kinds(UnavailableError), None, Backoff(0.5, 0.5))
    await look.acall(lambda: _ask_pricers(ensemble, until))


async def _ask_pricers(ensemble: Ensemble, until: float) -> None:
    """UnavailableError where no pricer answers, or before `until` (monotonic) not all of them do."""
    (result,) = await ensemble.price([PriceRequest(description=EXAMPLE)])
    if isinstance(result, PriceResponse) and len(result.estimates) < len(ensemble.peers) and time.monotonic() <= until:
        raise UnavailableError(f"without {', '.join(result.degraded)}")
