"""A scanner on loopback that answers what the test gives it, and keeps what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def opportunity(number: int, title: str, **values: Any) -> dict[str, Any]:
    """One as GET /opportunities tells it; values of `deal` and of itself."""
    deal = {"title": title, "price": 60.0, "currency": "USD", "url": f"https://deals.example/{number}", "retailer": "Acme Store"}
    deal |= {"feed": "Good Deals", "category": "Tools", "condition": "new"}
    facts = {"id": f"o{number}", "estimate": 100.0, "discount": 40.0, "chance": 0.9, "why_not": None, "review": False}
    inner = {name: value for name, value in values.items() if name in deal}
    return facts | {name: value for name, value in values.items() if name not in deal} | {"deal": deal | inner}


def seen(number: int, title: str, **values: Any) -> dict[str, Any]:
    """One as GET /deals tells it."""
    facts = opportunity(number, title)["deal"] | {"id": number, "estimate": None, "chance": None, "state": "priced", "reason": None}
    return facts | values


class ScannerService(ThreadingHTTPServer):
    """`answers`: by method and path without its query, a body or (status, body); a list stands for pages, told by their cursors."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []
        self.bodies: list[Any] = []
        self.released = threading.Event()  # what hangs goes on

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: ScannerService

    def _answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        self.server.asked.append(f"{self.command} {self.path}")
        self.server.bodies.append(json.loads(self.rfile.read(length)) if length else None)
        path, _, query = self.path.partition("?")
        answer = self.server.answers.get(f"{self.command} {path}", (404, {"detail": f"there is no {path}"}))
        if answer == "hang":
            self.server.released.wait(20)
            return
        if isinstance(answer, list):
            answer = answer[int(query.partition("cursor=")[2] or 0)]
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 (the names that the base class calls)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def scanner_service() -> Iterator[ScannerService]:
    """The running service."""
    with ScannerService() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.released.set()
        server.shutdown()
