"""The routes of the review queue."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query

from scanner.review.desk import ReviewDesk
from scanner.review.review_data import State
from scanner.review.schemas import Decision, ReviewItems, ReviewView

Number = Annotated[int, Path(ge=0, lt=2**31)]


def build_router(desk: Callable[[], ReviewDesk]) -> APIRouter:
    """Over what `desk` returns at the moment of the request."""
    router = APIRouter(tags=["review"])

    @router.get("/review")
    async def list_reviews(
        state: State | None = None,
        cursor: Annotated[str | None, Query(max_length=300)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> ReviewItems:
        """Deals whose price a person is to look at, open ones first, the newest first."""
        found, following = await desk().page(state, cursor, limit)
        return ReviewItems(items=[ReviewView.of(each) for each in found], next=following)

    @router.get("/review/{review_id}")
    async def read_review(review_id: Number) -> ReviewView:
        """One, with what may be its price."""
        return ReviewView.of(await desk().get(review_id))

    @router.post("/review/{review_id}")
    async def decide(review_id: Number, decision: Decision) -> ReviewView:
        """Say what it costs, or that it is nothing."""
        return ReviewView.of(await desk().decide(review_id, decision))

    @router.post("/review/{review_id}/reopen")
    async def reopen(review_id: Number) -> ReviewView:
        """Take a decision back, as long as the deal was not judged by it."""
        return ReviewView.of(await desk().reopen(review_id))

    return router
