"""What parts answer is what the whole answers: in their order, described, and told under its template."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from common.http.app import add_routes, build_app


def part(name: str, prefix: str = "", path: str = "/{key}") -> APIRouter:
    router = APIRouter(prefix=prefix)

    @router.get(path, tags=[name], name=name)
    async def answer(key: str = "") -> str:
        return f"{name} {key}"

    return router


async def nothing() -> Mapping[str, str]:
    return {}


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield


def whole() -> FastAPI:
    app, inner = build_app("things", lifespan=lifespan, missing=nothing), APIRouter()
    add_routes(inner, part("inner", path="/inner/{key}"))
    add_routes(app, part("first", "/things", "/1"), part("second", "/things"), inner)
    return app


def test_the_first_that_has_a_path_answers_also_through_another() -> None:
    with TestClient(whole()) as client:
        assert [client.get(f"/things/{key}").json() for key in (1, 2)] == ["first ", "second 2"]
        assert client.get("/inner/2").json() == "inner 2"
        assert client.post("/inner/2").headers["allow"] == "GET"
        assert client.get("/outer/3").status_code == 404


def test_they_are_described() -> None:
    paths = whole().openapi()["paths"]
    assert (paths["/things/{key}"]["get"]["tags"], paths["/inner/{key}"]["get"]["tags"]) == (["second"], ["inner"])
    assert "/healthz" in paths


def test_figures_name_their_template_and_not_what_was_asked() -> None:
    with TestClient(whole()) as client:
        client.get("/inner/2")
        text = client.get("/metrics").text
    assert 'route="/inner/{key}"' in text
    assert "/inner/2" not in text
