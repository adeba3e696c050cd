"""Where API_KEYS is set, a browser asks for one: as the password of HTTP Basic, under any user name. Plain ASGI."""

import base64
import binascii

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from common.http.api_keys import KnownKeys
from common.http.problem_response import problem_response
from common.problem import problem

_OPEN = frozenset({"/healthz", "/readyz", "/metrics"})


class BasicAuthMiddleware:
    """Accepts X-API-Key as the services do, or the key as a password."""

    def __init__(self, app: ASGIApp, keys: list[str]) -> None:
        self.app, self.known = app, KnownKeys(keys)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["path"] in _OPEN or self.known.holds(_given(Headers(scope=scope))):
            await self.app(scope, receive, send)
            return
        challenge = {"WWW-Authenticate": 'Basic realm="Product Pricing Agent: an API key as the password", charset="UTF-8"'}
        refusal = problem_response(problem(401, "an API key is needed as the password, or in X-API-Key"), challenge)
        await refusal(scope, receive, send)


def _given(headers: Headers) -> str:
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return headers.get("x-api-key", "")
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
