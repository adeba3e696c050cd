"""The application factory of every service: middleware, error handlers, health, metrics. Knows nothing of prices."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import structlog
from anyio import to_thread
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from fastapi.telemetry import TelemetryConfig
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from common.about.doors import add_about
from common.activity.announcing import Announcements, AnnouncingMiddleware
from common.activity.doors import STREAM, add_activity
from common.activity.log import ActivityLog
from common.errors import PricingAgentError, UnavailableError
from common.http.admission import AdmissionMiddleware, Bodies, BodyMiddleware
from common.http.allowed_hosts import AllowedHostsMiddleware, names_of
from common.http.authentication import ApiKeyMiddleware
from common.http.docs_page import add_docs
from common.http.documentation import Entrance, ErrorForm, complete_documentation
from common.http.guests import GuestMiddleware, Guests
from common.http.metrics import KeyMetrics, Metrics
from common.http.metrics_key import PATH as METRICS
from common.http.metrics_key import MetricsKey
from common.http.middleware import PROBES, RequestContextMiddleware
from common.http.problem_response import install_error_handlers
from common.http.rate_limit import MemoryRates, Quota, RateStore
from common.http.same_origin import SameOriginMiddleware
from common.http.security_headers import DATA_ALONE, OWN_PAGES, SecurityHeadersMiddleware
from common.settings import PEER, HttpSettings

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Any]]
MissingParts = Callable[[], Awaitable[Mapping[str, str]]]  # what is not ready yet: part -> why; empty when ready

# FastAPI's own tells addresses with their queries and errors with their words: middleware.py tells what may be told.
_NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
_PATIENCE = 2.0  # seconds that reading the metrics waits for what tells whether all is there


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
    described = None if front.pages else "/openapi.json"
    app = _App(title=name, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=described, telemetry=_NO_TELEMETRY)
    app.policy = OWN_PAGES if front.pages else DATA_ALONE
    app.state.metrics = metrics
    app.state.activity = ActivityLog(name)
    app.state.owns_process = False
    app.state.event_streams = front.event_streams
    app.state.is_stopping = lambda: False  # whether the server waits for requests to end: what would go on for ever asks
    app.state.is_leaving = lambda: False  # whether it was told to stop, and still answers: nothing new should be sent to it
    app.state.awaited = dict[str, str]  # gives what is away though answers do without it, by name, and why
    install_error_handlers(app)
    _add_middleware(app, settings, bodies, front)
    app.add_middleware(AllowedHostsMiddleware, names=names_of(name, settings))
    for each in reversed(front.middleware):
        app.add_middleware(each.cls, *each.args, **each.kwargs)
    open_paths, endless = PROBES | front.open_paths, front.event_streams | {STREAM}
    app.add_middleware(RequestContextMiddleware, metrics=metrics, open_paths=open_paths, endless=endless)
    guard = _metrics_guard(settings, front)
    _add_probes(app, name, missing)
    _add_metrics(app, metrics, guard, missing)
    if not front.pages:
        add_docs(app)
        add_activity(app, app.state.activity)
        add_about(app, name)
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


def _add_metrics(app: FastAPI, metrics: Metrics, guard: MetricsKey | None, missing: MissingParts) -> None:
    @app.get(METRICS, tags=["probes"], response_class=PlainTextResponse, responses={401: {}} if guard else None)
    async def prometheus(request: Request) -> Response:
        """Prometheus exposition."""
        refusal = guard.refusal(request.headers) if guard else None
        if refusal:
            return refusal
        metrics.ready.set(await _is_ready(missing))
        return Response(await to_thread.run_sync(metrics.exposition), media_type=metrics.content_type)


async def _is_ready(missing: MissingParts) -> bool:
    """Whether nothing is missing, as far as that is known in time: a part that hangs must not keep all figures back."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return not await missing()
    except (TimeoutError, PricingAgentError):
        return False


def _add_probes(app: FastAPI, name: str, missing: MissingParts) -> None:
    @app.get("/healthz", tags=["probes"])
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok", "service": name}

    @app.get("/readyz", tags=["probes"], responses={503: {}})
    async def readyz() -> dict[str, str]:
        """All that an answer needs is loaded and was tried; 503 names what is missing, 200 what is away and not needed for one."""
        if app.state.is_leaving():
            raise UnavailableError("this process is about to stop")
        parts = await missing()
        if parts:
            raise UnavailableError("; ".join(f"{part}: {why}" for part, why in parts.items()))
        awaited: dict[str, str] = app.state.awaited()
        return {"status": "ready", "service": name, **awaited}


def add_routes(to: FastAPI | APIRouter, *routers: APIRouter) -> None:
    """Have `to` answer what `routers` answer, in their order; all are complete when they come here.

    FastAPI's include_router builds each route, and the models of its parameters, a second time, to give it the prefix, tags and
    dependencies of the whole, which ours have none of.
    """
    whole = to.router if isinstance(to, FastAPI) else to
    for router in routers:
        whole.routes.extend(router.routes)
