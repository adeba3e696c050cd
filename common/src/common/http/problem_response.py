"""Every failure leaves a service as application/problem+json (RFC 9457): the responses, and the handlers that make them."""

import math
from collections.abc import Mapping

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from common.errors import PricingAgentError
from common.http.methods import allowed_methods
from common.problem import FieldError, Problem, field_errors, problem, problem_of

MEDIA_TYPE = "application/problem+json"
UNEXPECTED = "an unexpected error; the log has it under this request id"


def problem_response(body: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """`body` as an HTTP response."""
    content = body.model_dump_json(exclude_none=True)
    return Response(content, status_code=body.status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def response_of(error: PricingAgentError) -> Response:
    """Translate one of our errors into a response, with Retry-After where waiting helps."""
    return problem_response(problem_of(error), patience_of(error))


def patience_of(error: Exception) -> dict[str, str]:
    """The header that says when to come back, where waiting helps."""
    seconds = error.retry_after if isinstance(error, PricingAgentError) else None
    return {} if seconds is None else {"Retry-After": str(math.ceil(seconds))}


def install_error_handlers(app: FastAPI) -> None:
    """Make `app` answer every error with a problem."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(PricingAgentError, _ours)
    app.add_exception_handler(Exception, _unexpected)


async def _invalid(_: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    not_json = any(item["type"] == "json_invalid" for item in found)
    if not_json:
        return problem_response(problem(422, "the body is not JSON", [FieldError(field="body", message="not JSON")]))
    fields = field_errors(found, skip=1)
    return problem_response(problem(422, "; ".join(f"{item.field}: {item.message}" for item in fields[:5]), fields))


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 400:  # FastAPI's answer to bytes that are not even text
        detail = "the body is not JSON in UTF-8"
        return problem_response(problem(422, detail, [FieldError(field="body", message=detail)]))
    headers = {"Allow": allowed_methods(request)} if error.status_code == 405 else error.headers
    return problem_response(problem(error.status_code, str(error.detail)), headers)


async def _ours(_: Request, error: Exception) -> Response:
    if not isinstance(error, PricingAgentError):
        raise error
    return response_of(error)


async def _unexpected(_: Request, error: Exception) -> Response:
    log_unexpected(error)
    return problem_response(problem(500, UNEXPECTED))


def log_unexpected(error: Exception) -> None:
    """An error that nobody has foreseen, with its traceback."""
    structlog.get_logger().error("unexpected_error", error=repr(error), exc_info=error)
