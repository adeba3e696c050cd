"""The doors to products and to the ledger. Routes parse, call the desk, and answer."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from common.judging import Condition
from scanner.history.desk import HistoryDesk
from scanner.history.ledger import Entry
from scanner.history.schemas import CheckView, History, LedgerView, ProductChange, Products, ProductView, PushView
from scanner.store.history.product_store import Sort

Cursor = Annotated[str | None, Query(max_length=2_000)]  # one by name holds that
Limit = Annotated[int, Query(ge=1, le=200)]
Words = Annotated[str, Query(max_length=200)]


def build_router(desk: Callable[[], HistoryDesk]) -> APIRouter:
    """The routes, over what `desk` returns at the moment of the request."""
    router = APIRouter()
    _add_product_routes(router, desk)
    _add_ledger_routes(router, desk)
    return router


def _add_product_routes(router: APIRouter, desk: Callable[[], HistoryDesk]) -> None:
    @router.get("/products", tags=["products"])
    async def list_products(
        q: Words = "", condition: Condition | None = None, sort: Sort = "seen", cursor: Cursor = None, limit: Limit = 50
    ) -> Products:
        """Products that were offered, seen last first, or by `sort`; `q`: words that their titles have."""
        page = await desk().products.page(q, condition, sort, cursor=cursor, limit=limit)
        return Products.model_validate(asdict(page))

    @router.get("/products/{product_id}", tags=["products"])
    async def read_product(product_id: str) -> ProductView:
        """One product."""
        return ProductView.model_validate(await desk().products.get(product_id))

    @router.get("/products/{product_id}/history", tags=["products"])
    async def read_history(product_id: str, cursor: Cursor = None, limit: Limit = 50) -> History:
        """What it was offered for, newest first, and how its last price stands among the other days."""
        return History.model_validate(await desk().products.history(product_id, cursor, limit))

    @router.post("/products/{product_id}/reset", tags=["products"])
    async def reset_product(product_id: str) -> ProductView:
        """Forget what was pushed of it, so that the next offer may be pushed, and count its lows from now on."""
        return ProductView.model_validate(await desk().products.reset(product_id, desk().now()))

    @router.patch("/products/{product_id}", tags=["products"])
    async def change_product(product_id: str, change: ProductChange) -> ProductView:
        """Give it a cool-down of its own, or push it no more."""
        return ProductView.model_validate(await desk().products.decide(product_id, change.changes))


def _add_ledger_routes(router: APIRouter, desk: Callable[[], HistoryDesk]) -> None:
    @router.get("/ledger", tags=["products"])
    async def read_ledger(
        days: Annotated[int, Query(ge=1, le=400)] = 180, limit: Annotated[int, Query(ge=1, le=1_000)] = 50
    ) -> LedgerView:
        """What was pushed in so many days, what it cost later, and how often pushes were right, by rule, feed, pricer and week."""
        found = await desk().ledger(days)
        return LedgerView(
            days=days,
            pushes=len(found.entries),
            all=found.all,
            rules=found.rules,
            feeds=found.feeds,
            pricers=found.pricers,
            weeks=found.weeks,
            items=[_view(each) for each in found.entries[:limit]],
        )


def _view(entry: Entry) -> PushView:
    push = {name: value for name, value in vars(entry.push).items() if name != "pricers"}
    later = [CheckView.model_validate(each) for each in entry.later]
    result = {"usual_later": entry.usual, "points": entry.points, "held": entry.held, "verdict": entry.verdict, "why": entry.why}
    return PushView.model_validate({**push, "later": later, **result})
