"""Which methods a path has, for the Allow header that a 405 must bear (RFC 9110, 15.5.6)."""

from fastapi import Request
from starlette.routing import Match, Mount

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def allowed_methods(request: Request) -> str:
    """All of them over all routes of the application: Starlette names those of the first route with this path alone."""
    routes = [route for route in request.app.routes if not isinstance(route, Mount)]  # a mounted application says it itself
    scopes = [dict(request.scope) | {"method": method} for method in _METHODS]
    return ", ".join(each["method"] for each in scopes if any(route.matches(each)[0] is Match.FULL for route in routes))
