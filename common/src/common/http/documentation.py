"""What OpenAPI says of the answers that no route speaks of: refusals, their form and headers, and the key that is demanded.

A route tells what it gives when all goes well. What else may come follows from what the operation is: one with a body may be
refused for its size, one that names a thing in its path may find none of that name. A route names a refusal of its own by its
status alone, `responses={409: {}}`; the form is added here.
"""

import http
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from common.http.guests import PARAMETER
from common.http.metrics_key import PATH as METRICS
from common.http.problem_response import MEDIA_TYPE
from common.problem import Problem

_SCHEMES = {"api-key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}, "bearer": {"type": "http", "scheme": "bearer"}}
_IN_ADDRESS = {"address": {"type": "apiKey", "in": "query", "name": PARAMETER}}
_OF_STATUS = dict.fromkeys((409, 429, 503), ("Retry-After",)) | {415: ("Accept-Encoding",), 401: ("WWW-Authenticate",)}
REFERENCE = "#/components/schemas/{model}"  # ref_template of a schema that a route gives by openapi_extra
_HEADERS = {
    "X-Request-ID": "the caller's, else one of ours; the log has it",
    "Retry-After": "seconds to wait before the next try",
    "WWW-Authenticate": "how a key may come: as a bearer token, or as X-API-Key",
    "Accept-Encoding": "in what coding a body may come, where it came in another",
    "RateLimit": "what is left of the key's quota, where it has one (draft-ietf-httpapi-ratelimit-headers)",
    "RateLimit-Policy": "the key's quota, where it has one",
}

ATTACHMENT = {"Content-Disposition": {"description": "that it is a file, and its name", "schema": {"type": "string"}}}


@dataclass(frozen=True)
class ErrorForm:
    """How refusals look below `prefix`: the model of their body, its media type, and statuses that are others there."""

    model: type[BaseModel] = Problem
    media_type: str = MEDIA_TYPE
    prefix: str = ""
    statuses: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Entrance:
    """What a request meets before its route: whether a key is demanded, where not, and whose errors have a `form` of their own.

    `guards_metrics`: /metrics is open to a key alone. `guest_paths`: those that a key in the address opens, too.
    """

    demands_key: bool
    open_paths: Collection[str]
    form: ErrorForm | None = None
    guards_metrics: bool = False
    guest_paths: Collection[str] = ()


def complete_documentation(app: FastAPI, entrance: Entrance) -> None:
    """Make `app.openapi()` tell all of it."""
    of_routes = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(of_routes(), entrance)
        return of_routes()

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _complete(document: dict[str, Any], entrance: Entrance) -> None:
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})
    components["headers"] = {name: {"description": text, "schema": {"type": "string"}} for name, text in _HEADERS.items()}
    for always in ("X-Request-ID", "WWW-Authenticate"):
        components["headers"][always]["required"] = True
    if entrance.demands_key or entrance.guards_metrics:
        components["securitySchemes"] = _SCHEMES | (_IN_ADDRESS if entrance.guest_paths else {})
    for path, operations in document["paths"].items():
        is_below = entrance.form is not None and path.startswith(entrance.form.prefix)
        form = entrance.form if entrance.form and is_below else ErrorForm()
        for method, operation in operations.items():
            is_open = path in entrance.open_paths
            _add_refusals(operation, form, _refusals(path, method, operation, is_open), components)
            _add_headers(operation, entrance.demands_key and not is_open)
            if entrance.guards_metrics if path == METRICS else entrance.demands_key and not is_open:
                schemes = [*_SCHEMES, *_IN_ADDRESS] if path in entrance.guest_paths else _SCHEMES
                operation["security"] = [{scheme: []} for scheme in schemes]
            for body in operation.get("requestBody", {}).get("content", {}).values():
                components["schemas"] |= body["schema"].pop("$defs", {})
    for unused in ("HTTPValidationError", "ValidationError"):  # FastAPI's form, which no answer of ours has
        components["schemas"].pop(unused, None)


def _refusals(path: str, method: str, operation: Mapping[str, Any], is_open: bool) -> set[int]:
    found = {403, 421} | {int(status) for status in operation["responses"] if status >= "4"}  # a stranger's page, another's name
    if not is_open:
        found |= {401, 429, 503}
    if method in ("post", "put", "patch"):
        found |= {408, 413, 415}
    if "requestBody" in operation or operation.get("parameters"):
        found.add(422)
    if "{" in path:
        found.add(404)
    return found


def _add_refusals(operation: dict[str, Any], form: ErrorForm, statuses: set[int], components: dict[str, Any]) -> None:
    responses, name = operation["responses"], form.model.__name__
    for status in [status for status in responses if status >= "4"]:
        del responses[status]
    for status in sorted({form.statuses.get(each, each) for each in statuses}):
        responses[str(status)] = {"$ref": f"#/components/responses/{name}{status}"}
        components.setdefault("responses", {})[f"{name}{status}"] = {
            "description": http.HTTPStatus(status).phrase,
            "headers": _headers("X-Request-ID", *_OF_STATUS.get(status, ())),
            "content": {form.media_type: {"schema": {"$ref": REFERENCE.format(model=name)}}},
        }
    schema = form.model.model_json_schema(mode="serialization", ref_template=REFERENCE)
    components["schemas"] |= schema.pop("$defs", {}) | {name: schema}


def _add_headers(operation: dict[str, Any], is_limited: bool) -> None:
    names = ["X-Request-ID", *(["RateLimit", "RateLimit-Policy"] if is_limited else [])]
    for answer in operation["responses"].values():
        if "$ref" not in answer:
            answer["headers"] = _headers(*names) | answer.get("headers", {})


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
