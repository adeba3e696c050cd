"""Why a pricer's answer is missing, in the few words that logs and metrics count by."""

from typing import Literal

from common.errors import UnavailableError

Reason = Literal[
    "late",  # not within the deadline
    "unreachable",  # no connection
    "disconnected",  # the connection ended before the answer did
    "overloaded",  # 429, or 503 that says when to come back
    "refused",  # any other 4xx: it is there, but does not take this
    "status",  # any other status than 200
    "too_large",  # more bytes than any honest answer
    "malformed",  # not JSON, or not that of the pricing API
    "wrong_length",  # fewer or more results than items
    "implausible",  # a price that cannot be: not finite, below a cent, outside its interval, absurdly dear
    "item",  # the pricer itself says that it cannot price this item
    "open",  # not asked: the breaker is open
]


class PeerError(UnavailableError):
    """A pricer did not answer, or not sensibly."""

    def __init__(self, reason: Reason, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.reason: Reason = reason
        if retry_after is not None:
            self.retry_after = retry_after
