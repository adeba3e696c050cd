"""The one table from errors to problems (RFC 9457), which is how every failure leaves a service. Knows no web framework.

common/http/problem_response.py makes responses of them.
"""

import http
from collections.abc import Sequence
from typing import Any

from common import errors, request_context
from common.pricing import FieldError, Problem

MEDIA_TYPE = "application/problem+json"

STATUS: dict[type[errors.PricingAgentError], int] = {
    errors.InvalidInputError: 422,
    errors.UnauthorizedError: 401,
    errors.NotFoundError: 404,
    errors.SlowBodyError: 408,
    errors.ConflictError: 409,
    errors.OverloadedError: 429,
    errors.UnavailableError: 503,
    errors.ArtifactError: 503,
    errors.PricingAgentError: 500,
}


def problem(status: int, detail: str, fields: list[FieldError] | None = None) -> Problem:
    """A problem whose title is the status's standard phrase."""
    title = http.HTTPStatus(status).phrase
    return Problem(title=title, status=status, detail=detail, errors=fields or [], request_id=request_context.request_id.get())


def problem_of(error: errors.PricingAgentError) -> Problem:
    """Translate one of our errors."""
    status = next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)
    fields = [FieldError(field=error.field, message=str(error))] if isinstance(error, errors.InvalidInputError) else []
    return problem(status, str(error), fields)


def field_errors(found: Sequence[Any], skip: int = 0) -> list[FieldError]:
    """Pydantic's error list as ours. The rejected input is left out: it may be huge, secret or impossible to encode."""
    return [
        FieldError(field=".".join(str(part) for part in error["loc"][skip:]) or "body", message=error["msg"]) for error in found
    ]
