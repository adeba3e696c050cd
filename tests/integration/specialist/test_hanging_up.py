"""A real server, clients that hang up, and a stop while clients wait: nobody is computed for in vain or left unanswered."""

import json
import socket
import threading
from collections.abc import Iterator, Sequence

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI

from common.pricing import PriceRequest, PriceResponse
from common.pricing_api.pricer import Pricer
from common.pricing_api.pricer_app import build_pricer_app
from specialist.batched_pricer import BatchedPricer
from specialist.batching import Limits
from specialist.metrics import BatchingMetrics
from tests.integration.common.front_doors import running
from tests.waiting import until


class GatedPricer:
    """Prices once its gate is open."""

    def __init__(self) -> None:
        self.gate, self.texts = threading.Event(), list[str]()
        self.gate.set()

    def price(self, requests: Sequence[PriceRequest]) -> list[PriceResponse]:
        self.texts += [request.text for request in requests]
        assert self.gate.wait(30)
        return [PriceResponse(price=1, low=1, high=1, model="gated@1") for _ in requests]


@pytest.fixture
def pricer() -> GatedPricer:
    return GatedPricer()


@pytest.fixture
def server(pricer: GatedPricer) -> Iterator[uvicorn.Server]:
    async def load(app: FastAPI) -> Pricer:
        return BatchedPricer(pricer, Limits(batch=4), BatchingMetrics(app.state.metrics.registry))

    with running(build_pricer_app("gated", load)) as server:
        yield server


@pytest.fixture
def port(server: uvicorn.Server) -> int:
    return server.config.port


def ask(port: int, text: str) -> socket.socket:
    """A connection on which a price was asked for."""
    body = json.dumps({"description": text}).encode()
    connection = socket.create_connection(("127.0.0.1", port))
    head = f"POST /price HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


def metric(port: int, line: str) -> bool:
    return line in httpx2.get(f"http://127.0.0.1:{port}/metrics").text


def test_a_client_that_hangs_up_while_waiting_is_not_computed_for(pricer: GatedPricer, port: int) -> None:
    pricer.gate.clear()
    first = ask(port, "first")
    until(lambda: "first" in pricer.texts)
    leaving, staying = ask(port, "leaving"), ask(port, "staying")
    until(lambda: metric(port, "batch_queue_items 2.0"))
    leaving.close()
    until(lambda: metric(port, 'batch_rejected_items_total{reason="gone"} 1.0'))
    pricer.gate.set()
    for connection in (first, staying):
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        connection.close()
    assert pricer.texts[1:] == ["first", "staying"]
    assert metric(port, 'http_requests_total{method="POST",route="/price",status="499"} 1.0')


def test_a_server_that_stops_answers_those_who_wait(pricer: GatedPricer, server: uvicorn.Server, port: int) -> None:
    pricer.gate.clear()
    first = ask(port, "first")
    until(lambda: "first" in pricer.texts)
    second = ask(port, "second")
    until(lambda: metric(port, "batch_queue_items 1.0"))
    server.should_exit = True
    for connection in (first, second):
        answer = b"".join(iter(lambda: connection.recv(10_000), b""))  # noqa: B023 (read before the next connection)
        connection.close()
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"shutting down" in answer
        assert b"retry-after" in answer.lower()
    pricer.gate.set()
