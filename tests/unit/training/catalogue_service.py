"""A pricing service on loopback with faults, for tests that price through workers in other processes."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Item = dict[str, Any]
Fault = Callable[["Service", list[Item]], tuple[int, dict[str, str], object] | None]


def price_of(item: Item) -> Item:
    """An honest answer that depends on the text alone."""
    if item["description"] == "unpriceable":
        return {"error": {"title": "Unprocessable Content", "status": 422, "detail": "no such thing is sold"}}
    price = float(len(item.get("title", "") + item["description"]))
    return {"price": price, "low": price / 2, "high": price * 2, "model": "fake@1"}


def description_of(item: Item) -> Item:
    """A text that tells what it was asked with."""
    name = item.get("title") or item["description"]
    if name == "indescribable":
        return {"error": {"title": "Unprocessable Content", "status": 422, "detail": "nothing in it describes a product"}}
    text = f"{name}: {json.dumps(item.get('facts', {}))}"
    form: Item = {"what": [text], "specifications": [], "in_the_box": [], "not_included": []}
    estimate = {"price": 2.0, "low": 1.0, "high": 3.0, "known": True}
    return {
        "title": name,
        "text": text,
        "form": form,
        "facts": [],
        "left_out": [],
        "refused": [],
        "written_by": "template",
        "item": {"description": text},
        "before": estimate,
        "after": estimate,
        "narrowed": 0.9,
        "model": "local@1",
    }


class Service(ThreadingHTTPServer):
    """`fault` answers in place of the service (status, headers, content), or gives None."""

    daemon_threads = True

    def __init__(self, fault: Fault = lambda service, items: None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.fault = fault
        self.asked: list[str] = []  # descriptions, of priced requests alone
        self.keys: list[str | None] = []
        self.described = 0  # rows
        self.requests = 0
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def running(service: Service) -> Iterator[Service]:
    threading.Thread(target=service.serve_forever, args=(0.05,), daemon=True).start()
    yield service
    service.released.set()
    service.shutdown()
    service.server_close()


class Handler(BaseHTTPRequestHandler):
    """POST /price/batch and /describe/batch."""

    server: Service
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        items = json.loads(self.rfile.read(int(self.headers["content-length"])))["items"]
        self.server.requests += 1
        self.server.keys.append(self.headers.get("x-api-key"))
        fault = self.server.fault(self.server, items)
        if fault:
            self._send(*fault)
            return
        if self.path == "/describe/batch":
            self.server.described += len(items)
            self._send(200, {}, {"results": [description_of(item) for item in items]})
            return
        self.server.asked += [item["description"] for item in items]
        self._send(200, {}, {"results": [price_of(item) for item in items]})

    def _send(self, status: int, headers: dict[str, str], content: object) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", "content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...
