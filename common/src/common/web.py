"""The application factory of every service: middleware, error handlers, health, metrics. Knows nothing of prices."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import Response

from common.errors import UnavailableError
from common.logs import configure_logs
from common.metrics import Metrics
from common.middleware import AdmissionMiddleware, ApiKeyMiddleware, BodyMiddleware, RequestContextMiddleware
from common.problem import install_error_handlers
from common.settings import HttpSettings

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Any]]
MissingParts = Callable[[], Awaitable[Mapping[str, str]]]  # what is not ready yet: part -> why; empty when ready
DEFAULT_BODY_LIMIT = 256 * 1024  # bytes; a description of 10,000 characters takes at most 120 kB of escaped JSON


def build_app(
    name: str,
    *,
    lifespan: Lifespan,
    missing: MissingParts,
    settings: HttpSettings | None = None,
    body_limits: Mapping[str, int] | None = None,
    json_only: bool = True,
) -> FastAPI:
    """An app with /healthz, /readyz, /metrics and /docs. `missing` says what keeps it from being ready."""
    settings = settings or HttpSettings()
    metrics = Metrics()
    app = FastAPI(title=name, lifespan=lifespan, redoc_url=None)
    app.state.metrics = metrics
    app.state.owns_process = False
    install_error_handlers(app)
    # The last one added sees the request first.
    app.add_middleware(BodyMiddleware, limits=body_limits or {}, default=DEFAULT_BODY_LIMIT, json_only=json_only)
    app.add_middleware(AdmissionMiddleware, max_in_flight=settings.max_in_flight)
    if settings.keys:
        app.add_middleware(ApiKeyMiddleware, keys=settings.keys)
    app.add_middleware(RequestContextMiddleware, metrics=metrics)
    _add_probes(app, name, missing, metrics)
    return app


def _add_probes(app: FastAPI, name: str, missing: MissingParts, metrics: Metrics) -> None:
    @app.get("/healthz", tags=["probes"])
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok", "service": name}

    @app.get("/readyz", tags=["probes"])
    async def readyz() -> dict[str, str]:
        """All that an answer needs is loaded and was tried; 503 names what is missing."""
        parts = await missing()
        if parts:
            raise UnavailableError("; ".join(f"{part}: {why}" for part, why in parts.items()))
        return {"status": "ready", "service": name}

    @app.get("/metrics", tags=["probes"])
    def prometheus() -> Response:
        """Prometheus exposition."""
        return Response(metrics.exposition(), media_type=metrics.content_type)


def serve(create_app: Callable[[], FastAPI], port: int) -> None:
    """Run a service until it is told to stop. HOST, LOG_LEVEL and LOG_FORMAT come from the environment."""
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
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
    )
