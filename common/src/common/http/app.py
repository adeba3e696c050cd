"""The application factory of every service: middleware, error handlers, health, metrics. Knows nothing of prices."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response
from starlette.middleware import Middleware

from common.errors import UnavailableError
from common.http.admission import AdmissionMiddleware, Bodies, BodyMiddleware
from common.http.authentication import ApiKeyMiddleware
from common.http.documentation import Entrance, ErrorForm, complete_documentation
from common.http.metrics import KeyMetrics, Metrics
from common.http.middleware import PROBES, RequestContextMiddleware
from common.http.problem_response import install_error_handlers
from common.http.rate_limit import MemoryRates, Quota, RateStore
from common.logs import configure_logs
from common.private_files import keep_private
from common.settings import PEER, HttpSettings, var_dir

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Any]]
MissingParts = Callable[[], Awaitable[Mapping[str, str]]]  # what is not ready yet: part -> why; empty when ready


@dataclass(frozen=True)
class Front:
    """What stands before an API's own routes, beside what every service has.

    `rates` keeps what is left of the callers' quotas; None: this process. `open_paths` need no key, as the probes, and are neither
    bounded nor logged. `middleware` sees a request before its key is looked at, and every answer. `error_form`: how errors look
    below a path that has a form of its own.
    """

    rates: RateStore | None = None
    open_paths: frozenset[str] = frozenset()
    middleware: Sequence[Middleware] = ()
    error_form: ErrorForm | None = None


def build_app(
    name: str,
    *,
    lifespan: Lifespan,
    missing: MissingParts,
    settings: HttpSettings | None = None,
    bodies: Bodies | None = None,
    front: Front | None = None,
) -> FastAPI:
    """An app with /healthz, /readyz, /metrics and /docs. `missing` says what keeps it from being ready."""
    settings, bodies, front = settings or HttpSettings(), bodies or Bodies(), front or Front()
    metrics = Metrics()
    app = FastAPI(title=name, lifespan=lifespan, redoc_url=None)
    app.state.metrics = metrics
    app.state.owns_process = False
    install_error_handlers(app)
    # The last one added sees the request first.
    app.add_middleware(BodyMiddleware, bodies=bodies, seconds=settings.body_seconds)
    open_paths = PROBES | front.open_paths
    app.add_middleware(AdmissionMiddleware, max_in_flight=settings.max_in_flight, streams=bodies.streams, open_paths=open_paths)
    if settings.demands_key:
        _add_keys(app, settings, front.rates or MemoryRates(), open_paths)
    for each in reversed(front.middleware):
        app.add_middleware(each.cls, *each.args, **each.kwargs)
    app.add_middleware(RequestContextMiddleware, metrics=metrics, open_paths=open_paths)
    _add_probes(app, name, missing, metrics)
    complete_documentation(app, Entrance(settings.demands_key, open_paths, front.error_form))
    return app


def _add_keys(app: FastAPI, settings: HttpSettings, rates: RateStore, open_paths: frozenset[str]) -> None:
    default = Quota.parse(settings.api_rate_limit) if settings.api_rate_limit else None
    if default and not settings.peer_api_key:
        structlog.get_logger().warning("peers_are_limited", why="API_RATE_LIMIT bounds our own services too; set PEER_API_KEY")
    if not settings.keys:
        structlog.get_logger().warning(
            "peers_have_no_key", why="all API keys are hashed; set PEER_API_KEY for calls between services"
        )
    quotas = {"": default, PEER: None}
    metrics: KeyMetrics = app.state.metrics.keys
    app.add_middleware(ApiKeyMiddleware, keys=settings.accepted, rates=rates, metrics=metrics, quotas=quotas, open_paths=open_paths)


def _add_probes(app: FastAPI, name: str, missing: MissingParts, metrics: Metrics) -> None:
    @app.get("/healthz", tags=["probes"])
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok", "service": name}

    @app.get("/readyz", tags=["probes"], responses={503: {}})
    async def readyz() -> dict[str, str]:
        """All that an answer needs is loaded and was tried; 503 names what is missing."""
        parts = await missing()
        if parts:
            raise UnavailableError("; ".join(f"{part}: {why}" for part, why in parts.items()))
        return {"status": "ready", "service": name}

    @app.get("/metrics", tags=["probes"], response_class=PlainTextResponse)
    def prometheus() -> Response:
        """Prometheus exposition."""
        return Response(metrics.exposition(), media_type=metrics.content_type)


def serve(create_app: Callable[[], FastAPI], port: int) -> None:
    """Run a service until it is told to stop. HOST, LOG_LEVEL and LOG_FORMAT come from the environment."""
    from common.http.head_deadline import HeadDeadlineProtocol

    keep_private(var_dir())
    settings = HttpSettings()
    configure_logs(settings.log_level, settings.log_format)

    def create_own_app() -> FastAPI:
        app = create_app()
        app.state.owns_process = True
        return app

    uvicorn.run(
        create_own_app,
        factory=True,
        host=settings.host,
        port=port,
        http=HeadDeadlineProtocol,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
    )
