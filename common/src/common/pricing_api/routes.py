"""The routes of everything that prices: POST /price, /price/batch and /price/stream, and the Open Inference Protocol below /v2."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response

from common.http.admission import Bodies, refusal_of_type
from common.http.app import add_routes
from common.http.authentication import account_of
from common.http.disconnect import CLOSED, CallerLeftError, while_connected
from common.http.problem_response import problem_response
from common.pricing import BatchRequest, BatchResponse, ItemError, PricedItem, PriceRequest, PriceResponse
from common.pricing_api.idempotency import AnswerStore
from common.pricing_api.inference_protocol import PREFIX, Model, inference_routes
from common.pricing_api.items import answer_items
from common.pricing_api.ndjson import MEDIA_TYPE, MEDIA_TYPES, PriceStream, StreamLimits
from common.pricing_api.pricer import Pricer
from common.pricing_api.repeatable import REPEATABLE, answer_batch

STREAM = "/price/stream"
BATCH_BODY_LIMIT = 16 * 1024 * 1024  # bytes: 1,000 descriptions of the longest kind
# Paths of the inference protocol have names in them; its clients send binary tensors, or no type at all.
BODIES = Bodies(
    dict.fromkeys(("/price/batch", "/judge/batch", "/describe/batch"), BATCH_BODY_LIMIT),
    untyped={f"{PREFIX}/": BATCH_BODY_LIMIT},
    streams=frozenset({STREAM}),
)
# Lines have no words in OpenAPI 3.1, and whatever comes is answered line by line: the body as such has no form that could be wrong.
_LINES: dict[str, Any] = {
    "requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": {"description": "a PriceRequest a line"}}}}
}
_ANSWERS: dict[str, Any] = {
    "headers": {"Cache-Control": {"schema": {"const": "no-store"}}, "X-Accel-Buffering": {"schema": {"const": "no"}}},
    "content": {MEDIA_TYPE: {"schema": {"description": "a PriceResponse or an ItemError a line, with its index"}}},
}


@dataclass(frozen=True)
class Served:
    """What the routes serve: the pricer and its version at that moment, why it is not ready, and answers to repeat."""

    name: str
    pricer: Callable[[], Pricer]
    version: Callable[[], str | None]
    missing: Callable[[], Awaitable[Mapping[str, str]]]
    answers: AnswerStore
    stream_limits: StreamLimits = StreamLimits()  # noqa: RUF009 (frozen)


def add_pricing_routes(app: FastAPI, served: Served) -> None:
    """Add all of them."""

    @app.post("/price", response_model=PriceResponse, tags=["pricing"])
    async def price(body: PriceRequest, request: Request) -> Response:
        """What the product should cost, with an 80 % interval."""
        (result,) = await while_connected(request, _price(served.pricer(), [body]))
        if isinstance(result, ItemError):
            return problem_response(result.error)
        # Written by pydantic already: FastAPI would check and write it a second time.
        return Response(result.model_dump_json(), media_type="application/json")

    @app.post("/price/batch", response_model=BatchResponse, openapi_extra=REPEATABLE, tags=["pricing"])
    async def price_batch(batch: BatchRequest, request: Request) -> Response:
        """Up to 1,000 products; an item that cannot be priced gets an error in its place. Takes an Idempotency-Key."""

        async def answer() -> BatchResponse:
            await _charge(request, len(batch.items) - 1)
            results = await while_connected(request, answer_items(batch.items, PriceRequest, served.pricer().price))
            return BatchResponse(results=results)

        return await answer_batch(request, served.answers, answer)

    @app.exception_handler(CallerLeftError)
    async def left(_: Request, __: Exception) -> Response:
        return Response(status_code=CLOSED)

    _add_stream(app, served)
    _add_inference(app, served)


def _add_stream(app: FastAPI, served: Served) -> None:
    @app.post(STREAM, response_class=Response, responses={200: _ANSWERS}, tags=["pricing"], openapi_extra=_LINES)
    async def price_stream(request: Request) -> Response:
        """Any number of products as JSON Lines; their prices as JSON Lines, in order, while the body still comes."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in MEDIA_TYPES:
            return problem_response(refusal_of_type(f"Content-Type must be {MEDIA_TYPE}"))
        pricer, account = served.pricer(), account_of(request)

        async def charge(items: int) -> None:
            if account:
                await account.wait_and_charge(items)

        return PriceStream(pricer.price, charge, served.stream_limits)


def _add_inference(app: FastAPI, served: Served) -> None:
    async def infer(request: Request, wanted: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        await _charge(request, len(wanted) - 1)
        return await while_connected(request, _price(served.pricer(), wanted))

    add_routes(app, inference_routes(Model(served.name, infer, served.version, served.missing)))


async def _charge(request: Request, items: int) -> None:
    if (account := account_of(request)) and items > 0:
        await account.charge_more(items)


async def _price(pricer: Pricer, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
    return await pricer.price(requests)
