"""The doors to opportunities. Routes parse, call the store, and answer."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from scanner.opportunities.schemas import ListRequest
from scanner.schemas import Items
from scanner.store.opportunity_store import OpportunityStore


def build_router(store: Callable[[], OpportunityStore], now: Callable[[], datetime]) -> APIRouter:
    """The routes, over what `store` returns at the moment of the request."""
    router = APIRouter(tags=["deals"])
    _add_list_routes(router, store, now)
    _add_opportunity_routes(router, store)
    return router


def _add_list_routes(router: APIRouter, store: Callable[[], OpportunityStore], now: Callable[[], datetime]) -> None:
    @router.get("/opportunities")
    async def list_opportunities(asked: Annotated[ListRequest, Query()]) -> Items:
        """Deals below their worth, the best first or by `sort`; with `all`, also dismissed and expired ones."""
        moment = None if asked.all else now()
        page = await store().page(asked.cursor, asked.limit, now=moment, query=asked.query, sort=asked.sort)
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
