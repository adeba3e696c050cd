"""The forms about pushes."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from common.errors import PricingAgentError
from dashboard.html.form_outcomes import Outcome
from dashboard.html.formatting import sentence
from dashboard.html.replies import Replies, own_path
from dashboard.pushes.service import Pushes

Field = Annotated[str, Form()]


def build_router(pushes: Pushes, replies: Replies) -> APIRouter:
    """The routes over a use case."""
    router = APIRouter(include_in_schema=False)

    @router.post("/test")
    async def test(request: Request) -> Response:
        try:
            result = await pushes.test()
        except PricingAgentError as exc:
            return replies.say(request, "/", Outcome(str(exc), False))
        return replies.say(request, "/", Outcome(sentence(result.summary), result.sent, result.lines))

    @router.post("/notifications/{identifier}/resend")
    async def resend(request: Request, identifier: str, channel: Field = "", back: Field = "/") -> Response:
        page = own_path(back)
        try:
            state = (await pushes.resend(identifier, channel)).state
        except PricingAgentError as exc:
            return replies.say(request, page, Outcome(str(exc), False))
        to_whom = "It is being sent again." if channel else "It is being sent again, where it is lacking."
        return replies.say(request, page, Outcome("Every channel has it." if state == "sent" else to_whom), ("pushes",))

    @router.post("/dead/{identifier}/replay")
    async def replay(request: Request, identifier: str) -> Response:
        return await replies.after(request, "/", pushes.replay(identifier), Outcome("It is being tried again."), ("pushes",))

    return router
