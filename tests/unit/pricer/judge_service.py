"""A judging service on loopback that keeps what it was sent, and says what the test gives it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWER = {"price": 150.0, "low": 120.0, "high": 190.0, "model": "fake@1"}
JUDGEMENT: dict[str, Any] = {
    **{"worth": 128.4, "low": 119.5, "high": 141.0, "saving": 29.0, "chance": 0.871, "support": 0.6, "margin": 0.25},
    "model": "judge@1",
    "evidence": [
        {"kind": "asked_price", "price": 118.0, "weight": 0.08, "words": "Asked: $99 at Acme Store."},
        {"kind": "next_best", "price": 129.0, "weight": 0.81, "words": "An editor says [so]\x1b[31m."},
        {"kind": "list", "price": 130.0, "weight": 0.11, "words": "Acme Store says the list price is $1,199."},
    ],
    "list_price": {"price": 1199.0, "verdict": "inflated", "chance": 0.001},
    **{"known": True, "identified": False, "answer": ANSWER, "degraded": []},
}


class JudgeService(ThreadingHTTPServer):
    """Answers `answer` with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[dict[str, Any]] = []
        self.status, self.answer = 200, JUDGEMENT

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: JudgeService

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.bodies.append({"path": self.path, **body})
        content = json.dumps(self.server.answer).encode()
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def judge_service() -> Iterator[JudgeService]:
    """The running service."""
    with JudgeService() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()
