"""Keeps pages of other sites from pressing our buttons and from reading what we answer. Plain ASGI.

The browser says where a request comes from: in Sec-Fetch-Site, which it computes by the address that the person sees, also behind
a proxy; and, where it sends none (a plain http address that is not this machine's), in Origin. Programs send neither and are let
in: what they may do is a matter of keys.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from common.http.problem_response import problem_response
from common.problem import problem

_READING = ("GET", "HEAD")


class SameOriginMiddleware:
    """Refuses with 403 what a page of another origin asked for, whatever the method; a link to one of our pages may be followed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or is_same_origin(headers := Headers(scope=scope)) or _is_link(scope["method"], headers):
            await self.app(scope, receive, send)
            return
        await problem_response(problem(403, "a page of another site asked for this"))(scope, receive, send)


def is_same_origin(headers: Headers) -> bool:
    """Whether a page of ours, a person, or no browser at all sent it."""
    site = headers.get("sec-fetch-site")
    if site == "same-origin":
        return True
    origin = headers.get("origin")
    if site not in (None, "none"):
        return False
    return origin is None or _netloc_of(origin) == headers.get("host", "").lower() != ""


def _is_link(method: str, headers: Headers) -> bool:
    """Whether somebody follows a link: the page that holds it does not see where that leads, nor in a frame of its own."""
    return method in _READING and headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"


def _netloc_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None
