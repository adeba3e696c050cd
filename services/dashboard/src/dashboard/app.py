"""Puts the dashboard together: the only service that a person meets."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from common.client import ServiceClient
from common.errors import PricingAgentError
from common.http.admission import Bodies
from common.http.app import Surface, build_app
from common.settings import HttpSettings, artifacts_dir
from dashboard.basic_auth import BasicAuthMiddleware
from dashboard.memory import Memory
from dashboard.pages import STATIC, Pages
from dashboard.product_map import FOLDER
from dashboard.routes import build_map_router, build_router
from dashboard.same_origin import SameOriginMiddleware
from dashboard.service import Dashboard
from dashboard.settings import Settings


def create_app(
    peers: Mapping[str, ServiceClient] | None = None, settings: Settings | None = None, artifacts: Path | None = None
) -> FastAPI:
    """The service. `peers` are clients by service name, `artifacts` the folder that may hold a map of the products: for tests."""
    settings, http = settings or Settings(), HttpSettings()
    if peers is None:
        peers = {name: ServiceClient(name, url, timeout=settings.act_deadline) for name, url in settings.addresses.items()}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for peer in peers.values():
                stack.push_async_callback(peer.aclose)
            yield

    # Browsers cannot send X-API-Key: this service asks for the key in its own way.
    app = build_app(
        "dashboard", lifespan=lifespan, missing=_nothing, settings=http.without_keys(), surface=Surface(Bodies(json_only=False))
    )
    if http.demands_key:
        app.add_middleware(BasicAuthMiddleware, keys=http.accepted)
    app.add_middleware(SameOriginMiddleware)
    pages = Pages()
    for error in (HTTPException, RequestValidationError, PricingAgentError):
        app.add_exception_handler(error, pages.error)
    app.include_router(build_router(Dashboard(peers, settings.read_deadline), pages, Memory()))
    app.include_router(build_map_router((artifacts or artifacts_dir()) / FOLDER, pages))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


async def _nothing() -> Mapping[str, str]:
    """The dashboard is ready when it can show a page, which says itself what else is missing."""
    return {}
