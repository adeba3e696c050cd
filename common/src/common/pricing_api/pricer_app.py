"""What ensemble and all pricers are built of: an app with the pricing routes over anything that prices requests."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI
from starlette.middleware import Middleware

from common.http.admission import Bodies
from common.http.app import Surface, build_app
from common.http.rate_limit import MemoryRates, RateStore, SharedRates
from common.loader import Loader, spare_collector
from common.pricing import EXAMPLE, PriceRequest, PriceResponse
from common.pricing_api.idempotency import AnswerStore, MemoryAnswers, SharedAnswers
from common.pricing_api.inference_protocol import PROBES, InferenceErrorMiddleware
from common.pricing_api.routes import BODY_LIMITS, INFERENCE, STREAM, PricedItem, Pricer, Served, add_pricing_routes
from common.settings import HttpSettings

__all__ = ["LocalPricer", "PricedItem", "Pricer", "ThreadedPricer", "build_pricer_app"]


class LocalPricer(Protocol):
    """A pricer that computes in this process, without I/O."""

    def price(self, requests: Sequence[PriceRequest]) -> Sequence[PriceResponse]:
        """One result for each request."""
        ...


class ThreadedPricer:
    """Keeps a LocalPricer off the event loop, `threads` computations at a time: more would only contend for the cores."""

    def __init__(self, local: LocalPricer, threads: int = 1) -> None:
        self.local, self.limiter = local, CapacityLimiter(threads)

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        """One result for each request."""
        return await to_thread.run_sync(self.local.price, requests, limiter=self.limiter)


LoadPricer = Callable[[FastAPI], Awaitable[Pricer]]


def build_pricer_app(name: str, load: LoadPricer, settings: HttpSettings | None = None) -> FastAPI:
    """An app that answers the pricing API with the pricer that `load` returns; ready once that has priced an example.

    What `load` opens it can hand to `app.state.resources`, an AsyncExitStack that is closed at shutdown.
    """

    version: str | None = None

    async def load_and_try() -> Pricer:
        nonlocal version
        pricer = await load(app)
        (tried,) = await pricer.price([PriceRequest(description=EXAMPLE)])
        version = tried.model.partition("@")[2] or None if isinstance(tried, PriceResponse) else None
        if app.state.owns_process:
            spare_collector()
        return pricer

    loader = Loader(name, load_and_try)

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
        missing=loader.missing,
        settings=settings,
        rates=stores.rates,
        surface=Surface(
            Bodies(BODY_LIMITS, any_type=(INFERENCE,), streams=frozenset({STREAM})), [Middleware(InferenceErrorMiddleware)], PROBES
        ),
    )
    add_pricing_routes(app, Served(name, loader.get, lambda: version, loader.missing, stores.answers))
    return app


@dataclass(frozen=True)
class _Stores:
    rates: RateStore
    answers: AnswerStore
    close: Callable[[], Awaitable[None]] | None = None


def _open_stores(name: str, settings: HttpSettings) -> _Stores:
    """In memory, and in Redis before that where REDIS_URL names one."""
    rates, answers = MemoryRates(), MemoryAnswers(settings.idempotency_seconds)
    if not settings.redis_url:
        return _Stores(rates, answers)
    from common.pricing_api.redis_store import RedisStore

    store = RedisStore(settings.redis_url, name, settings.idempotency_seconds)
    return _Stores(SharedRates(store, rates), SharedAnswers(store, answers), store.aclose)
