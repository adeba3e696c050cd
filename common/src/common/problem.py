"""The one table from errors to HTTP status codes, and problems as RFC 9457 has them: plain values. Knows no web framework.

http/problem_response.py makes responses of them.
"""

import http
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from common import errors, request_context

STATUS: dict[type[errors.PricingAgentError], int] = {
    errors.InvalidInputError: 422,
    errors.UnauthorizedError: 401,
    errors.NotFoundError: 404,
    errors.SlowBodyError: 408,
    errors.ConflictError: 409,
    errors.PreconditionFailedError: 412,
    errors.OverloadedError: 429,
    errors.UnavailableError: 503,
    errors.ArtifactError: 503,
    errors.NewerDatabaseError: 503,
    errors.PricingAgentError: 500,
}


def plain(message: str) -> str:
    """pydantic's message without what it puts before the words of a ValueError of ours."""
    return message.removeprefix("Value error, ")


class FieldError(BaseModel):
    """Which field is wrong, and why."""

    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details; `errors` and `request_id` are our extension members."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    errors: list[FieldError] = []
    request_id: str | None = None


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
