"""The cookie that says who is signed in, and the way in for those who are not. Plain ASGI."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from common.http.challenge import REALM, refusal
from common.http.guests import key_in
from common.http.middleware import PROBES
from dashboard.access.sign_in import SignIn

PAGE = "/sign-in"
CHALLENGE = f'Cookie realm="{REALM}", form-action="{PAGE}"'  # as draft-broyer-http-cookie-auth has it; no browser asks by itself
_OPEN = PROBES | {PAGE}
_STATIC = "/static/"  # style and pictures of the page that asks
_STILL = "is_signed_in"  # of a request's state
_NAME, _SECURE_NAME = "pricer-session", "__Host-pricer-session"  # the latter is refused from anywhere but https and this very host


class SignInMiddleware:
    """Sends who is not signed in to the page that asks, and back afterwards; scripts and forms of another day get a 401.

    `guests`: paths that are let through with a key in their address, which whoever answers behind them has to check.
    """

    def __init__(self, app: ASGIApp, sign_in: SignIn, guests: frozenset[str] = frozenset()) -> None:
        self.app, self.sign_in, self.guests = app, sign_in, guests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or self._is_open(scope):
            await self.app(scope, receive, send)
            return
        knows = partial(self.sign_in.knows, session_of(HTTPConnection(scope)))
        if knows():
            scope.setdefault("state", {})[_STILL] = knows
            await self.app(scope, receive, send)
            return
        if "text/html" in Headers(scope=scope).get("accept", ""):
            answer: Response = RedirectResponse(f"{PAGE}?{urlencode({'to': _wanted(scope)})}", status_code=303)
        else:
            answer = refusal(f"sign in first: {PAGE}", CHALLENGE)
        await answer(scope, receive, send)

    def _is_open(self, scope: Scope) -> bool:
        path = scope["path"]
        is_guest = path in self.guests and scope["method"] == "GET" and key_in(scope["query_string"]) is not None
        return is_guest or path in _OPEN or path.startswith(_STATIC)


def ending(request: Request) -> Callable[[], bool]:
    """Whether an answer that would go on for ever is to end: the server stops, or whoever asked is signed in no more."""
    is_stopping = request.app.state.is_stopping
    is_signed_in = getattr(request.state, _STILL, lambda: True)  # where nobody has to be
    return lambda: is_stopping() or not is_signed_in()


def session_of(connection: HTTPConnection) -> str:
    """The id in the cookie; empty where there is none."""
    return connection.cookies.get(_SECURE_NAME) or connection.cookies.get(_NAME, "")


def keep_session(response: Response, request: Request, identifier: str, seconds: float) -> None:
    """Have the browser keep the id: away from scripts and other sites' forms, and from plain http where the page came by https."""
    is_secure = _is_https(request)
    name = _SECURE_NAME if is_secure else _NAME
    response.set_cookie(name, identifier, int(seconds), path="/", secure=is_secure, httponly=True, samesite="lax")


def drop_session(response: Response) -> None:
    """Have the browser forget it."""
    response.delete_cookie(_SECURE_NAME, path="/", secure=True, httponly=True, samesite="lax")
    response.delete_cookie(_NAME, path="/", httponly=True, samesite="lax")


def _is_https(request: Request) -> bool:
    """As the browser sees it, which names the scheme in the form's Origin: a proxy may speak plain http to us."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https://")


def _wanted(scope: Scope) -> str:
    if scope["method"] not in ("GET", "HEAD"):
        return "/"
    query = scope["query_string"].decode("latin-1")
    return f"{scope['path']}?{query}" if query else str(scope["path"])
