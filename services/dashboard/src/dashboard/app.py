"""Puts the dashboard together: the only service that a person meets."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from common.client import ServiceClient
from common.errors import PricingAgentError
from common.http.admission import Bodies
from common.http.app import Front, add_routes, build_app
from common.settings import HttpSettings, artifacts_dir
from dashboard.access.routes import build_router as build_access_router
from dashboard.access.session_cookie import SignInMiddleware
from dashboard.access.sign_in import SignIn, secret_of
from dashboard.activity.routes import STREAM as LINES
from dashboard.activity.routes import build_router as build_activity_router
from dashboard.activity.service import Activity
from dashboard.alerts.routes import FILES
from dashboard.feeds.routes import IMPORT, LARGEST_LIST
from dashboard.html.form_outcomes import Outcomes
from dashboard.html.pages import STATIC, Pages
from dashboard.html.replies import Replies
from dashboard.install.routes import build_router as build_install_router
from dashboard.install.service import Install
from dashboard.live.follower import Follower
from dashboard.live.hub import Hub
from dashboard.live.routes import PATH as LIVE
from dashboard.live.routes import build_router as build_live_router
from dashboard.models.evaluation import FOLDER as EVALUATION
from dashboard.models.product_map import FOLDER as MAP
from dashboard.models.routes import build_router as build_models_router
from dashboard.models.service import Models
from dashboard.opportunities.routes import FEEDS
from dashboard.price_file.routes import LARGEST_FORM
from dashboard.price_file.routes import PATH as PRICE_FILE
from dashboard.routes import build_router
from dashboard.service import Dashboard
from dashboard.settings import Settings
from dashboard.system.routes import build_router as build_system_router
from dashboard.system.sampler import PAUSE, Sampler
from dashboard.system.service import System


@dataclass(frozen=True)
class Fakes:
    """What tests put in the place of the outer world; None: the real thing.

    `peers`: clients by service name. `artifacts`: the folder that may hold a map of the products. `pause`:
    seconds between looks at the services.
    """

    peers: Mapping[str, ServiceClient] | None = None
    artifacts: Path | None = None
    pause: float | None = None


def create_app(fakes: Fakes | None = None, settings: Settings | None = None) -> FastAPI:
    """The service. Ready at once: a page says itself what is missing."""
    fakes, settings, http = fakes or Fakes(), settings or Settings(), HttpSettings()
    peers = _open_peers(settings, http) if fakes.peers is None else fakes.peers
    hub, dashboard = Hub(), Dashboard(peers, settings.read_deadline)
    watchers = follower, sampler = Follower(peers, hub), Sampler(dashboard.peers, hub, pause=fakes.pause or PAUSE)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for peer in peers.values():
                stack.push_async_callback(peer.aclose)
            stack.push_async_callback(dashboard.price_files.aclose)
            for watcher in watchers:
                watcher.start()
                stack.push_async_callback(watcher.stop)
            yield

    sign_in = _sign_in(settings, http)
    # Browsers cannot send X-API-Key: this service asks who is there in its own way.
    guard = Middleware(SignInMiddleware, sign_in=sign_in, guests=FEEDS) if sign_in else None
    front = Front(pages=True, sign_in=guard, event_streams=frozenset({LIVE, LINES}))
    bodies = Bodies(limits={IMPORT: LARGEST_LIST, **FILES, PRICE_FILE: LARGEST_FORM}, json_only=False)
    app = build_app("dashboard", lifespan=lifespan, missing=_nothing, settings=http, bodies=bodies, front=front)
    pages = Pages(can_sign_out=sign_in is not None)
    for error in (HTTPException, RequestValidationError, PricingAgentError):
        app.add_exception_handler(error, pages.error)
    app.add_exception_handler(Exception, pages.unexpected)
    add_routes(
        app,
        build_router(dashboard, pages, Replies(Outcomes(), pages)),
        build_live_router(hub),
        build_system_router(System(dashboard.peers, sampler), pages),
        build_activity_router(Activity(dashboard.peers), (follower, hub), pages),
        build_install_router(Install(STATIC, dashboard.peers), pages),
    )
    if sign_in:
        add_routes(app, build_access_router(sign_in, pages))
    add_routes(app, build_models_router(_models(fakes, dashboard), pages))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _models(fakes: Fakes, dashboard: Dashboard) -> Models:
    folder = fakes.artifacts
    if folder is None:
        return Models(artifacts_dir() / MAP, artifacts_dir() / EVALUATION, dashboard.peers)
    return Models(folder / MAP, folder / EVALUATION, dashboard.peers)


def _sign_in(settings: Settings, http: HttpSettings) -> SignIn | None:
    """None where neither a password nor a key is asked for. Where a file should hold keys and holds none, nobody gets in."""
    secret = secret_of(settings.password.get_secret_value(), http.accepted if http.demands_key else None)
    return SignIn(secret, settings.session_hours * 3600) if secret else None


def _open_peers(settings: Settings, http: HttpSettings) -> Mapping[str, ServiceClient]:
    """METRICS_KEY is shown where no API key is: the page of the system reads the others' /metrics."""
    own = http.metrics_key.get_secret_value().strip()
    key = own if own and not http.keys and "sha256:" not in own else None
    return {name: ServiceClient(name, url, timeout=settings.act_deadline, key=key) for name, url in settings.addresses.items()}


async def _nothing() -> Mapping[str, str]:
    """The dashboard is ready when it can show a page, which says itself what else is missing."""
    return {}
