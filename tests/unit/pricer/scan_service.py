"""A scanner on loopback whose scan is over at once, and the keys that callers showed it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWERS = {
    "/scan": {"scan": "s1"},
    "/scans/s1": {"id": "s1", "state": "done", "feeds": []},
    "/opportunities?limit=100": {"items": []},
}


@contextmanager
def scan_service() -> Iterator[tuple[str, list[str]]]:
    """Its URL, and the keys in the order in which they came."""
    keys: list[str] = []

    class ScanHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            keys.append(self.headers.get("x-api-key", ""))
            content = json.dumps(ANSWERS[self.path]).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), ScanHandler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", keys
        server.shutdown()
