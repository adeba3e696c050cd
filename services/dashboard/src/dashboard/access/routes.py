"""The way in and out."""

import math

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from common.errors import OverloadedError, UnauthorizedError
from common.http.challenge import HEADER
from dashboard.access.session_cookie import CHALLENGE, PAGE, drop_session, keep_session, session_of
from dashboard.access.sign_in import SignIn
from dashboard.html.pages import Pages, status_of
from dashboard.html.parameters import Field
from dashboard.html.replies import own_path
from dashboard.html.replies import to as to_page


def build_router(sign_in: SignIn, pages: Pages) -> APIRouter:
    """The way in and out."""
    router = APIRouter(include_in_schema=False)

    def ask(status: int = 200, said: str = "", to: str = "/") -> HTMLResponse:
        return pages.render("access/sign_in.html", status, page="sign-in", said=said, to=to, asks_for_key=sign_in.asks_for_key)

    @router.get(PAGE)
    async def page(request: Request, to: str = "/") -> Response:
        return to_page(own_path(to)) if sign_in.knows(session_of(request)) else ask(to=own_path(to))

    @router.post(PAGE)
    async def enter(request: Request, password: Field = "", to: Field = "/") -> Response:
        try:
            session = await sign_in.enter(password, request.client.host if request.client else "")
        except (UnauthorizedError, OverloadedError) as exc:
            refusal = ask(status_of(exc), str(exc), own_path(to))
            if isinstance(exc, UnauthorizedError):
                refusal.headers[HEADER] = CHALLENGE
            if exc.retry_after:
                refusal.headers["Retry-After"] = str(math.ceil(exc.retry_after))
            return refusal
        sign_in.leave(session_of(request))
        answer = to_page(own_path(to))
        keep_session(answer, request, session, sign_in.seconds)
        return answer

    @router.post("/sign-out")
    async def leave(request: Request) -> RedirectResponse:
        sign_in.leave(session_of(request))
        answer = to_page(PAGE)
        drop_session(answer)
        return answer

    return router
