"""A web server that serves feeds in every bad way there is, by path. Raw sockets, so that it may break the rules of HTTP."""

import gzip
import socket
import threading
from collections.abc import Callable, Mapping

Respond = Callable[["HostileServer", socket.socket], None]


def reply(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class HostileServer:
    """Answers by path: with fixed bytes, or as a function does. `requests` keeps what was asked, path and head."""

    def __init__(self, answers: Mapping[str, bytes | Respond]) -> None:
        self.answers = {**BEHAVIOURS, **answers}
        self.requests: list[tuple[str, str]] = []
        self.sent = 0  # bytes of the endless bodies
        self.closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://{self.host}/{path}"

    def close(self) -> None:
        self.closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                head = connection.recv(65_536).decode("latin-1")
                path = head.split(" ")[1].lstrip("/") if " " in head else ""
                self.requests.append((path, head))
                answer = self.answers.get(path, reply(b"", status="404 Not Found"))
                if isinstance(answer, bytes):
                    connection.sendall(answer)
                else:
                    answer(self, connection)
            except OSError:
                return  # the reader hung up, as it should on most of these


def _hang(server: HostileServer, _: socket.socket) -> None:
    server.closing.wait(60)


def _drip(server: HostileServer, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n")
    while not server.closing.wait(0.05):
        connection.sendall(b"<")


def _endless(server: HostileServer, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    block = b"x" * 65_536
    while server.sent < 200 * 1024 * 1024 and not server.closing.is_set():
        connection.sendall(block)
        server.sent += len(block)


BOMB = gzip.compress(b"\0" * (200 * 1024 * 1024), 9)
BEHAVIOURS: dict[str, bytes | Respond] = {
    "hangs": _hang,
    "drips": _drip,
    "endless": _endless,
    "declared-200-MB": b"HTTP/1.1 200 OK\r\nContent-Length: 209715200\r\n\r\n",
    "html": reply(b"<!DOCTYPE html><html><body>Please log in</body></html>", "Content-Type: text/html"),
    "empty": reply(b""),
    "gzip-of-nothing": reply(gzip.compress(b""), "Content-Encoding: gzip"),
    "gzip-without-body": reply(b"", "Content-Encoding: gzip"),
    "gzip-bomb": reply(BOMB, "Content-Encoding: gzip"),
    "binary": reply(bytes(range(256)) * 40),
    "cut-short": reply(b"<rss", status="200 OK").replace(b"Content-Length: 4", b"Content-Length: 4000"),
    "not-http": b"220 mail.example ESMTP\r\n",
    "to-private": reply(b"", "Location: http://127.0.0.2:9/secret", status="302 Found"),
    "to-metadata": reply(b"", "Location: http://169.254.169.254/latest/meta-data/", status="301 Moved"),
    "to-file": reply(b"", "Location: file:///etc/passwd", status="302 Found"),
    "to-itself": reply(b"", "Location: /to-itself", status="302 Found"),
    "busy": reply(b"", "Retry-After: 600", status="429 Too Many Requests"),
    "busy-for-no-number": reply(b"", "Retry-After: \u00b2", status="429 Too Many Requests"),
    "gone": reply(b"", status="410 Gone"),
    "endless-to-parse": reply(b"<rss version='2.0'><channel><title>Deals</title>" + b"<item><title>a<b>" * 290_000),
    "broken": reply(b"oops", status="500 Oops"),
}
