"""The routes that ensemble and all pricers share: POST /price and POST /price/batch over anything that prices requests."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol, TypeAlias

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request
from fastapi.responses import Response
from pydantic import ValidationError

from common.batching import Batcher, Limits
from common.connection import CLOSED, CallerLeftError, while_connected
from common.errors import PricingAgentError
from common.loading import Loader, spare_collector
from common.metrics import BatchingMetrics
from common.pricing import EXAMPLE, BatchRequest, BatchResponse, ItemError, PriceRequest, PriceResponse, Problem
from common.problem import field_errors, problem, problem_of, problem_response
from common.settings import HttpSettings
from common.web import build_app

BATCH_BODY_LIMIT = 16 * 1024 * 1024  # bytes: 1,000 descriptions of the longest kind
PROBLEMS: dict[int | str, dict[str, object]] = {
    status: {"model": Problem, "content": {"application/problem+json": {}}} for status in (401, 413, 415, 422, 429, 503)
}

PricedItem: TypeAlias = PriceResponse | ItemError


class Pricer(Protocol):
    """Prices requests in their order. An item that cannot be priced yields an ItemError; raising fails all of them."""

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        """One result for each request."""
        ...


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


class BatchedPricer:
    """Keeps a LocalPricer off the event loop and lets it price what different callers ask at once in one batch."""

    def __init__(self, local: LocalPricer, limits: Limits | None = None, metrics: BatchingMetrics | None = None) -> None:
        self.batcher = Batcher[PriceRequest, PriceResponse](local.price, limits, metrics)

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        """One result for each request; raises where none could be priced."""
        found = await self.batcher.submit(requests)
        failed = [each for each in found if isinstance(each, Exception)]
        if failed and len(failed) == len(found):
            raise failed[0]
        return [_item_error(each) if isinstance(each, Exception) else each for each in found]


def _item_error(error: Exception) -> ItemError:
    if isinstance(error, PricingAgentError):
        return ItemError(error=problem_of(error))
    return ItemError(error=problem(500, "an unexpected error; the log has it"))


LoadPricer = Callable[[FastAPI], Awaitable[Pricer]]


def build_pricer_app(name: str, load: LoadPricer, settings: HttpSettings | None = None) -> FastAPI:
    """An app that answers the pricing API with the pricer that `load` returns; ready once that has priced an example.

    What `load` opens it can hand to `app.state.resources`, an AsyncExitStack that is closed at shutdown.
    """

    async def load_and_try() -> Pricer:
        pricer = await load(app)
        await pricer.price([PriceRequest(description=EXAMPLE)])
        if app.state.owns_process:
            spare_collector()
        return pricer

    loader = Loader(name, load_and_try)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as resources:
            app.state.resources = resources
            loader.start()
            yield
            await loader.stop()

    limits = {"/price/batch": BATCH_BODY_LIMIT}
    app = build_app(name, lifespan=lifespan, missing=loader.missing, settings=settings, body_limits=limits)
    add_pricing_routes(app, loader.get)
    return app


def add_pricing_routes(app: FastAPI, pricer: Callable[[], Pricer]) -> None:
    """Add POST /price and POST /price/batch, answered by what `pricer` returns at that moment."""

    @app.post("/price", response_model=PriceResponse, responses=PROBLEMS, tags=["pricing"])
    async def price(body: PriceRequest, request: Request) -> PriceResponse | Response:
        """What the product should cost, with an 80 % interval."""
        (result,) = await while_connected(request, _price(pricer(), [body]))
        return problem_response(result.error) if isinstance(result, ItemError) else result

    @app.post("/price/batch", responses=PROBLEMS, tags=["pricing"])
    async def price_batch(batch: BatchRequest, request: Request) -> BatchResponse:
        """Up to 1,000 products; an item that cannot be priced gets an error in its place."""
        return BatchResponse(results=await while_connected(request, _price_items(pricer(), batch.items)))

    @app.exception_handler(CallerLeftError)
    async def left(_: Request, __: Exception) -> Response:
        return Response(status_code=CLOSED)


async def _price(pricer: Pricer, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
    return await pricer.price(requests)


async def _price_items(pricer: Pricer, items: Sequence[dict[str, object]]) -> list[PricedItem]:
    parsed = [_parse_item(item) for item in items]
    valid = [item for item in parsed if isinstance(item, PriceRequest)]
    priced = iter(await pricer.price(valid) if valid else [])
    return [next(priced) if isinstance(item, PriceRequest) else item for item in parsed]


def _parse_item(item: dict[str, object]) -> PriceRequest | ItemError:
    try:
        return PriceRequest.model_validate(item)
    except ValidationError as exc:
        fields = field_errors(exc.errors(include_input=False, include_url=False))
        return ItemError(error=problem(422, "; ".join(f"{each.field}: {each.message}" for each in fields), fields))
