"""Who may read /metrics: everybody where nobody is asked for a key, else who shows one. Knows nothing of quotas: reading is free.

Prometheus sends a bearer token and no header of one's choice, so a key counts in either place.
"""

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.responses import Response

from common.errors import UnauthorizedError
from common.http.api_keys import KnownKeys
from common.http.problem_response import problem_response
from common.problem import problem_of

PATH = "/metrics"
_BEARER = "bearer "


class MetricsKey:
    """Any of `keys`, entries as of API_KEYS, opens; where there is none, nothing does."""

    def __init__(self, keys: Iterable[str]) -> None:
        """ValueError for an entry that was meant as a hash and is none."""
        self._known = KnownKeys(keys)

    def refusal(self, headers: Headers) -> Response | None:
        """The 401 for a request with these headers; None where it shows a key, as X-API-Key or as a bearer token."""
        given, scheme = headers.get("authorization", ""), len(_BEARER)
        token = given[scheme:].strip() if given[:scheme].lower() == _BEARER else ""
        if self._known.holds(headers.get("x-api-key", "")) or self._known.holds(token):
            return None
        error = UnauthorizedError("a valid key is needed: METRICS_KEY or an API key, as a bearer token or as X-API-Key")
        return problem_response(problem_of(error), {"WWW-Authenticate": "Bearer"})
