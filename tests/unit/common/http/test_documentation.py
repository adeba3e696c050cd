"""What OpenAPI says of refusals follows from what an operation is."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Header
from pydantic import BaseModel

from common.http.app import Front, build_app
from common.http.documentation import REFERENCE, ErrorForm
from common.settings import HttpSettings


class Thing(BaseModel):
    """A body."""

    name: str


class OtherError(BaseModel):
    """A form of its own."""

    error: str


async def nothing() -> Mapping[str, str]:
    return {}


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield


def document_of(api_keys: str = "") -> dict[str, Any]:
    form = ErrorForm(OtherError, "application/json", "/other", {422: 400})
    settings = HttpSettings(api_keys=api_keys)
    app = build_app("things", lifespan=lifespan, missing=nothing, settings=settings, front=Front(error_form=form))

    @app.get("/plain")
    @app.get("/things/{name}")
    @app.delete("/other/{name}")
    async def read(name: str = "") -> None: ...

    @app.post("/things", responses={409: {}})
    async def add(thing: Thing) -> None: ...

    @app.post("/bare")
    async def begin() -> None: ...

    @app.get("/marked")
    async def marked(mark: Annotated[str, Header()]) -> None: ...

    raw = {"application/json": {"schema": Thing.model_json_schema(ref_template=REFERENCE) | {"$defs": {"Inner": {}}}}}

    @app.put("/raw", openapi_extra={"requestBody": {"content": raw}})
    async def raw_body() -> None: ...

    return app.openapi()


@pytest.mark.parametrize(
    ("method", "path", "statuses"),
    [
        ("get", "/healthz", "200 403 421"),
        ("get", "/readyz", "200 403 421 503"),
        ("get", "/metrics", "200 403 421"),
        ("get", "/things/{name}", "200 401 403 404 421 422 429 503"),
        ("get", "/marked", "200 401 403 421 422 429 503"),
        ("post", "/things", "200 401 403 408 409 413 415 421 422 429 503"),
        ("post", "/bare", "200 401 403 408 413 415 421 429 503"),
        ("put", "/raw", "200 401 403 408 413 415 421 422 429 503"),
        ("delete", "/other/{name}", "200 400 401 403 404 421 429 503"),
    ],
)
def test_refusals_follow_from_the_operation(method: str, path: str, statuses: str) -> None:
    assert " ".join(sorted(document_of()["paths"][path][method]["responses"])) == statuses


def test_every_answer_names_its_request_and_a_refusal_when_to_come_back() -> None:
    document = document_of()
    answers = [
        a for operations in document["paths"].values() for operation in operations.values() for a in operation["responses"].values()
    ]
    refusals = document["components"]["responses"]
    assert all("X-Request-ID" in answer["headers"] for answer in [*refusals.values(), *answers] if "$ref" not in answer)
    assert [name for name, answer in refusals.items() if "Retry-After" in answer["headers"]] == [
        name for name in refusals if name.endswith(("409", "429", "503"))
    ]


def test_each_reference_leads_somewhere_and_no_form_is_fastapis() -> None:
    document = document_of()
    components = {f"#/components/{kind}/{name}" for kind, named in document["components"].items() for name in named}
    assert references_of(document) <= components
    assert "#/components/schemas/Inner" in components
    assert not [name for name in components if "ValidationError" in name]


def references_of(node: object) -> set[str]:
    if isinstance(node, dict):
        return {str(node["$ref"])} if "$ref" in node else set().union(*map(references_of, node.values()))
    return set().union(*map(references_of, node)) if isinstance(node, list) else set()


def test_a_key_is_documented_where_it_is_demanded_and_only_there() -> None:
    assert "security" not in document_of()["paths"]["/things"]["post"]
    document = document_of("secret")
    scheme, bearer = document["components"]["securitySchemes"]
    for path, method in (("/things", "post"), ("/metrics", "get")):
        assert document["paths"][path][method]["security"] == [{scheme: []}, {bearer: []}]
    assert "401" in document["paths"]["/metrics"]["get"]["responses"]
    assert "security" not in document["paths"]["/healthz"]["get"]
    assert {"RateLimit", "RateLimit-Policy"} <= set(document["paths"]["/things"]["post"]["responses"]["200"]["headers"])
