"""The routes of feedback: verdicts on deals, by number or by opportunity, their list, and their export."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from scanner.feedback.desk import FeedbackDesk
from scanner.feedback.export import row_of
from scanner.feedback.schemas import FeedbackItems, FeedbackRequest, FeedbackView

Number = Annotated[int, Path(ge=0, lt=2**31)]
Identifier = Annotated[str, Path(max_length=60)]


def build_router(desk: Callable[[], FeedbackDesk]) -> APIRouter:
    """Over what `desk` returns at the moment of the request."""
    router = APIRouter(tags=["feedback"])
    _add_verdicts(router, desk)

    @router.get("/feedback")
    async def list_feedback(
        cursor: Annotated[str | None, Query(max_length=300)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        history: bool = False,
    ) -> FeedbackItems:
        """What people say of deals, newest first; with `history`, also what they said before and took back."""
        store = desk().store
        found, following = await store.page(cursor, limit, history=history)
        return FeedbackItems(items=[FeedbackView.of(each) for each in found], counts=await store.counts(), next=following)

    @router.get("/feedback/export", response_class=StreamingResponse)
    async def export() -> StreamingResponse:
        """All verdicts that count as labelled rows, JSON Lines."""
        return StreamingResponse(_lines(desk()), media_type="application/x-ndjson")

    return router


def _add_verdicts(router: APIRouter, desk: Callable[[], FeedbackDesk]) -> None:
    @router.post("/deals/{deal_id}/feedback")
    async def say_of_deal(deal_id: Number, request: FeedbackRequest) -> FeedbackView:
        """Say of a deal whether it is right; a wrong price is put right, and judged anew."""
        return FeedbackView.of(await desk().say(deal_id, request.saying))

    @router.delete("/deals/{deal_id}/feedback", status_code=204)
    async def take_back_of_deal(deal_id: Number) -> None:
        """Take back what was said of it, and what followed from that."""
        await desk().take_back(deal_id)

    @router.post("/opportunities/{opportunity_id}/feedback")
    async def say_of_opportunity(opportunity_id: Identifier, request: FeedbackRequest) -> FeedbackView:
        """The same of an opportunity's deal."""
        return FeedbackView.of(await desk().say(opportunity_id, request.saying))

    @router.delete("/opportunities/{opportunity_id}/feedback", status_code=204)
    async def take_back_of_opportunity(opportunity_id: Identifier) -> None:
        """The same of an opportunity's deal."""
        await desk().take_back(opportunity_id)


async def _lines(desk: FeedbackDesk) -> AsyncIterator[str]:
    async for kept in desk.store.each():
        yield json.dumps(row_of(kept), ensure_ascii=False) + "\n"
