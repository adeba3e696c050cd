"""The door to price levels."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from scanner.levels.schemas import CategoryView, PriceLevels
from scanner.store.history.level_store import LevelStore

Weeks = Annotated[int, Query(ge=2, le=104)]


def build_router(store: Callable[[], LevelStore], now: Callable[[], datetime]) -> APIRouter:
    """The route, over what `store` returns at the moment of the request."""
    router = APIRouter(tags=["products"])

    @router.get("/price-levels")
    async def read_levels(weeks: Weeks = 26) -> PriceLevels:
        """How asked prices move against what the pricers say of the texts, by category and week; at most an hour old."""
        found = await store().levels(now() - timedelta(weeks=weeks), now())
        return PriceLevels(weeks=weeks, items=[CategoryView.model_validate(each) for each in found])

    return router
