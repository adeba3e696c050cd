"""Everything that this package raises.

PricingError
├── ConnectionFailedError     the service cannot be reached
├── DeadlineError             no answer in time (also a TimeoutError)
├── UnexpectedAnswerError     what answered does not speak the pricing API
└── ApiError                  the service refused; .problem says why
    ├── InvalidRequestError   422, .problem.errors name the fields
    ├── UnauthorizedError     401
    ├── ConflictError         409, the same Idempotency-Key is under way
    ├── TooLargeError         413
    ├── OverloadedError       429
    └── UnavailableError      502, 503, 504
"""

import httpx
from pydantic import ValidationError

from pricing_client.models import Problem


class PricingError(Exception):
    """Root of the tree. `retry_after` in seconds, where the service named a time; `is_transient`: worth another try."""

    retry_after: float | None = None
    is_transient = False


class ConnectionFailedError(PricingError):
    """The service cannot be reached, or hung up."""

    is_transient = True


class DeadlineError(PricingError, TimeoutError):
    """No answer in time."""


class UnexpectedAnswerError(PricingError):
    """What answered does not speak the pricing API."""


class ApiError(PricingError):
    """The service refused."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        super().__init__(f"{problem.status} {problem.title}: {problem.detail}".rstrip(": "))
        self.problem, self.status, self.retry_after = problem, problem.status, retry_after


class InvalidRequestError(ApiError):
    """What was sent cannot be used."""


class UnauthorizedError(ApiError):
    """A valid key is needed."""


class ConflictError(ApiError):
    """The first request with this Idempotency-Key is still being answered."""

    is_transient = True


class TooLargeError(ApiError):
    """The body is too large."""


class OverloadedError(ApiError):
    """The service is busy, or this key's quota is used up."""

    is_transient = True


class UnavailableError(ApiError):
    """The service, or a part of it, is away."""

    is_transient = True


_BY_STATUS: dict[int, type[ApiError]] = {
    401: UnauthorizedError,
    409: ConflictError,
    413: TooLargeError,
    422: InvalidRequestError,
    429: OverloadedError,
    502: UnavailableError,
    503: UnavailableError,
    504: UnavailableError,
}


def error_of(response: httpx.Response) -> ApiError:
    """The error that a response other than 200 stands for. What is no problem+json, as a proxy's page, becomes one."""
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        problem = Problem(title=response.reason_phrase, status=response.status_code)
    return _BY_STATUS.get(response.status_code, ApiError)(problem, _seconds(response.headers.get("retry-after", "")))


def _seconds(header: str) -> float | None:
    """Retry-After in seconds; its form as a date is not used by this service."""
    return float(header) if header.isascii() and header.isdecimal() and len(header) < 7 else None
