"""Local peers that answer as push services do, so that what a test says of them can be looked at."""

import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Peer:
    """Answers every request with a status and a body; keeps headers and bodies of what came."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    address: str = ""


@contextmanager
def answering(status: int = 200, body: object = b"", **headers: str) -> Iterator[Peer]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    peer = Peer(status, raw, {name.replace("_", "-"): value for name, value in headers.items()})

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came = self.rfile.read(int(self.headers.get("content-length", 0)))
            peer.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}, came))
            self.send_response(peer.status)
            for name, value in {**peer.headers, "Content-Length": str(len(peer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(peer.body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    peer.address = f"127.0.0.1:{server.server_address[1]}"
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
