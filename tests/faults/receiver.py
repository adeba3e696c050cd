"""A webhook that counts what it took: a push is taken once its whole body is there and the answer is to be 200."""

import http.server
import json
import re
import socket
import threading
import time
from dataclasses import dataclass

_DEAL = re.compile(r"Deal \d+")


@dataclass(frozen=True)
class Taken:
    """A push that was taken. `at` is monotonic."""

    title: str
    id: str
    at: float
    message: str = ""


class Receiver:
    """`manner`: ok, 500, 429, cut (takes it and hangs up), hang (takes it and says nothing). `seconds` go by before it answers.

    With `drops_known` a push whose id was taken before is answered 200 and not taken again, as a receiver that knows ids does.
    """

    def __init__(self, *, drops_known: bool = False, seconds: float = 0.0) -> None:
        self.drops_known, self.seconds, self.manner = drops_known, seconds, "ok"
        self.retry_after = ""
        self.taken: list[Taken] = []
        self.asked: list[float] = []
        self._lock, self._closing = threading.Lock(), threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                receiver.answer(self, body["title"], self.headers["X-Idempotency-Key"] or "", body["message"])

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"json://127.0.0.1:{self._server.server_address[1]}/hook"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def titles(self) -> list[str]:
        """Of the pushes taken, in order."""
        return [each.title for each in self.taken]

    @property
    def told(self) -> list[str]:
        """Of the pushes taken, what each names, be it one deal or a digest of some."""
        return [name for each in self.taken for name in dict.fromkeys(_DEAL.findall(f"{each.title}\n{each.message}"))]

    def answer(self, handler: http.server.BaseHTTPRequestHandler, title: str, identifier: str, message: str) -> None:
        """Decide, wait, answer."""
        self.asked.append(time.monotonic())
        manner = self.manner
        if manner in ("ok", "cut", "hang"):
            self._take(title, identifier, message)
        self._closing.wait(600 if manner == "hang" else self.seconds)
        if manner in ("cut", "hang"):
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        try:
            handler.send_response(200 if manner == "ok" else int(manner))
            if manner == "429" and self.retry_after:
                handler.send_header("Retry-After", self.retry_after)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        except OSError:
            return  # the sender was killed

    def _take(self, title: str, identifier: str, message: str) -> None:
        with self._lock:
            if not (self.drops_known and any(each.id == identifier for each in self.taken)):
                self.taken.append(Taken(title, identifier, time.monotonic(), message))

    def close(self) -> None:
        """Let everybody go."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
