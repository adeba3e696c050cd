"""A pricing service on a real port, over a pricer whose pace the test sets."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI

from common.http.serving.head_deadline import HeadDeadlineProtocol
from common.pricing import PricedItem, PriceRequest, PriceResponse
from common.pricing_api.pricer import Pricer
from common.pricing_api.pricer_app import build_pricer_app
from common.settings import HttpSettings
from pricer.local.ports import free_port
from tests.waiting import until


class SlowPricer:
    """Prices by length, `seconds` a call; counts what was begun and what was given up."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds, self.begun, self.given_up, self.most, self._under_way = seconds, 0, 0, 0, 0

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        self.begun += len(requests)
        self._under_way += len(requests)
        self.most = max(self.most, self._under_way)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.given_up += len(requests)
            raise
        finally:
            self._under_way -= len(requests)
        return [PriceResponse(price=len(each.text), low=1, high=10_000, model="slow@1") for each in requests]


class HastyProtocol(HeadDeadlineProtocol):
    """Waits for a head no longer than a test would."""

    head_seconds = 0.5


class HastierProtocol(HastyProtocol):
    """Nor for a reader."""

    read_seconds = 0.5


@contextmanager
def serving(pricer: SlowPricer, *, rest: int = 5, http: type[HastyProtocol] = HastyProtocol, **settings: object) -> Iterator[int]:
    """The port of a service over `pricer`, ready. `rest`: seconds for which a connection may."""

    async def load(_: FastAPI) -> Pricer:
        return pricer

    app = build_pricer_app("slow", load, HttpSettings.model_validate(settings))
    with running(app, http=http, timeout_keep_alive=rest) as server:
        yield server.config.port


@contextmanager
def running(app: FastAPI, **how: Any) -> Iterator[uvicorn.Server]:
    """A server of `app` on a free port, ready; `how` goes to uvicorn."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, timeout_graceful_shutdown=1, **how))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started and httpx2.get(f"http://127.0.0.1:{port}/readyz").status_code == 200, seconds=120)
    yield server
    server.should_exit = True
    thread.join(20)


class Stream:
    """A caller of POST /price/stream that writes and reads when the test says so."""

    def __init__(self, port: int, headers: str = "") -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        head = (
            "POST /price/stream HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n"
        )
        self.connection.sendall(f"{head}{headers}\r\n".encode())
        self.file = self.connection.makefile("rb")

    def send(self, *descriptions: str) -> None:
        data = "".join(json.dumps({"description": each}) + "\n" for each in descriptions).encode()
        self.connection.sendall(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def end(self) -> None:
        self.connection.sendall(b"0\r\n\r\n")

    def lines(self) -> Iterator[dict[str, object]]:
        """Answers as they come; ends with the response."""
        for line in self.file:
            if line.startswith(b"{"):
                yield json.loads(line)
            elif line == b"0\r\n":
                return

    def close(self) -> None:
        self.file.close()
        self.connection.close()
