"""Keys that open a few doors alone and stand in the address, for programs that can show no header, such as feed readers.

Such a key is refused where it is not known, also where no other key is demanded: an address that was revoked must open nothing.
Nothing here logs an address; who asks stands in logs and metrics by the name that `Check` gives. Plain ASGI.
"""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from common.errors import UnavailableError
from common.http.api_keys import ApiKey
from common.http.challenge import bearer_challenge, refusal
from common.http.problem_response import response_of

PARAMETER = "key"
_LONGEST = 200  # characters of a key that is looked at
_STATE = "guest"  # key of the scope's state

Check = Callable[[str], Awaitable[str | None]]  # by what name the holder of a key goes; None: nobody's
Guests = Mapping[str, Check]  # by path


class GuestMiddleware:
    """401 for an address whose key is not known; the door itself needs no more than a known one."""

    def __init__(self, app: ASGIApp, guests: Guests) -> None:
        self.app, self.guests = app, guests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        check = self.guests.get(scope["path"]) if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") else None
        key = key_in(scope["query_string"]) if check else None
        if check and key is not None:
            try:
                name = await check(key) if len(key) <= _LONGEST else None
            except UnavailableError as exc:
                await response_of(exc)(scope, receive, send)
                return
            if name is None:
                detail = "the key in this address is not valid, or is not any more"
                await refusal(detail, bearer_challenge(Headers(scope=scope)))(scope, receive, send)
                return
            scope.setdefault("state", {})[_STATE] = ApiKey(name, b"")
        await self.app(scope, receive, send)


def guest_of(scope: Scope) -> ApiKey | None:
    """Who was let in by the key in the address."""
    found: ApiKey | None = scope.get("state", {}).get(_STATE)
    return found


def key_in(query: bytes) -> str | None:
    """The key in a query; None where there is none."""
    found = parse_qs(query.decode("latin-1"), keep_blank_values=True).get(PARAMETER)
    return found[0] if found else None
