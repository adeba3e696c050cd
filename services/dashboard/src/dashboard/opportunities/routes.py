"""The pages of deals, the first page among them, and the forms on them."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from dashboard.html.form_outcomes import Outcome
from dashboard.html.formatting import is_demo
from dashboard.html.pages import Pages
from dashboard.html.replies import Replies
from dashboard.service import Dashboard

Cursor = Annotated[str | None, Query(max_length=300)]
Key = Annotated[str | None, Query(max_length=100)]


def build_router(dashboard: Dashboard, pages: Pages, replies: Replies) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)
    deals = dashboard.opportunities

    @router.get("/")
    async def overview(cursor: Cursor = None, scan: Key = None, priced: Key = None, flash: Key = None) -> HTMLResponse:
        view = await dashboard.overview(cursor, scan)
        found = view.opportunities.value.items if view.opportunities.value else []
        has_demo = any(is_demo(each.deal.feed) for each in found)
        said, answer = replies.find(flash), replies.find(priced)
        return pages.render("opportunities/list.html", page="overview", view=view, flash=said, priced=answer, has_demo=has_demo)

    @router.get("/opportunities/{identifier}")
    async def opportunity(identifier: str, flash: Key = None) -> HTMLResponse:
        item = await deals.one(identifier)
        return pages.render("opportunities/deal.html", page="opportunity", item=item, flash=replies.find(flash))

    @router.get("/deals")
    async def seen(cursor: Cursor = None, flash: Key = None) -> HTMLResponse:
        found = await deals.seen(cursor)
        return pages.render("opportunities/seen.html", page="deals", deals=found, cursor=cursor, flash=replies.find(flash))

    @router.post("/opportunities/{identifier}/dismiss")
    async def dismiss(request: Request, identifier: str) -> Response:
        undo = f"/opportunities/{quote(identifier, safe='')}/restore"
        return await replies.after(request, "/", deals.dismiss(identifier), Outcome("Dismissed.", undo=undo), ("opportunities",))

    @router.post("/opportunities/{identifier}/restore")
    async def restore(request: Request, identifier: str) -> Response:
        done = Outcome("It is back in the list.")
        return await replies.after(request, "/", deals.restore(identifier), done, ("opportunities",))

    return router
