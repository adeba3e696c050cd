"""The doors of activity: the list, the stream with what was missed, what changes through other doors, and who is let in."""

import asyncio
import json
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from common.activity.announcing import Said
from common.activity.reading import ServerEvent, read_events
from common.errors import AnswerTooLargeError, NotFoundError
from common.http.app import Front, build_app
from common.settings import HttpSettings


@asynccontextmanager
async def idle(_: FastAPI) -> AsyncIterator[None]:
    yield


async def nothing() -> dict[str, str]:
    return {}


def app_of(keys: str = "") -> FastAPI:
    said = {"POST /things/{thing}": Said("Thing {thing} was changed", ("deals",)), "POST /look": None}
    settings = HttpSettings(api_keys=keys)  # type: ignore[arg-type]
    app = build_app("scanner", lifespan=idle, missing=nothing, settings=settings, front=Front(announcements=said))

    @app.post("/things/{thing}")
    async def change(thing: str) -> str:
        if thing == "none":
            raise NotFoundError("there is none")
        return thing

    @app.post("/look")
    async def look() -> str:
        return ""

    return app


def tell(app: FastAPI, text: str) -> None:
    app.state.activity.tell("scanner", "test", text)


async def stream(app: FastAPI, most: int, **headers: str) -> list[str]:
    """What the stream gives until `most` parts have come; then its reader goes away."""
    parts: list[str] = []
    gone = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            parts.append(str(message["status"]))
        elif message.get("body"):
            parts.append(bytes(message["body"]).decode())
        if len(parts) >= most:
            gone.set()

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in {"host": "localhost", **headers}.items()]
    scope = {"type": "http", "method": "GET", "path": "/activity/stream", "headers": raw, "query_string": b"", "client": ("::1", 1)}
    async with asyncio.timeout(5):
        await app({**scope, "http_version": "1.1", "scheme": "http", "server": ("localhost", 80)}, receive, send)
    return parts


def test_the_list_gives_what_came_after_an_id() -> None:
    app = app_of()
    client = TestClient(app)
    assert client.get("/activity").json() == {"items": [], "next": None}
    tell(app, "one")
    first = client.get("/activity").json()
    tell(app, "two")
    second = client.get("/activity", params={"after": first["next"]}).json()
    assert [each["text"] for each in (*first["items"], *second["items"])] == ["one", "two"]


@pytest.mark.parametrize("query", [{"after": "x"}, {"after": "0123abcd-"}, {"limit": "0"}, {"limit": "1001"}])
def test_a_wrong_question_is_refused(query: dict[str, str]) -> None:
    assert TestClient(app_of()).get("/activity", params=query).status_code == 422


def test_the_stream_gives_what_was_missed_and_ids_to_come_back_with() -> None:
    async def play() -> None:
        app = app_of()
        tell(app, "seen")
        seen = app.state.activity.entries.last
        tell(app, "missed")
        status, welcome, missed = await stream(app, 3, last_event_id=seen)
        assert (status, welcome) == ("200", ": welcome\n\n")
        lines = missed.splitlines()
        assert lines[:2] == [f"id: {app.state.activity.entries.last}", "event: activity"]
        assert json.loads(lines[2].removeprefix("data: "))["text"] == "missed"

    asyncio.run(play())


def test_activity_is_shown_to_who_has_a_key() -> None:
    app = app_of("one")
    client = TestClient(app)
    assert client.get("/activity").status_code == 401
    assert client.get("/activity", headers={"X-API-Key": "one"}).status_code == 200
    assert asyncio.run(stream(app, 1))[0] == "401"
    assert asyncio.run(stream(app, 1, x_api_key="one"))[0] == "200"


def test_a_change_through_a_door_is_told_with_its_topics_and_a_refused_one_is_not() -> None:
    app = app_of()
    client = TestClient(app)
    client.post("/things/7")
    client.post("/things/none")
    client.post("/look")
    (entry,) = client.get("/activity").json()["items"]
    assert (entry["agent"], entry["text"], entry["topics"]) == ("person", "Thing 7 was changed", ["deals"])


async def _parts(*given: bytes) -> AsyncIterator[bytes]:
    for each in given:
        yield each


async def _read(*given: bytes, most: int = 1000) -> list[ServerEvent]:
    return [each async for each in read_events(_parts(*given), most)]


def test_events_are_read_however_their_bytes_are_cut() -> None:
    whole = b": welcome\n\nid: a-1\nevent: activity\ndata: one\ndata: two\r\n\ndata: three\n\nevent: none\n\ndata: lost"
    expected = [ServerEvent("activity", "one\ntwo", "a-1"), ServerEvent("message", "three", "a-1")]
    assert asyncio.run(_read(whole)) == expected
    assert asyncio.run(_read(*(whole[at : at + 1] for at in range(len(whole))))) == expected


@pytest.mark.parametrize("given", [[b"x" * 2000], [b"data: " + b"y" * 600 + b"\n"] * 2])
def test_an_event_without_end_is_given_up(given: list[bytes]) -> None:
    with pytest.raises(AnswerTooLargeError):
        asyncio.run(_read(*given))
