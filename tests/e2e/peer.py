"""The outside world of the end-to-end tests: serves feeds, and keeps what is posted to /hook. Standard library alone.

Run: python peer.py HOST PORT FOLDER; it serves FOLDER/*.xml under /feeds/ and answers GET /received with a JSON list.
"""

import hashlib
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Peer(ThreadingHTTPServer):
    """Feeds from a folder and a list of received notifications."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], folder: Path) -> None:
        super().__init__(address, PeerHandler)
        self.folder = folder
        self.received: list[object] = []


class PeerHandler(BaseHTTPRequestHandler):
    """One request of the scanner, the notifier or the test."""

    server: Peer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/received":
            self._answer(200, json.dumps(self.server.received).encode(), "application/json")
            return
        path = self.server.folder / Path(self.path).name
        if not self.path.startswith("/feeds/") or not path.is_file():
            self._answer(404, b"", "text/plain")
            return
        content = path.read_bytes()
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        if self.headers.get("if-none-match") == etag:
            self._answer(304, b"", "application/rss+xml", etag)
        else:
            self._answer(200, content, "application/rss+xml", etag)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.received.append(json.loads(body))
        self._answer(200, b"{}", "application/json")

    def _answer(self, status: int, content: bytes, media: str, etag: str = "") -> None:
        self.send_response(status)
        self.send_header("content-type", media)
        self.send_header("content-length", str(len(content)))
        if etag:
            self.send_header("etag", etag)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None: ...


if __name__ == "__main__":
    Peer((sys.argv[1], int(sys.argv[2])), Path(sys.argv[3])).serve_forever()
