"""The page of feeds and its forms, and the button that starts a scan."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common.errors import PricingAgentError
from dashboard.feeds.service import Feeds
from dashboard.html.form_outcomes import Outcome
from dashboard.html.pages import Pages
from dashboard.html.replies import Replies, to

Key = Annotated[str | None, Query(max_length=100)]
Field = Annotated[str, Form()]


def build_router(feeds: Feeds, pages: Pages, replies: Replies) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)

    @router.get("/feeds")
    async def page(flash: Key = None) -> HTMLResponse:
        return pages.render("feeds/feeds.html", page="feeds", feeds=await feeds.all(), flash=replies.find(flash))

    @router.post("/feeds")
    async def add(url: Field = "", title: Field = "", currency: Field = "") -> RedirectResponse:
        try:
            await feeds.add(url, title, currency)
        except PricingAgentError as exc:
            return to("/feeds", flash=replies.keep(Outcome(str(exc), False, description=url)))
        return to("/feeds", flash=replies.keep(Outcome("Added. The next scan fetches it.")))

    @router.post("/feeds/{identifier}/delete")
    async def remove(request: Request, identifier: str) -> Response:
        return await replies.after(request, "/feeds", feeds.remove(identifier), Outcome("Removed."), ("feeds",))

    @router.post("/scan")
    async def scan() -> RedirectResponse:
        try:
            return to("/", scan=await feeds.start_scan())
        except PricingAgentError as exc:
            return to("/", flash=replies.keep(Outcome(str(exc), False)))

    return router
