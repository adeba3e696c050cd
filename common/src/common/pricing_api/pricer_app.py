"""What ensemble and all pricers are built of: an app with the pricing routes over anything that prices requests."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.middleware import Middleware

from common.http.app import Front, build_app
from common.http.rate_limit import MemoryRates, RateStore, SharedRates
from common.loader import Loader, settle_memory
from common.pricing import EXAMPLE, PriceRequest, PriceResponse
from common.pricing_api.idempotency import AnswerStore, MemoryAnswers, SharedAnswers
from common.pricing_api.inference_protocol import ERRORS, HEALTH, InferenceErrorMiddleware
from common.pricing_api.pricer import Pricer
from common.pricing_api.routes import BODIES, Served, add_pricing_routes
from common.settings import HttpSettings

LoadPricer = Callable[[FastAPI], Awaitable[Pricer]]


def build_pricer_app(name: str, load: LoadPricer, settings: HttpSettings | None = None) -> FastAPI:
    """An app that answers the pricing API with the pricer that `load` returns; ready once that has priced an example.

    What `load` opens it can hand to `app.state.resources`, an AsyncExitStack that is closed at shutdown. `app.state.pricer()` is
    the pricer, UnavailableError until it is loaded; `app.state.answers` keeps answers of batches that may be repeated. A pricer
    that may lose what it needs once it is loaded says so in `app.state.lacking`.
    """

    version: str | None = None

    async def load_and_try() -> Pricer:
        nonlocal version
        pricer = await load(app)
        (tried,) = await pricer.price([PriceRequest(description=EXAMPLE)])
        version = tried.model.partition("@")[2] or None if isinstance(tried, PriceResponse) else None
        if app.state.owns_process:
            settle_memory()
        return pricer

    loader = Loader(name, load_and_try)

    async def missing() -> Mapping[str, str]:
        if app.state.is_leaving():
            return {name: "this process is about to stop"}
        return await loader.missing() or app.state.lacking()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as resources:
            app.state.resources = resources
            if stores.close:
                resources.push_async_callback(stores.close)
            loader.start()
            yield
            await loader.stop()

    settings = settings or HttpSettings()
    stores = _open_stores(name, settings)
    app = build_app(
        name,
        lifespan=lifespan,
        missing=missing,
        settings=settings,
        bodies=BODIES,
        front=Front(stores.rates, HEALTH, (Middleware(InferenceErrorMiddleware),), error_form=ERRORS),
    )
    app.state.pricer, app.state.answers, app.state.lacking = loader.get, stores.answers, dict[str, str]
    add_pricing_routes(app, Served(name, loader.get, lambda: version, missing, stores.answers))
    return app


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
