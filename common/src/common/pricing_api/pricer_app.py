"""What ensemble and all pricers are built of: an app with the pricing routes over anything that prices requests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from anyio import to_thread
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.middleware import Middleware

from common.about.checks import artifacts_of
from common.http.app import Front, build_app
from common.http.rate_limit import MemoryRates, RateStore, SharedRates
from common.loader import Loader
from common.models.canary import Canary
from common.models.doors import add_models
from common.models.drift.metrics import DriftMetrics
from common.models.drift.monitor import DriftMonitor
from common.models.generation import Opened, Outside, Service
from common.models.memory import give_memory_back, settle_memory
from common.models.metrics import ModelMetrics
from common.models.model_store import ModelStore
from common.models.registry import pull_from
from common.models.reloader import Reloader
from common.models.settings import ModelSettings
from common.models.shadow.candidate import Candidate, open_candidate
from common.models.shadow.metrics import ShadowMetrics
from common.models.shadow.shadow import Shadow
from common.models.standing import bins_in_use, canary_of
from common.models.watcher import Watcher
from common.pricing import EXAMPLE, PriceRequest, PriceResponse
from common.pricing_api.idempotency import AnswerStore, MemoryAnswers, SharedAnswers
from common.pricing_api.inference_protocol import ERRORS, HEALTH, InferenceErrorMiddleware
from common.pricing_api.pricer import Pricer
from common.pricing_api.routes import BODIES, Served, add_pricing_routes
from common.settings import HttpSettings

T = TypeVar("T")
LoadPricer = Callable[[FastAPI], Awaitable[Pricer]]
Begin = Callable[[AsyncExitStack], None]  # starts something, and puts its end on the stack


@dataclass(frozen=True)
class ModelChanges:
    """How a service takes other versions of its models. `canary`: what one must pass; None: that of its first artifact's meta.json.

    `fixed`: artifacts of which it takes no other while it runs; `refusal`: why it takes none at all. `shadow`: the candidate that
    prices beside the one in use, see common.models.shadow.candidate.
    """

    canary: Callable[[Pricer], Canary] | None = None
    fixed: Sequence[str] = ()
    refusal: str = ""
    shadow: str = ""


def build_pricer_app(
    name: str, load: LoadPricer, settings: HttpSettings | None = None, changes: ModelChanges | None = None
) -> FastAPI:
    """An app that answers the pricing API with the pricer that `load` returns; ready once that has priced an example.

    `load` is called again for another version of the models. What it opens it can hand to `app.state.while_used`, an
    AsyncExitStack that is closed when that pricer is given up, or to `app.state.resources`, which is closed at shutdown.
    `app.state.pricer()` is the pricer in use, UnavailableError until it is loaded, and `app.state.live` prices with whichever it
    is; `app.state.answers` keeps answers of batches that may be repeated. A pricer that may lose what it needs once it is loaded
    says so in `app.state.lacking`.
    """
    changes, settings, models = changes or ModelChanges(), settings or HttpSettings(), ModelSettings()

    async def load_first() -> Literal["loaded"]:
        """Not the pricer: the loader would hold it for as long as the process lives, whichever took its place."""
        await reloader.first()
        if app.state.owns_process:
            settle_memory()
        return "loaded"

    loader, stores, beside = Loader(name, load_first), _open_stores(name, settings), list[Begin]()
    app = build_app(
        name,
        lifespan=_lifespan(loader, stores, beside),
        missing=lambda: _missing(app, loader),
        settings=settings,
        bodies=BODIES,
        front=Front(stores.rates, HEALTH, (Middleware(InferenceErrorMiddleware),), error_form=ERRORS),
    )
    store = ModelStore()  # one for both: what is held in it is not deleted by a version that is fetched
    outside = Outside(store, ModelMetrics(app.state.metrics.registry), app.state.activity, pull_from(models.registry, store))
    outside.settle = lambda: give_memory_back() if app.state.owns_process else None
    service = Service(name, artifacts_of(name), changes.fixed, changes.refusal)
    reloader = Reloader(service, _opening(name, app, load, changes), outside)

    live = _once_loaded(loader, lambda: reloader.live)
    app.state.pricer, app.state.live, app.state.answers = _once_loaded(loader, reloader.pricer), reloader.live, stores.answers
    app.state.models, app.state.lacking = reloader, dict[str, str]
    add_pricing_routes(app, Served(name, live, lambda: reloader.version, lambda: _missing(app, loader), stores.answers))
    drift = DriftMonitor(DriftMetrics(app.state.metrics.registry))
    reloader.on_taken = lambda: drift.follow(bins_in_use(name))
    shadow = _shadow(changes.shadow, reloader, app.state.metrics.registry)
    reloader.live.watchers = [drift, *([shadow] if shadow else [])]
    add_models(app, reloader, drift, shadow)
    watcher = Watcher(reloader, models.reload) if models.reload else None
    beside += [_loads(app, reloader, loader), *(_runs(each) for each in (watcher, shadow) if each)]
    return app


def _opening(name: str, app: FastAPI, load: LoadPricer, changes: ModelChanges) -> Callable[[AsyncExitStack], Awaitable[Opened]]:
    """How a version of the models is opened: loaded, and asked for a price."""

    async def open_pricer(closing: AsyncExitStack) -> Opened:
        app.state.while_used = closing
        pricer = await load(app)
        (tried,) = await pricer.price([PriceRequest(description=EXAMPLE)])
        model = tried.model if isinstance(tried, PriceResponse) else name
        return Opened(pricer, model, changes.canary(pricer) if changes.canary else canary_of(name))

    return open_pricer


def _lifespan(loader: Loader[Any], stores: "_Stores", beside: Sequence[Begin]) -> Callable[[FastAPI], Any]:
    """From the first request to the last: what runs beside is begun in its order, and ended in the opposite one."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as resources:
            app.state.resources = resources
            if stores.close:
                resources.push_async_callback(stores.close)
            for begin in beside:
                begin(resources)
            yield
            await loader.stop()

    return lifespan


def _loads(app: FastAPI, reloader: Reloader, loader: Loader[Any]) -> Begin:
    def begin(resources: AsyncExitStack) -> None:
        resources.push_async_callback(reloader.aclose)
        reloader.keeps = app.state.owns_process
        loader.start()

    return begin


def _runs(each: Watcher | Shadow) -> Begin:
    def begin(resources: AsyncExitStack) -> None:
        each.start()
        resources.push_async_callback(each.stop)

    return begin


async def _missing(app: FastAPI, loader: Loader[Any]) -> Mapping[str, str]:
    """What keeps it from pricing, told to those who balance too."""
    if app.state.is_leaving():
        return {"process": "it is about to stop"}
    return await loader.missing() or app.state.lacking()


def _once_loaded(loader: Loader[Any], give: Callable[[], T]) -> Callable[[], T]:
    """What `give` returns; UnavailableError, which says why, until there is a pricer."""

    def given() -> T:
        loader.get()
        return give()

    return given


def _shadow(setting: str, reloader: Reloader, registry: CollectorRegistry) -> Shadow | None:
    if not setting:
        return None

    async def keep(folder: Path) -> str:
        return await to_thread.run_sync(reloader.outside.store.keep, reloader.service.artifacts[0], folder)

    async def opens(closing: AsyncExitStack) -> Candidate:
        while reloader.current is None:  # noqa: ASYNC110 (once, at the start)
            await asyncio.sleep(0.1)
        return await open_candidate(setting, closing, reloader.open_beside, keep)

    return Shadow(setting, opens, lambda: reloader.live.is_idle, ShadowMetrics(registry))


@dataclass(frozen=True)
class _Stores:
    rates: RateStore
    answers: AnswerStore
    close: Callable[[], Awaitable[None]] | None = None


def _open_stores(name: str, settings: HttpSettings) -> _Stores:
    """In memory, and in Redis before that where REDIS_URL names one."""
    rates, answers = MemoryRates(), MemoryAnswers(settings.idempotency_seconds)
    url = settings.redis_url.get_secret_value()
    if not url:
        return _Stores(rates, answers)
    from common.pricing_api.redis_store import RedisStore

    store = RedisStore(url, name, settings.idempotency_seconds)
    return _Stores(SharedRates(store, rates), SharedAnswers(store, answers), store.aclose)
