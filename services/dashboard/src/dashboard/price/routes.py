"""The form that prices a description."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from common.errors import PricingAgentError
from dashboard.html.form_outcomes import Outcome
from dashboard.html.replies import Replies, to
from dashboard.price.service import Prices

Field = Annotated[str, Form()]


def build_router(prices: Prices, replies: Replies) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)

    @router.post("/price")
    async def price(description: Field = "", title: Field = "", category: Field = "") -> RedirectResponse:
        try:
            priced, problem = await prices.price(description, title, category), ""
        except PricingAgentError as exc:
            priced, problem = None, str(exc)
        outcome = Outcome(problem, not problem, description=description, title=title, category=category, price=priced)
        return to("/", "price", priced=replies.keep(outcome))

    return router
