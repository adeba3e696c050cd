"""What /metrics tells of every service, and that nobody from outside can make it grow."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from common.errors import UnavailableError
from common.http.app import Front, build_app


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield


async def nothing() -> Mapping[str, str]:
    return {}


def series(client: TestClient) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line and line[0] != "#"}


def app_of(missing: object = nothing, front: Front | None = None) -> FastAPI:
    app = build_app("a-service", lifespan=lifespan, missing=missing, front=front)  # type: ignore[arg-type]

    @app.get("/things/{number}")
    async def things(number: str) -> str:
        return number

    return app


def test_paths_that_callers_make_up_add_no_series() -> None:
    with TestClient(app_of()) as client:
        client.get("/things/1")
        client.get("/nothing/1")
        series(client)  # which is counted itself
        before = {name for name in series(client) if name.startswith("http_")}
        for number in range(50):
            client.get(f"/things/{number}", headers={"Host": "127.0.0.1", "User-Agent": f"agent {number}"})
            client.get(f"/nothing/{number}?q={number}")
        assert {name for name in series(client) if name.startswith("http_")} == before


async def away() -> Mapping[str, str]:
    return {"model": "not loaded"}


async def failing() -> Mapping[str, str]:
    raise UnavailableError("the database is away")


async def hanging() -> Mapping[str, str]:
    await asyncio.sleep(3600)
    return {}


@pytest.mark.parametrize(("missing", "ready"), [(nothing, 1.0), (away, 0.0), (failing, 0.0), (hanging, 0.0)])
def test_readiness_is_told_and_a_part_that_hangs_does_not_keep_the_figures_back(missing: object, ready: float) -> None:
    with TestClient(app_of(missing)) as client:
        assert series(client)["service_ready"] == ready


def test_the_disk_is_that_on_which_the_folder_lies_or_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "not" / "made" / "yet"))
    with TestClient(app_of()) as client:
        found = series(client)
    assert 0 < found["disk_free_bytes"] < found["disk_size_bytes"]


def test_how_long_somebody_listened_is_no_time_to_answer() -> None:
    with TestClient(app_of(front=Front(event_streams=frozenset({"/things/for-ever"})))) as client:
        client.get("/things/for-ever")
        assert not [name for name in series(client) if "http_request_seconds" in name and "things" in name]
        client.get("/things/1")
        assert [name for name in series(client) if "http_request_seconds" in name and "things" in name]
