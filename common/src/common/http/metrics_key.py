"""Who may read /metrics: all where nobody is asked for a key, else who shows one. Knows nothing of quotas: reading is free."""

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.responses import Response

from common.http.api_keys import KnownKeys
from common.http.challenge import bearer_challenge, refusal, shown_keys

PATH = "/metrics"


class MetricsKey:
    """Any of `keys`, entries as of API_KEYS, opens; where there is none, nothing does."""

    def __init__(self, keys: Iterable[str]) -> None:
        """ValueError for an entry that was meant as a hash and is none."""
        self._known = KnownKeys(keys)

    def refusal(self, headers: Headers) -> Response | None:
        """The 401 for a request with these headers; None where it shows a key."""
        if any(self._known.holds(key) for key in shown_keys(headers)):
            return None
        detail = "a valid key is needed: METRICS_KEY or an API key, as a bearer token or as X-API-Key"
        return refusal(detail, bearer_challenge(headers))
