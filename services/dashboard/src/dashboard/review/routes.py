"""The page on which a person decides what waits, one after the other, and its forms."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from common.errors import InvalidInputError, PricingAgentError
from dashboard.html.form_outcomes import Outcome
from dashboard.html.pages import Pages, status_of
from dashboard.html.parameters import Key, Line, Number
from dashboard.html.reasons import reason
from dashboard.html.replies import Replies, to
from dashboard.review.schemas import Answer
from dashboard.review.service import Reviews

_TOPICS = ("review", "opportunities", "deals")


def build_router(reviews: Reviews, pages: Pages, replies: Replies) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)

    @router.get("/review")
    async def first(flash: Key = None) -> HTMLResponse:
        queue = await reviews.queue()
        return pages.render("review/review.html", page="review", queue=queue, answer=Answer(), field="", flash=replies.find(flash))

    @router.get("/review/{identifier}")
    async def one(identifier: Number, flash: Key = None) -> HTMLResponse:
        queue = await reviews.queue(identifier)
        return pages.render("review/review.html", page="review", queue=queue, answer=Answer(), field="", flash=replies.find(flash))

    @router.post("/review/{identifier}", response_model=None)
    async def decide(identifier: Number, answer: Annotated[Answer, Form()], then: Annotated[str, Form()] = "") -> Response:
        try:
            decided = await reviews.decide(identifier, answer)
        except PricingAgentError as exc:
            field = exc.field if isinstance(exc, InvalidInputError) else ""
            queue, wrong = await reviews.queue(identifier), Outcome(reason(exc), False)
            values: dict[str, Any] = {"queue": queue, "answer": answer, "field": field, "flash": wrong}
            return pages.render("review/review.html", status_of(exc), page="review", **values)
        said = "Dropped" if decided.state == "dropped" else "It goes on its way at that price"
        outcome = Outcome(f"{said}: {decided.title[:100]}", undo=f"/review/{identifier}/reopen")
        return to(_place_of(then), flash=replies.keep(outcome))

    _add_corrections(router, reviews, replies)
    return router


def _add_corrections(router: APIRouter, reviews: Reviews, replies: Replies) -> None:
    @router.post("/review/{identifier}/reopen")
    async def reopen(request: Request, identifier: Number) -> Response:
        done = Outcome("It waits again.")
        return await replies.after(request, f"/review/{identifier}", reviews.reopen(identifier), done, _TOPICS)

    @router.post("/review/{identifier}/correct")
    async def correct(request: Request, identifier: Number, deal: Annotated[int, Form()], price: Line = "") -> Response:
        done = Outcome("Put right. It is judged anew.")
        return await replies.after(request, f"/review/{identifier}", reviews.correct(deal, price), done, _TOPICS)


def _place_of(number: str) -> str:
    """The page of the review that is asked of next, whose number a form names."""
    return f"/review/{number}" if number.isascii() and number.isdigit() and len(number) < 10 else "/review"
