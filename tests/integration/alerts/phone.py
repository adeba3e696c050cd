"""A phone and a webhook: a server that keeps what is posted to it, body and head, and answers as it is told."""

import http.server
import json
import threading
from typing import Any


class Phone:
    """`address` is what a person would enter as a channel, `webhook` the same for a signed one."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.heads: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.status = 200
        phone = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if phone.status < 300:
                    phone.bodies.append(body)
                    phone.heads.append({name.lower(): value for name, value in self.headers.items()})
                    phone.received.append(json.loads(body))
                self.send_response(phone.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        place = f"127.0.0.1:{self._server.server_address[1]}/token-of-mine"
        self.address, self.webhook = f"json://{place}", f"webhook+http://{place}"

    @property
    def titles(self) -> list[str]:
        """First lines, in the order of their coming."""
        return [str(each["title"]) for each in self.received]

    @property
    def texts(self) -> list[str]:
        """All that is said."""
        return [f"{each['title']}\n{each['message']}" for each in self.received]

    def close(self) -> None:
        """Be there no longer."""
        self._server.shutdown()
        self._server.server_close()
