"""What tracing costs: a span where it is off and where it is on, the SDK's import, and requests while the collector hangs.

Run: python -m bench.tracing. An application without work of its own is asked over ASGI, so that what is added shows; each manner in
a process of its own, whose last line is read. The last line is JSON.
"""

import argparse
import asyncio
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx2
from fastapi import FastAPI

from common.http.app import build_app
from common.tracing.span import entry, span
from common.tracing.start import Tracing

MANNERS = ("off", "taken", "away", "hangs")
SPANS, REQUESTS = 100_000, 3_000


@contextmanager
def collector(manner: str) -> Iterator[str]:
    """The address of one that takes all, is away, or accepts connections and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        if manner != "away":
            listening.listen(64)
        if manner == "taken":
            threading.Thread(target=_take, args=(listening,), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def _take(listening: socket.socket) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    """One request after another: head, body of its length, an empty answer."""
    with connection, connection.makefile("rb") as lines:
        while head := lines.readline():
            length = 0
            while head not in (b"\r\n", b""):
                length = int(head.split(b":")[1]) if head.lower().startswith(b"content-length:") else length
                head = lines.readline()
            lines.read(length)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def an_app() -> FastAPI:
    """One route, three steps."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    async def nothing() -> dict[str, str]:
        return {}

    app = build_app("bench", lifespan=lifespan, missing=nothing)

    @app.get("/things/{number}")
    async def things(number: int) -> int:
        """Its number."""
        for name in ("look", "ask", "store"):
            with span(name, {"items": 1}):
                await asyncio.sleep(0)
        return number

    return app


async def requests_of(app: FastAPI) -> list[float]:
    """Milliseconds of each, one after another."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1") as http:
        took = []
        for number in range(REQUESTS):
            begun = time.perf_counter()
            (await http.get(f"/things/{number}")).raise_for_status()
            took.append((time.perf_counter() - begun) * 1000)
    return took


def span_microseconds() -> float:
    """Of this thread's processor time, for one span within another."""
    with entry("outer"):
        begun = time.thread_time()
        for _ in range(SPANS):
            with span("inner"):
                pass
        return (time.thread_time() - begun) / SPANS * 1e6


def measure(manner: str) -> dict[str, object]:
    """In this process, whose environment names the collector."""
    app, before, begun, tracing = an_app(), _resident(), time.perf_counter(), Tracing()
    tracing.start("bench")
    started, grown = (time.perf_counter() - begun) * 1000, _resident() - before
    busy = time.process_time()
    took = sorted(asyncio.run(requests_of(app)))
    busy = time.process_time() - busy
    spans, most, begun = span_microseconds(), _resident(), time.perf_counter()
    tracing.close()
    return {
        "manner": manner,
        "start_ms": round(started, 1),
        "start_mb": round(grown, 1),
        "span_us": round(spans, 2),
        "request_cpu_ms": round(busy / REQUESTS * 1000, 3),
        "request_ms_p50": round(statistics.median(took), 3),
        "request_ms_p99": round(took[int(len(took) * 0.99)], 3),
        "resident_mb": round(most, 1),
        "end_s": round(time.perf_counter() - begun, 2),
    }


def _resident() -> float:
    """Megabytes, at most until now."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured_apart(manner: str) -> dict[str, object]:
    """In a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    with collector(manner) as url:
        told = {} if manner == "off" else {"OTEL_EXPORTER_OTLP_ENDPOINT": url}
        argv = [sys.executable, "-m", "bench.tracing", "--manner", manner]
        done = subprocess.run(argv, env=environment | told, capture_output=True, text=True, timeout=300, check=True)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Measure all manners, or one in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manner", choices=MANNERS, help="measure this one here")
    manner = parser.parse_args().manner
    if manner:
        print(json.dumps(measure(manner)))
        return
    found = [measured_apart(each) for each in MANNERS]
    for each in found:
        print(each)
    print(json.dumps({"bench": "tracing", "spans_of_a_request": 4, "requests": REQUESTS, "manners": found}))


if __name__ == "__main__":
    main()
