"""A service that is told to stop goes on answering for its drain, and says meanwhile that nothing new should come."""

import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx2
import pytest
import uvicorn
from anyio import to_thread
from fastapi import FastAPI

from common.http.app import build_app
from common.http.serving.draining import DrainingServer
from common.http.serving.head_deadline import HeadDeadlineProtocol
from common.pricing_api.pricer_app import build_pricer_app
from common.settings import HttpSettings, ServiceSettings
from pricer.local.ports import free_port
from tests.integration.common.front_doors import SlowPricer, running
from tests.waiting import until

REQUEST = {"description": "abc"}


@contextmanager
def draining(seconds: float, pricer: SlowPricer | None = None) -> Iterator[tuple[DrainingServer, str, threading.Thread]]:
    async def load(_: object) -> SlowPricer:
        return pricer or SlowPricer()

    app = build_pricer_app("slow", load, HttpSettings())
    port = free_port()
    config = uvicorn.Config(app, port=port, log_config=None, http=HeadDeadlineProtocol, timeout_graceful_shutdown=5)
    server = DrainingServer(config, seconds)
    app.state.is_leaving = lambda: server.is_leaving
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{port}"
    until(lambda: server.started and httpx2.get(f"{address}/readyz").status_code == 200)
    yield server, address, thread
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


def test_while_it_drains_it_answers_but_is_not_ready() -> None:
    with draining(3.0) as (server, address, thread), httpx2.Client(base_url=address) as kept:
        assert "connection" not in kept.post("/price", json=REQUEST).headers
        told = time.monotonic()
        server.handle_exit(signal.SIGTERM, None)
        until(lambda: kept.post("/price", json=REQUEST).headers.get("connection") == "close", seconds=2)
        for path in ("/readyz", "/v2/health/ready"):
            assert kept.get(path).status_code == 503
        assert kept.get("/healthz").status_code == 200
        assert kept.post("/price", json=REQUEST).status_code == 200
        thread.join(20)
        assert time.monotonic() - told >= 3.0
        with pytest.raises(httpx2.TransportError):
            kept.get("/healthz")


def test_a_request_under_way_when_the_drain_ends_is_answered() -> None:
    statuses: list[int] = []
    with draining(0.2, SlowPricer(1.5)) as (server, address, thread):
        caller = threading.Thread(
            target=lambda: statuses.append(httpx2.post(f"{address}/price", json=REQUEST, timeout=20).status_code)
        )
        caller.start()
        time.sleep(0.3)
        server.handle_exit(signal.SIGTERM, None)
        thread.join(20)
        caller.join(20)
    assert statuses == [200]


def test_a_request_that_outlasts_the_end_is_told_so() -> None:
    """Of whichever door: a service's own error, not the server's bare 500."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    async def nothing() -> dict[str, str]:
        return {}

    app, found, begun = build_app("slow", lifespan=lifespan, missing=nothing), list[httpx2.Response](), threading.Event()

    @app.post("/fetch")
    async def fetch() -> None:
        begun.set()
        await to_thread.run_sync(time.sleep, 3)

    with running(app) as server:
        address = f"http://127.0.0.1:{server.config.port}/fetch"
        caller = threading.Thread(target=lambda: found.append(httpx2.post(address, json={}, timeout=20)))
        caller.start()
        assert begun.wait(20)
    caller.join(20)
    (answer,) = found
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.json()["detail"] == "the service is shutting down"
    assert answer.headers["retry-after"]


@pytest.mark.parametrize("again", [signal.SIGTERM, signal.SIGINT])
def test_whoever_says_it_twice_does_not_wait(again: signal.Signals) -> None:
    with draining(600.0) as (server, _, thread):
        server.handle_exit(signal.SIGTERM, None)
        time.sleep(0.3)
        assert thread.is_alive()
        server.handle_exit(again, None)
        thread.join(10)
        assert not thread.is_alive()


@pytest.mark.parametrize(("seconds", "first"), [(0.0, signal.SIGTERM), (600.0, signal.SIGINT)])
def test_without_a_drain_or_by_a_person_it_ends_at_once(seconds: float, first: signal.Signals) -> None:
    with draining(seconds) as (server, _, thread):
        server.handle_exit(first, None)
        assert server.is_leaving
        thread.join(10)
        assert not thread.is_alive()


def test_who_ends_a_process_waits_for_its_drain_too(monkeypatch: pytest.MonkeyPatch) -> None:
    without = ServiceSettings().stop_seconds
    monkeypatch.setenv("DRAIN_SECONDS", "20")
    assert ServiceSettings().stop_seconds == without + 20
