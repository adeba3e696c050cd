"""Where a request may show a key, and the 401 to one that shows none: it says how to get in (RFC 9110, section 11.6.1).

What a challenge names must work, so a key counts as X-API-Key and as a bearer token, which Prometheus and many tools send. No
challenge of ours is Basic or Digest, for which a browser would ask in a window of its own, over any page.
"""

from starlette.datastructures import Headers
from starlette.responses import Response

from common.errors import UnauthorizedError
from common.http.problem_response import problem_response
from common.problem import problem_of

HEADER = "WWW-Authenticate"
REALM = "pricing-agent"  # all services: their keys are the same
_BEARER = "bearer "


def shown_keys(headers: Headers) -> list[str]:
    """The keys that a request shows, of which one has to be known."""
    return [key for key in (headers.get("x-api-key", ""), _token(headers)) if key]


def bearer_challenge(headers: Headers) -> str:
    """The challenge to a request with these headers, of which no key is known (RFC 6750, section 3)."""
    return f'Bearer realm="{REALM}"' + (', error="invalid_token"' if _token(headers) else "")


def refusal(detail: str, challenge: str) -> Response:
    """The 401."""
    return problem_response(problem_of(UnauthorizedError(detail)), {HEADER: challenge})


def _token(headers: Headers) -> str:
    given, scheme = headers.get("authorization", ""), len(_BEARER)
    return given[scheme:].strip() if given[:scheme].lower() == _BEARER else ""
