"""The doors to opportunities. Routes parse, call the store, and answer."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from scanner.opportunities.query import State
from scanner.opportunities.schemas import ListRequest, SavedView, SavedViews
from scanner.schemas import Items
from scanner.store.opportunity_store import OpportunityStore
from scanner.store.wishes.view_store import ViewStore


def build_router(store: Callable[[], OpportunityStore], views: Callable[[], ViewStore], now: Callable[[], datetime]) -> APIRouter:
    """The routes, over what `store` and `views` return at the moment of the request."""
    router = APIRouter(tags=["deals"])
    _add_view_routes(router, views)
    _add_list_routes(router, store, now)
    _add_opportunity_routes(router, store)
    return router


def _add_list_routes(router: APIRouter, store: Callable[[], OpportunityStore], now: Callable[[], datetime]) -> None:
    @router.get("/opportunities")
    async def list_opportunities(asked: Annotated[ListRequest, Query()]) -> Items:
        """Deals below their worth, the best first or by `sort`; with `all`, also dismissed and expired ones."""
        state: State = "all" if asked.all else asked.state
        page = await store().page(asked.cursor, asked.limit, now=now(), state=state, query=asked.query, sort=asked.sort)
        return Items(**asdict(page))


def _add_opportunity_routes(router: APIRouter, store: Callable[[], OpportunityStore]) -> None:
    @router.get("/opportunities/{opportunity_id}")
    async def read_opportunity(opportunity_id: str) -> dict[str, Any]:
        """One of them, also where it is dismissed or over."""
        return await store().get(opportunity_id)

    @router.post("/opportunities/{opportunity_id}/dismiss", status_code=204)
    async def dismiss(opportunity_id: str) -> None:
        """Show it no more."""
        await store().dismiss(opportunity_id)

    @router.post("/opportunities/{opportunity_id}/restore", status_code=204)
    async def restore(opportunity_id: str) -> None:
        """Show it again."""
        await store().dismiss(opportunity_id, dismissed=False)


def _add_view_routes(router: APIRouter, views: Callable[[], ViewStore]) -> None:
    @router.get("/views")
    async def list_views() -> SavedViews:
        """Saved filters of the list of opportunities."""
        return SavedViews(items=[SavedView(name=name, query=query) for name, query in await views().all()])

    @router.post("/views", status_code=204, responses={422: {}})
    async def save_view(view: SavedView) -> None:
        """Keep it, in the place of another of this name."""
        await views().keep(view.name, view.query)

    @router.delete("/views/{name:path}", status_code=204)
    async def remove_view(name: str) -> None:
        """Forget it."""
        await views().remove(name)
