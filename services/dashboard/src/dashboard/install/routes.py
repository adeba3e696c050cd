"""The service worker, what is shown offline, what other apps share, and pushes to browsers."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboard.html.pages import Pages
from dashboard.html.replies import SEE_OTHER
from dashboard.install.service import Install, shared

Text = Annotated[str, Query(max_length=10_000)]


def build_router(install: Install, pages: Pages) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)

    @router.get("/sw.js")
    def worker() -> Response:
        """At the root: a service worker sees what lies below it."""
        return Response(install.worker, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    @router.get("/offline")
    def offline() -> HTMLResponse:
        return pages.render("install/offline.html", page="offline")

    @router.get("/share")
    def share(title: Text = "", text: Text = "", url: Text = "") -> RedirectResponse:
        """What an app shared: its page is priced."""
        return RedirectResponse(shared(title, text, url), status_code=SEE_OTHER)

    @router.get("/push/key")
    async def key() -> object:
        return await install.push_key()

    @router.post("/push/subscriptions")
    async def subscribe(subscription: Annotated[dict[str, Any], Body()]) -> object:
        return await install.subscribe(subscription)

    return router
