"""The Open Inference Protocol v2 (KServe, REST) over a pricer, so that its clients work unchanged.

https://github.com/kserve/open-inference-protocol: one BYTES tensor `description` (and `title`, `category`) of n elements in, FP64
tensors `price`, `low` and `high` of n out. Errors are {"error": message}. Takes binary tensors too, which tritonclient sends by
default; answers are always JSON, which it reads as well.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.errors import NotFoundError, UnavailableError
from common.http.documentation import REFERENCE, ErrorForm
from common.http.problem_response import MEDIA_TYPE
from common.pricing import PricedItem, PriceRequest
from common.pricing_api.inference_tensors import InferenceError, InferRequest, answer_of, metadata_of, parse_infer, version_of

PREFIX = "/v2"
HEALTH = frozenset({f"{PREFIX}/health/live", f"{PREFIX}/health/ready"})
ERRORS = ErrorForm(InferenceError, "application/json", PREFIX, {422: 400})
_BINARY_HEADER = "inference-header-content-length"
_BODY: dict[str, Any] = {
    "application/json": {"schema": InferRequest.model_json_schema(ref_template=REFERENCE)},
    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
}
PriceItems = Callable[[Request, Sequence[PriceRequest]], Awaitable[Sequence[PricedItem]]]


def _version(request: Request) -> str | None:
    """That of the path, where it names one. As a parameter of the routes it would be one of the query where it does not."""
    found: str | None = request.path_params.get("version")
    return found


Version = Annotated[str | None, Depends(_version)]


class InferenceErrorMiddleware:
    """Gives errors below /v2 the protocol's own form, wherever they come from; 422 becomes its 400."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(PREFIX) or path[3:4] not in ("", "/"):
            await self.app(scope, receive, send)
            return
        start: Message | None = None

        async def translate(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_problem(message):
                start = message
            elif start is not None:
                await _send_error(start, message["body"], send)
            else:
                await send(message)

        await self.app(scope, receive, translate)


def _is_problem(message: Message) -> bool:
    return Headers(raw=message["headers"]).get("content-type", "").startswith(MEDIA_TYPE)


async def _send_error(start: Message, body: bytes, send: Send) -> None:
    status = ERRORS.statuses.get(start["status"], start["status"])
    found = json.loads(body)
    kept = {name: value for name, value in Headers(raw=start["headers"]).items() if name not in ("content-type", "content-length")}
    answer = JSONResponse(InferenceError(error=found.get("detail") or found["title"]).model_dump(), status, kept)
    await send({"type": "http.response.start", "status": status, "headers": answer.raw_headers})
    await send({"type": "http.response.body", "body": answer.body})


@dataclass(frozen=True)
class Model:
    """The one model of a server. `version` is None while it is not loaded; `missing` says why it is not ready."""

    name: str
    price: PriceItems
    version: Callable[[], str | None]
    missing: Callable[[], Awaitable[Mapping[str, str]]]

    def check(self, name: str, version: str | None) -> None:
        """NotFoundError for another model, or another version than the loaded one."""
        if name != self.name:
            raise NotFoundError(f"no model {name!r}: this server has {self.name!r}")
        if version is not None and version != self.version():
            raise NotFoundError(f"no version {version!r} of {name!r}: this server has {self.version()!r}")

    async def ready(self) -> None:
        """UnavailableError says what is missing."""
        if parts := await self.missing():
            raise UnavailableError("; ".join(f"{part}: {why}" for part, why in parts.items()))


def inference_routes(served: Model) -> APIRouter:
    """The protocol's paths."""
    router = APIRouter(prefix=PREFIX, tags=["inference protocol"])
    _add_server(router, served)
    _add_model(router, served)
    return router


def _add_server(router: APIRouter, served: Model) -> None:
    @router.get("")
    @router.get("/", include_in_schema=False)
    async def server() -> dict[str, object]:
        """Server metadata."""
        return {"name": served.name, "version": served.version() or "", "extensions": ["binary_tensor_data"]}

    @router.get("/health/live")
    async def live() -> dict[str, bool]:
        """The server answers."""
        return {"live": True}

    @router.get("/health/ready", responses={503: {}})
    async def server_ready() -> dict[str, bool]:
        """All models are loaded and were tried; else 503."""
        await served.ready()
        return {"live": True, "ready": True}


def _add_model(router: APIRouter, served: Model) -> None:
    @router.get("/models/{name}/ready")
    @router.get("/models/{name}/versions/{version}/ready", include_in_schema=False)
    async def model_ready(name: str, version: Version) -> dict[str, object]:
        """The model is loaded and was tried; else 503."""
        served.check(name, None)
        await served.ready()
        served.check(name, version)
        return {"name": name, "ready": True}

    @router.get("/models/{name}")
    @router.get("/models/{name}/versions/{version}", include_in_schema=False)
    async def metadata(name: str, version: Version) -> dict[str, object]:
        """Inputs and outputs."""
        served.check(name, version)
        known = served.version()
        return metadata_of(name, [known] if known else [])

    @router.post("/models/{name}/infer", openapi_extra={"requestBody": {"required": True, "content": _BODY}})
    @router.post("/models/{name}/versions/{version}/infer", include_in_schema=False)
    async def infer(name: str, request: Request, version: Version) -> Response:
        """Prices of up to 1,000 descriptions."""
        served.check(name, version)
        found, wanted = parse_infer(await request.body(), request.headers.get(_BINARY_HEADER))
        results = await served.price(request, wanted)
        answered = version_of(results) or served.version()  # another may be in use since
        if version not in (None, answered):
            raise NotFoundError(f"version {version!r} of {name!r} was replaced by {answered!r} meanwhile")
        return JSONResponse(answer_of(name, answered, found, results))
