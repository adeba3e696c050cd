"""The application factory of every service: middleware, error handlers, health, metrics. Knows nothing of prices."""

import contextlib
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from common.about.doors import add_about
from common.activity.announcing import Announcements, AnnouncingMiddleware
from common.activity.doors import STREAM, add_activity
from common.activity.from_logs import LogTap
from common.activity.log import ActivityLog
from common.errors import UnavailableError
from common.http.admission import AdmissionMiddleware, Bodies, BodyMiddleware
from common.http.allowed_hosts import AllowedHostsMiddleware, names_of
from common.http.authentication import ApiKeyMiddleware
from common.http.docs_page import add_docs
from common.http.documentation import Entrance, ErrorForm, complete_documentation
from common.http.guests import GuestMiddleware, Guests
from common.http.listening import UNUSABLE_SETTINGS, refusal_to_listen
from common.http.metrics import KeyMetrics, Metrics
from common.http.metrics_key import PATH as METRICS
from common.http.metrics_key import MetricsKey
from common.http.middleware import PROBES, RequestContextMiddleware
from common.http.problem_response import install_error_handlers
from common.http.rate_limit import MemoryRates, Quota, RateStore
from common.http.same_origin import SameOriginMiddleware
from common.http.security_headers import DATA_ALONE, OWN_PAGES, SecurityHeadersMiddleware
from common.logs import configure_logs
from common.private_files import keep_private
from common.settings import HTTP_GRACE, PEER, HttpSettings, var_dir

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Any]]
MissingParts = Callable[[], Awaitable[Mapping[str, str]]]  # what is not ready yet: part -> why; empty when ready

_NOT_STARTED = 3  # the exit code: uvicorn's own


@dataclass(frozen=True)
class Front:
    """What stands before a service's own routes, beside what every service has.

    `rates` keeps what is left of the callers' quotas; None: this process. `open_paths` need no key, as the probes, and are neither
    bounded nor logged. `middleware` sees a request before its key is looked at, and every answer. `pages`: it shows pages of its
    own, and describes no API; `sign_in` is then what stands in the place of API keys. `event_streams` are paths whose answers go
    on for as long as somebody listens: they are not counted among the requests in flight, and bound themselves. `error_form`: how
    errors look below a path that has a form of its own. `announcements`: what a success of each door that changes something means.
    """

    rates: RateStore | None = None
    open_paths: frozenset[str] = frozenset()
    middleware: Sequence[Middleware] = ()
    pages: bool = False
    sign_in: Middleware | None = None
    event_streams: frozenset[str] = frozenset()
    error_form: ErrorForm | None = None
    announcements: Announcements = field(default_factory=dict)
    guests: Guests = field(default_factory=dict)


class _App(FastAPI):
    """An app whose every answer, also that to an error that nobody has foreseen, has the headers of `policy`."""

    policy = DATA_ALONE

    def build_middleware_stack(self) -> ASGIApp:
        return SecurityHeadersMiddleware(super().build_middleware_stack(), self.policy)


def build_app(
    name: str,
    *,
    lifespan: Lifespan,
    missing: MissingParts,
    settings: HttpSettings | None = None,
    bodies: Bodies | None = None,
    front: Front | None = None,
) -> FastAPI:
    """An app with /healthz, /readyz and /metrics, and with /docs where it has an API. `missing`: what keeps it from being ready."""
    settings, bodies, front = settings or HttpSettings(), bodies or Bodies(), front or Front()
    metrics = Metrics()
    app = _App(title=name, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None if front.pages else "/openapi.json")
    app.policy = OWN_PAGES if front.pages else DATA_ALONE
    app.state.metrics = metrics
    app.state.activity = ActivityLog(name)
    app.state.owns_process = False
    app.state.event_streams = front.event_streams
    app.state.is_stopping = lambda: False  # whether the server waits for requests to end: what would go on for ever asks
    install_error_handlers(app)
    _add_middleware(app, settings, bodies, front)
    app.add_middleware(AllowedHostsMiddleware, names=names_of(name, settings))
    for each in reversed(front.middleware):
        app.add_middleware(each.cls, *each.args, **each.kwargs)
    app.add_middleware(RequestContextMiddleware, metrics=metrics, open_paths=PROBES | front.open_paths)
    guard = _metrics_guard(settings, front)
    _add_probes(app, name, missing)
    _add_metrics(app, metrics, guard)
    if not front.pages:
        add_docs(app)
        add_activity(app, app.state.activity)
        add_about(app, name)
    open_paths = PROBES | front.open_paths
    complete_documentation(
        app, Entrance(settings.demands_key, open_paths, front.error_form, guard is not None, frozenset(front.guests))
    )
    return app


def _add_middleware(app: FastAPI, settings: HttpSettings, bodies: Bodies, front: Front) -> None:
    """What a request meets once it is known to be meant for this service. The last one added sees it first."""
    open_paths = PROBES | front.open_paths
    if front.announcements:
        app.add_middleware(AnnouncingMiddleware, log=app.state.activity, announcements=front.announcements)
    app.add_middleware(BodyMiddleware, bodies=bodies, seconds=settings.body_seconds)
    app.add_middleware(
        AdmissionMiddleware,
        max_in_flight=settings.max_in_flight,
        streams=bodies.streams,
        open_paths=open_paths | front.event_streams | {STREAM},
    )
    if front.sign_in:
        app.add_middleware(front.sign_in.cls, *front.sign_in.args, **front.sign_in.kwargs)
    elif settings.demands_key and not front.pages:
        _add_keys(app, settings, front.rates or MemoryRates(), open_paths)
    if front.guests:
        app.add_middleware(GuestMiddleware, guests=front.guests)
    app.add_middleware(SameOriginMiddleware)


def _add_keys(app: FastAPI, settings: HttpSettings, rates: RateStore, open_paths: frozenset[str]) -> None:
    default = Quota.parse(settings.api_rate_limit) if settings.api_rate_limit else None
    if default and not settings.peer_api_key.get_secret_value():
        structlog.get_logger().warning("peers_are_limited", why="API_RATE_LIMIT bounds our own services too; set PEER_API_KEY")
    if not settings.keys:
        structlog.get_logger().warning(
            "peers_have_no_key", why="all API keys are hashed; set PEER_API_KEY for calls between services"
        )
    quotas = {"": default, PEER: None}
    metrics: KeyMetrics = app.state.metrics.keys
    app.add_middleware(ApiKeyMiddleware, keys=settings.accepted, rates=rates, metrics=metrics, quotas=quotas, open_paths=open_paths)


def _metrics_guard(settings: HttpSettings, front: Front) -> MetricsKey | None:
    """None where everybody may read /metrics. A service that asks for a password shows them to no stranger either."""
    keys = settings.metrics_keys
    if keys is None and front.sign_in is None:
        return None
    return MetricsKey(keys or [])


def _add_metrics(app: FastAPI, metrics: Metrics, guard: MetricsKey | None) -> None:
    @app.get(METRICS, tags=["probes"], response_class=PlainTextResponse, responses={401: {}} if guard else None)
    def prometheus(request: Request) -> Response:
        """Prometheus exposition."""
        refusal = guard.refusal(request.headers) if guard else None
        return refusal or Response(metrics.exposition(), media_type=metrics.content_type)


def _add_probes(app: FastAPI, name: str, missing: MissingParts) -> None:
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


def serve(create_app: Callable[[], FastAPI], port: int, *, host: str = "", has_sign_in: bool = False) -> None:
    """Run a service until it is told to stop. HOST, LOG_LEVEL and LOG_FORMAT come from the environment; `host` goes before HOST.

    SystemExit with UNUSABLE_SETTINGS where strangers could reach it without a key, or `has_sign_in` something like it.
    """
    from common.http.serving.head_deadline import HeadDeadlineProtocol

    keep_private(var_dir())
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # else ONNX Runtime reports to its maker what runs here
    settings = HttpSettings()
    host = host or settings.host
    if not has_sign_in and (refusal := refusal_to_listen(host, settings)):
        sys.stderr.write(f"{refusal}\n")
        raise SystemExit(UNUSABLE_SETTINGS)
    configure_logs(settings.log_level, settings.log_format)

    def create_own_app() -> FastAPI:
        app = create_app()
        configure_logs(settings.log_level, settings.log_format, LogTap(app.state.activity))
        app.state.owns_process = True
        app.state.is_stopping = lambda: server.should_exit
        return app

    server = uvicorn.Server(
        uvicorn.Config(
            create_own_app,
            factory=True,
            host=host,
            port=port,
            http=HeadDeadlineProtocol,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=HTTP_GRACE,
        )
    )
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise SystemExit(_NOT_STARTED)
