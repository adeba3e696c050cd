"""Fixtures of the scanner's integration tests: a hostile web server and a running scanner."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from scanner.app import Fakes, create_app
from scanner.settings import Settings
from tests.integration.scanner.peers import HostileServer, reply
from tests.unit.scanner.fakes import FakeJudge, FakeStream, item_of_today, rss
from tests.waiting import until, until_ready

Start = Callable[..., AbstractContextManager[TestClient]]
GOOD = rss(item_of_today("Acme Drill for $60 + free shipping", price="59.99"), item_of_today("Acme Saw for $40", number=2))


def scan(client: TestClient) -> dict[str, Any]:
    """Scan, and wait for the end."""
    path = f"/scans/{client.post('/scan').json()['scan']}"
    until(lambda: client.get(path).json()["state"] != "running")
    found: dict[str, Any] = client.get(path).json()
    return found


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with_tag = reply(GOOD, 'ETag: "7"', "Content-Type: application/rss+xml")
    running = HostileServer({"good": with_tag})
    yield running
    running.close()


@pytest.fixture
def start(tmp_path: Path, server: HostileServer) -> Start:
    """Start a scanner that really fetches. Redis is real where `redis_url` is given."""

    @contextmanager
    def running(
        *paths: str, judge: FakeJudge | None = None, redis_url: str = "", hosts: tuple[str, ...] = ()
    ) -> Iterator[TestClient]:
        settings = Settings(
            database_url=f"sqlite:///{tmp_path / 'scanner.sqlite3'}",
            feeds=",".join(server.url(path) for path in paths),
            allow_hosts=",".join((server.host, *hosts)),
            interval=0,
            baseline="recent",
            host_gap=0.0,
            fetch_timeout=8.0,
            redis_url=redis_url,
        )
        fakes = Fakes(judge=judge or FakeJudge(), stream=None if redis_url else FakeStream())
        with TestClient(create_app(fakes, settings)) as client:
            until_ready(client)
            yield client

    return running
