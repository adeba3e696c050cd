"""The pages of deals, the first page among them, and the forms on them."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common.http.own_address import forwarded
from dashboard.html.form_outcomes import Outcome
from dashboard.html.formatting import is_demo
from dashboard.html.pages import Pages
from dashboard.html.parameters import Cursor, Key, Line
from dashboard.html.replies import Replies, own_path
from dashboard.opportunities.axis import axis_of_opportunity
from dashboard.opportunities.filters import CONDITIONS, SORTS, STATES, filters_asked, filters_of, read_filters
from dashboard.opportunities.history_figure import history_figure
from dashboard.opportunities.schemas import FeedAddresses, Saying
from dashboard.opportunities.source_text import kind_words, source_text
from dashboard.service import Dashboard

FEEDS = frozenset({"/opportunities.rss", "/opportunities.atom", "/opportunities.json"})
_ASKED = ("if-none-match", "if-modified-since")  # of a feed reader that has a feed already
Days = Annotated[float, Form(gt=0, le=366, allow_inf_nan=False)]
_CHOICES = {"conditions": CONDITIONS, "sorts": SORTS, "states": STATES}
_THANKS = {
    "right": "Noted: it is what it says.",
    "wrong_price": "Noted: the price was read wrongly.",
    "not_this_product": "Noted: it is not this product.",
    "not_worth_that": "Noted: it is not worth that.",
    "bought": "Noted: you bought it.",
}


def build_router(dashboard: Dashboard, pages: Pages, replies: Replies) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)
    _add_lists(router, dashboard, pages, replies)
    _add_deal(router, dashboard, pages, replies)
    _add_list_forms(router, dashboard, replies)
    _add_feeds(router, dashboard)
    _add_deal_forms(router, dashboard, replies)
    return router


def _add_lists(router: APIRouter, dashboard: Dashboard, pages: Pages, replies: Replies) -> None:
    @router.get("/")
    async def overview(request: Request, scan: Key = None, priced: Key = None, flash: Key = None) -> HTMLResponse:
        filters = read_filters(request.query_params.multi_items())
        view = await dashboard.overview(filters, scan)
        found = view.opportunities.value.items if view.opportunities.value else []
        shown: dict[str, Any] = {"has_demo": any(is_demo(each.deal.feed) for each in found), "filters": filters, **_CHOICES}
        said, answer = replies.find(flash), replies.find(priced)
        return pages.render("opportunities/list.html", page="overview", view=view, flash=said, priced=answer, **shown)

    @router.get("/deals")
    async def seen(cursor: Cursor = "", flash: Key = None) -> HTMLResponse:
        found = await dashboard.opportunities.seen(cursor)
        return pages.render("opportunities/seen.html", page="deals", deals=found, cursor=cursor, flash=replies.find(flash))


def _add_deal(router: APIRouter, dashboard: Dashboard, pages: Pages, replies: Replies) -> None:
    @router.get("/opportunities/{identifier}")
    async def opportunity(identifier: str, flash: Key = None) -> HTMLResponse:
        view = await dashboard.opportunities.view(identifier)
        pieces: dict[str, Any] = {"axis": axis_of_opportunity(view.item), "source": source_text(view.item.deal)}
        said = replies.find(flash)
        return pages.render("opportunities/deal.html", page="opportunity", view=view, flash=said, kind_words=kind_words, **pieces)

    @router.get("/opportunities/{identifier}/history.json")
    async def history(identifier: str) -> dict[str, Any]:
        item, found = await dashboard.opportunities.history(identifier)
        return history_figure(found, item.deal.price)


def _add_list_forms(router: APIRouter, dashboard: Dashboard, replies: Replies) -> None:
    deals = dashboard.opportunities

    @router.post("/opportunities/{identifier}/dismiss")
    async def dismiss(request: Request, identifier: str, back: Line = "/") -> Response:
        done = Outcome("Dismissed.", undo=f"{_page(identifier)}/restore")
        return await replies.after(request, own_path(back), deals.dismiss(identifier), done, ("opportunities",))

    @router.post("/opportunities/{identifier}/restore")
    async def restore(request: Request, identifier: str, back: Line = "/") -> Response:
        done = Outcome("It is back in the list.")
        return await replies.after(request, own_path(back), deals.restore(identifier), done, ("opportunities",))

    @router.post("/subscribe")
    async def subscribe(request: Request, label: Line = "", query: Line = "") -> Response:
        filters = filters_of(query)
        made = deals.subscribe(label, filters, forwarded(request))
        return await replies.after(request, _list(filters.query), made, _subscribed)

    @router.post("/views")
    async def save(request: Request, name: Line = "", query: Line = "") -> Response:
        kept = filters_of(query).query  # the name is nothing without what it names
        done = Outcome(f"Saved as {name.strip()}.")
        return await replies.after(request, _list(kept), deals.save_view(name, kept), done)

    @router.post("/views/delete")
    async def remove(request: Request, name: Line = "") -> Response:
        return await replies.after(request, "/", deals.remove_view(name), Outcome(f"{name} is forgotten."), ("views",))


def _add_feeds(router: APIRouter, dashboard: Dashboard) -> None:
    """Feed readers find the scanner's feeds here: it may be where they do not reach."""

    @router.get("/opportunities.{form}")
    async def feed(form: Literal["rss", "atom", "json"], request: Request) -> Response:
        asked = {name: request.headers[name] for name in _ASKED if name in request.headers}
        found = await dashboard.opportunities.feed(form, request.url.query, asked | forwarded(request))
        return Response(found.content, found.status_code, dict(found.headers))

    @router.get("/opportunities")
    async def listed(request: Request) -> Response:
        return RedirectResponse(_list(filters_asked(request.url.query).query), status_code=303)


def _add_deal_forms(router: APIRouter, dashboard: Dashboard, replies: Replies) -> None:
    deals = dashboard.opportunities

    @router.post("/opportunities/{identifier}/feedback")
    async def say(request: Request, identifier: str, saying: Annotated[Saying, Form()]) -> Response:
        done = Outcome(_THANKS[saying.verdict], undo=f"{_page(identifier)}/feedback/undo")
        return await replies.after(request, _page(identifier), deals.say(identifier, saying), done, ("opportunities",))

    @router.post("/opportunities/{identifier}/feedback/undo")
    async def take_back(request: Request, identifier: str) -> Response:
        done = Outcome("Taken back.")
        return await replies.after(request, _page(identifier), deals.take_back(identifier), done, ("opportunities",))

    @router.post("/opportunities/{identifier}/snooze")
    async def snooze(request: Request, identifier: str, subject: Line = "product", target: Line = "", days: Days = 7) -> Response:
        done = Outcome(f"Nothing more of this {subject} for {days:g} days.")
        return await replies.after(request, _page(identifier), deals.snooze(subject, target, days), done, ("times",))

    @router.post("/opportunities/{identifier}/watch")
    async def watch(request: Request, identifier: str, text: Line = "", target_price: Line = "") -> Response:
        done = Outcome("Watched: you are told when it is to be had for that.")
        return await replies.after(request, _page(identifier), deals.watch(text, target_price), done, ("watchlist",))


def _list(query: str) -> str:
    return f"/?{query}" if query else "/"


def _subscribed(made: FeedAddresses) -> Outcome:
    addresses = (f"RSS: {made.rss}", f"Atom: {made.atom}", f"JSON Feed: {made.json_feed}")
    return Outcome("Whoever has one of these addresses can read this list. They are shown this once.", details=addresses, once=True)


def _page(identifier: str) -> str:
    return f"/opportunities/{quote(identifier, safe='')}"
