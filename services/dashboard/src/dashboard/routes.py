"""The dashboard's pages and forms. A form answers with a redirect, so that a reload repeats nothing."""

import math
import re
from collections.abc import Awaitable
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common.errors import ArtifactError, OverloadedError, PricingAgentError, UnauthorizedError
from common.http.challenge import HEADER
from dashboard.form_outcomes import Outcome, Outcomes
from dashboard.formatting import is_demo, sentence
from dashboard.pages import Pages, status_of
from dashboard.product_map import MEDIA_TYPES, read_map, read_part
from dashboard.service import Dashboard
from dashboard.session_cookie import CHALLENGE, drop_session, keep_session, session_of
from dashboard.session_cookie import PAGE as SIGN_IN
from dashboard.sign_in import SignIn

Cursor = Annotated[str | None, Query(max_length=300)]
Key = Annotated[str | None, Query(max_length=100)]
Field = Annotated[str, Form()]
_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")  # browsers read // and /\ as the beginning of another host


def build_router(dashboard: Dashboard, pages: Pages, outcomes: Outcomes) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)
    _add_pages(router, dashboard, pages, outcomes)
    _add_deal_forms(router, dashboard, outcomes)
    _add_push_forms(router, dashboard, outcomes)
    return router


def _add_pages(router: APIRouter, dashboard: Dashboard, pages: Pages, outcomes: Outcomes) -> None:
    @router.get("/")
    async def overview(cursor: Cursor = None, scan: Key = None, priced: Key = None, flash: Key = None) -> HTMLResponse:
        view = await dashboard.overview(cursor, scan)
        found = view.opportunities.value.items if view.opportunities.value else []
        has_demo = any(is_demo(each.deal.feed) for each in found)
        said, answer = outcomes.find(flash), outcomes.find(priced)
        return pages.render("overview.html", page="overview", view=view, flash=said, priced=answer, has_demo=has_demo)

    @router.get("/opportunities/{identifier}")
    async def opportunity(identifier: str) -> HTMLResponse:
        return pages.render("deal.html", page="opportunity", item=await dashboard.opportunity(identifier))

    @router.get("/deals")
    async def deals(cursor: Cursor = None, flash: Key = None) -> HTMLResponse:
        found = await dashboard.deals(cursor)
        return pages.render("deals.html", page="deals", deals=found, cursor=cursor, flash=outcomes.find(flash))

    @router.get("/feeds")
    async def feeds(flash: Key = None) -> HTMLResponse:
        return pages.render("feeds.html", page="feeds", feeds=await dashboard.feeds(), flash=outcomes.find(flash))


def build_map_router(folder: Path, pages: Pages) -> APIRouter:
    """The map in `folder`, looked for at every request: one made meanwhile is shown at once."""
    router = APIRouter(include_in_schema=False)

    @router.get("/map")
    def product_map() -> HTMLResponse:
        try:
            return pages.render("map.html", page="map", map=read_map(folder), problem="")
        except ArtifactError as exc:
            return pages.render("map.html", page="map", map=None, problem=str(exc))

    @router.get("/map/{name}")
    def part(name: str) -> Response:
        content = read_part(folder, name)
        return Response(content, media_type=MEDIA_TYPES[name], headers={"Cache-Control": "private, max-age=3600"})

    return router


def build_sign_in_router(sign_in: SignIn, pages: Pages) -> APIRouter:
    """The way in and out."""
    router = APIRouter(include_in_schema=False)

    def ask(status: int = 200, said: str = "", to: str = "/") -> HTMLResponse:
        return pages.render("sign_in.html", status, page="sign-in", said=said, to=to, asks_for_key=sign_in.asks_for_key)

    @router.get(SIGN_IN)
    async def page(request: Request, to: str = "/") -> Response:
        return _to(own_path(to)) if sign_in.knows(session_of(request)) else ask(to=own_path(to))

    @router.post(SIGN_IN)
    async def enter(request: Request, password: Field = "", to: Field = "/") -> Response:
        try:
            session = await sign_in.enter(password, request.client.host if request.client else "")
        except (UnauthorizedError, OverloadedError) as exc:
            refusal = ask(status_of(exc), str(exc), own_path(to))
            if isinstance(exc, UnauthorizedError):
                refusal.headers[HEADER] = CHALLENGE
            if exc.retry_after:
                refusal.headers["Retry-After"] = str(math.ceil(exc.retry_after))
            return refusal
        sign_in.leave(session_of(request))
        answer = _to(own_path(to))
        keep_session(answer, request, session, sign_in.seconds)
        return answer

    @router.post("/sign-out")
    async def leave(request: Request) -> RedirectResponse:
        sign_in.leave(session_of(request))
        answer = _to(SIGN_IN)
        drop_session(answer)
        return answer

    return router


def own_path(to: str) -> str:
    """`to` where it is a path of ours, else the first page: an address from outside must not lead elsewhere after the sign-in."""
    return to if _OWN_PATH.fullmatch(to) else "/"


def _add_deal_forms(router: APIRouter, dashboard: Dashboard, outcomes: Outcomes) -> None:
    @router.post("/price")
    async def price(description: Field = "", title: Field = "", category: Field = "") -> RedirectResponse:
        try:
            priced, problem = await dashboard.price(description, title, category), ""
        except PricingAgentError as exc:
            priced, problem = None, str(exc)
        outcome = Outcome(problem, not problem, description=description, title=title, category=category, price=priced)
        return _to("/", "price", priced=outcomes.keep(outcome))

    @router.post("/scan")
    async def scan() -> RedirectResponse:
        try:
            return _to("/", scan=await dashboard.start_scan())
        except PricingAgentError as exc:
            return _to("/", flash=outcomes.keep(Outcome(str(exc), False)))

    @router.post("/opportunities/{identifier}/dismiss")
    async def dismiss(identifier: str) -> RedirectResponse:
        undo = f"/opportunities/{quote(identifier, safe='')}/restore"
        return await _done("/", outcomes, dashboard.dismiss(identifier), Outcome("Dismissed.", undo=undo))

    @router.post("/opportunities/{identifier}/restore")
    async def restore(identifier: str) -> RedirectResponse:
        return await _done("/", outcomes, dashboard.restore(identifier), Outcome("It is back in the list."))

    @router.post("/feeds")
    async def add_feed(url: Field = "", title: Field = "", currency: Field = "") -> RedirectResponse:
        try:
            await dashboard.add_feed(url, title, currency)
        except PricingAgentError as exc:
            return _to("/feeds", flash=outcomes.keep(Outcome(str(exc), False, description=url)))
        return _to("/feeds", flash=outcomes.keep(Outcome("Added. The next scan fetches it.")))

    @router.post("/feeds/{identifier}/delete")
    async def remove_feed(identifier: str) -> RedirectResponse:
        return await _done("/feeds", outcomes, dashboard.remove_feed(identifier), Outcome("Removed."))


def _add_push_forms(router: APIRouter, dashboard: Dashboard, outcomes: Outcomes) -> None:
    @router.post("/test")
    async def test() -> RedirectResponse:
        try:
            result = await dashboard.test_push()
        except PricingAgentError as exc:
            return _to("/", flash=outcomes.keep(Outcome(str(exc), False)))
        return _to("/", flash=outcomes.keep(Outcome(sentence(result.summary), result.sent, result.lines)))

    @router.post("/notifications/{identifier}/resend")
    async def resend(identifier: str, channel: Field = "") -> RedirectResponse:
        try:
            state = (await dashboard.resend(identifier, channel)).state
        except PricingAgentError as exc:
            return _to("/", flash=outcomes.keep(Outcome(str(exc), False)))
        to_whom = "It is being sent again." if channel else "It is being sent again, where it is lacking."
        return _to("/", flash=outcomes.keep(Outcome("Every channel has it." if state == "sent" else to_whom)))

    @router.post("/dead/{identifier}/replay")
    async def replay(identifier: str) -> RedirectResponse:
        return await _done("/", outcomes, dashboard.replay(identifier), Outcome("It is being tried again."))


async def _done(path: str, outcomes: Outcomes, action: Awaitable[None], good: Outcome) -> RedirectResponse:
    try:
        await action
    except PricingAgentError as exc:
        return _to(path, flash=outcomes.keep(Outcome(str(exc), False)))
    return _to(path, flash=outcomes.keep(good))


def _to(path: str, fragment: str = "", **query: str) -> RedirectResponse:
    target = f"{path}{'?' if query else ''}{urlencode(query)}{'#' if fragment else ''}{fragment}"
    return RedirectResponse(target, status_code=303)
