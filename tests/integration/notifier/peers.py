"""Real peers for the notifier: a Redis server that can be stopped and started again, and a webhook that behaves as told."""

import http.server
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis

from common.deals import STREAM, STREAM_FIELD, Opportunity
from pricer.local.redis_server import NoRedisError, find_redis


def poll(condition: Callable[[], object], seconds: float = 40) -> None:
    """Wait until `condition` holds; it may raise while its peer is away."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if condition():
                return
        except (OSError, redis.RedisError):
            pass
        time.sleep(0.02)
    raise AssertionError(f"did not happen within {seconds} s")


class RedisProcess:
    """A server of its own, on a port of its own, with an append-only file."""

    def __init__(self, folder: Path) -> None:
        try:
            found = find_redis(folder)
        except NoRedisError as exc:
            pytest.skip(f"needs Redis: {exc}")
        self.url, self._argv = found.url, [*found.argv, "--appendfsync", "always"]
        self._process: subprocess.Popen[bytes] | None = None
        self.client = redis.Redis.from_url(self.url, socket_timeout=5)

    def start(self) -> None:
        self._process = subprocess.Popen(self._argv, stdout=subprocess.DEVNULL)
        poll(self.client.ping)

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def close(self) -> None:
        self.stop()
        self.client.close()

    def publish(self, *opportunities: Opportunity) -> None:
        for each in opportunities:
            self.client.xadd(STREAM, {STREAM_FIELD: each.model_dump_json()})

    def pending(self) -> int:
        groups: Any = self.client.xinfo_groups(STREAM)
        return sum(int(group["pending"]) for group in groups)

    def is_settled(self) -> bool:
        """Everything published was read and acknowledged."""
        groups: Any = self.client.xinfo_groups(STREAM)
        info: Any = self.client.xinfo_stream(STREAM)
        return bool(groups) and not self.pending() and groups[0]["last-delivered-id"] == info["last-generated-id"]


class Webhook:
    """Collects what Apprise posts, with the id in its header and the time.

    `status` answers; None hangs, "drip" answers byte by byte without an end, "cut" hangs up, "short" in mid-answer,
    "slow" says 200 after two seconds.
    """

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.times: list[float] = []
        self.statuses: list[int | str | None] = []  # for the next requests; afterwards `status`
        self.status: int | str | None = 200
        self.retry_after = ""
        self._free = threading.Event()
        self._server = self._listen(0)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"json://{self.address}/hook"

    def pause(self) -> None:
        """Be away: nobody listens."""
        self._server.shutdown()
        self._server.server_close()

    def resume(self) -> None:
        """Be there again, at the same address."""
        self._server = self._listen(int(self.address.rpartition(":")[2]))

    def _listen(self, port: int) -> http.server.ThreadingHTTPServer:
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                hook.received.append(body | {"path": urlsplit(self.path).path, "id": self.headers["X-Idempotency-Key"]})
                hook.times.append(time.monotonic())
                hook.answer(self, hook.statuses.pop(0) if hook.statuses else hook.status)

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server

    def answer(self, handler: http.server.BaseHTTPRequestHandler, status: int | str | None) -> None:
        if status is None:
            self._free.wait(60)
        elif status == "cut":
            handler.connection.shutdown(socket.SHUT_RDWR)
        elif status == "short":
            handler.send_response(200)
            handler.send_header("Content-Length", "100")
            handler.end_headers()
            handler.connection.shutdown(socket.SHUT_RDWR)
        elif status == "drip":
            handler.send_response(200)
            handler.end_headers()
            while not self._free.wait(0.05):
                try:
                    handler.wfile.write(b"x")
                except OSError:
                    return
        else:
            if status == "slow":
                self._free.wait(2)
            handler.send_response(200 if status == "slow" else int(status))
            if self.retry_after and status == 429:
                handler.send_header("Retry-After", self.retry_after)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

    def titles(self) -> list[str]:
        return [str(body["title"]) for body in self.received]

    def close(self) -> None:
        self._free.set()
        self.pause()
