"""The doors to opportunities, to feeds of them, and to the keys of private feed addresses. Routes parse, call, and answer."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from common.http.guests import PARAMETER
from common.http.own_address import own_address
from scanner.opportunities.conditional import answer_if_new
from scanner.opportunities.desk import FeedKeyDesk, page_of
from scanner.opportunities.feed_item import FeedPage
from scanner.opportunities.feed_key import DOORS
from scanner.opportunities.json_feed import JSON_FEED, write_json_feed
from scanner.opportunities.query import State
from scanner.opportunities.schemas import (
    FeedKeyMade,
    FeedKeyRequest,
    FeedKeys,
    FeedKeyView,
    FeedQuery,
    Filters,
    ListRequest,
    SavedView,
    SavedViews,
)
from scanner.opportunities.xml_feeds import ATOM, RSS, write_atom, write_rss
from scanner.schemas import Items
from scanner.store.opportunity_store import OpportunityStore
from scanner.store.view_store import ViewStore

_FORMS = {"rss": (RSS, write_rss), "atom": (ATOM, write_atom), "json": (JSON_FEED, write_json_feed)}
_LIST = "/opportunities"
_TEXT: dict[str, Any] = {"schema": {"type": "string"}}
_LINKED: dict[int | str, dict[str, Any]] = {200: {"headers": {"Link": {"description": "the list's feeds", **_TEXT}}}}
_FRESHNESS: dict[str, Any] = dict.fromkeys(("ETag", "Last-Modified", "Cache-Control"), _TEXT)


@dataclass(frozen=True)
class Desk:
    """What these doors need."""

    store: OpportunityStore
    keys: FeedKeyDesk
    views: ViewStore
    now: Callable[[], datetime]


def build_router(desk: Callable[[], Desk]) -> APIRouter:
    """The routes, over what `desk` returns at the moment of the request."""
    router = APIRouter(tags=["deals"])
    _add_list_route(router, desk)
    for form in _FORMS:
        _add_feed_route(router, desk, form)
    _add_opportunity_routes(router, desk)
    _add_view_routes(router, desk)
    _add_key_routes(router, desk)
    return router


def _add_list_route(router: APIRouter, desk: Callable[[], Desk]) -> None:
    @router.get(_LIST, responses=_LINKED)
    async def list_opportunities(asked: Annotated[ListRequest, Query()], request: Request, response: Response) -> Items:
        """Deals below their worth, the best first or by `sort`; with `all`, also dismissed and expired ones."""
        state: State = "all" if asked.all else asked.state
        page = await desk().store.page(asked.cursor, asked.limit, now=desk().now(), state=state, query=asked.query, sort=asked.sort)
        response.headers["Link"] = _feeds_of(request)
        return Items(**asdict(page))


def _add_feed_route(router: APIRouter, desk: Callable[[], Desk], form: str) -> None:
    media_type, write = _FORMS[form]
    told: dict[int | str, dict[str, Any]] = {
        200: {"content": {media_type: {"schema": {"type": "object" if form == "json" else "string"}}}, "headers": _FRESHNESS},
        304: {"description": "it is as the caller knows it", "headers": _FRESHNESS},
    }

    @router.get(DOORS[form], response_class=Response, responses=told, name=f"read_{form}_feed")
    async def read_feed(asked: Annotated[FeedQuery, Query()], request: Request) -> Response:
        """The list as a feed, newest first, with the same filters."""
        page = await _page(desk(), asked, request)
        return answer_if_new(write(page), f"{media_type}; charset=utf-8", page.updated, request.headers)


def _add_opportunity_routes(router: APIRouter, desk: Callable[[], Desk]) -> None:
    @router.get("/opportunities/{opportunity_id}")
    async def read_opportunity(opportunity_id: str) -> dict[str, Any]:
        """One of them, also where it is dismissed or over."""
        return await desk().store.get(opportunity_id)

    @router.post("/opportunities/{opportunity_id}/dismiss", status_code=204)
    async def dismiss(opportunity_id: str) -> None:
        """Show it no more."""
        await desk().store.dismiss(opportunity_id)

    @router.post("/opportunities/{opportunity_id}/restore", status_code=204)
    async def restore(opportunity_id: str) -> None:
        """Show it again."""
        await desk().store.dismiss(opportunity_id, dismissed=False)


def _add_key_routes(router: APIRouter, desk: Callable[[], Desk]) -> None:
    @router.get("/feed-keys")
    async def list_feed_keys() -> FeedKeys:
        """Keys of private feed addresses, without themselves."""
        return FeedKeys(items=[FeedKeyView.model_validate(each) for each in await desk().keys.keys.all()])

    @router.post("/feed-keys", status_code=201)
    async def make_feed_key(asked: FeedKeyRequest, request: Request) -> FeedKeyMade:
        """Make a key that opens the three feeds alone, for programs that can show no other."""
        found, key = await desk().keys.make(asked.label)
        at = {form: f"{own_address(request)}{path}?{urlencode({PARAMETER: key})}" for form, path in DOORS.items()}
        return FeedKeyMade(**asdict(found), key=key, rss=at["rss"], atom=at["atom"], json_feed=at["json"])

    @router.delete("/feed-keys/{number:int}", status_code=204)
    async def revoke_feed_key(number: Annotated[int, Field(ge=1, lt=2**31)]) -> None:
        """Let its addresses open nothing any more."""
        await desk().keys.keys.revoke(number)


async def _page(desk: Desk, asked: FeedQuery, request: Request) -> FeedPage:
    pairs = [(name, value) for name, value in parse_qsl(request.url.query) if name in FeedQuery.model_fields and name != PARAMETER]
    items = await desk.store.items(asked.limit, now=desk.now(), state=asked.state, query=asked.query, sort=asked.sort)
    own = own_address(request)
    at = f"{own}{request.url.path}{'?' if request.url.query else ''}{request.url.query}"
    return page_of(items, pairs, at, f"{own}{_LIST}{'?' if pairs else ''}{urlencode(pairs)}")


def _feeds_of(request: Request) -> str:
    """Where the same list is had as feeds (RFC 8288)."""
    pairs = [(name, value) for name, value in parse_qsl(request.url.query) if name in Filters.model_fields]
    query = f"?{urlencode(pairs)}" if pairs else ""
    return ", ".join(f'<{DOORS[form]}{query}>; rel="alternate"; type="{kind}"' for form, (kind, _) in _FORMS.items())


def _add_view_routes(router: APIRouter, desk: Callable[[], Desk]) -> None:
    @router.get("/views")
    async def list_views() -> SavedViews:
        """Saved filters of the list of opportunities."""
        return SavedViews(items=[SavedView(name=name, query=query) for name, query in await desk().views.all()])

    @router.post("/views", status_code=204, responses={422: {}})
    async def save_view(view: SavedView) -> None:
        """Keep it, in the place of another of this name."""
        await desk().views.keep(view.name, view.query)

    @router.delete("/views/{name:path}", status_code=204)
    async def remove_view(name: str) -> None:
        """Forget it."""
        await desk().views.remove(name)
