"""Bodies that trickle in are given up, and meanwhile others are served."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from common.http.serving.head_deadline import MOST_HEAD
from tests.integration.common.front_doors import HastierProtocol, SlowPricer, serving
from tests.waiting import until

BATCH = b"POST /price/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
HEAD = b"POST /price HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.fixture
def port() -> Iterator[int]:
    with serving(SlowPricer(), http=HastierProtocol, body_seconds=0.3, max_in_flight=8) as port:
        yield port


def is_open(local: int, remote: int) -> bool:
    """Whether the server's process still has its end of a connection, as the kernel tells it (01: established)."""
    ends = f":{remote:04X} 0100007F:{local:04X} 01 "
    return ends in Path("/proc/net/tcp").read_text()


@pytest.mark.parametrize("declared", [b"Content-Length: 5000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"])
def test_a_body_that_does_not_come_ends_in_408_and_a_closed_connection(port: int, declared: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(HEAD + declared)
        answer = b"".join(iter(lambda: connection.recv(10_000), b""))
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in answer.lower()


def test_slow_senders_hold_their_places_for_a_moment_only(port: int) -> None:
    slow = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(8)]
    for connection in slow:
        connection.sendall(HEAD + b"Content-Length: 5000\r\n\r\n{")
    deadline = time.monotonic() + 20
    while httpx2.post(f"http://127.0.0.1:{port}/price", json={"description": "abc"}).status_code != 200:
        assert time.monotonic() < deadline, "the places did not come free"
        time.sleep(0.02)
    for connection in slow:
        connection.close()


@pytest.mark.parametrize("said", [b"", b"POST /pr", HEAD])
def test_a_connection_without_a_whole_head_is_closed(port: int, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(said)
        assert connection.recv(1000) == b""


def test_a_second_head_that_trickles_in_on_a_kept_connection_ends_it(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET /hea")
        assert b"HTTP/1.1" not in b"".join(iter(lambda: connection.recv(1000), b""))


@pytest.mark.parametrize(
    ("asked", "dribbled"),
    [(b"GET /healthz HTTP/1.1\r\n", b"\r\n"), (b"GET /healthz HTTP/1.1\r\nContent-Length: 5000\r\n", b"x")],
    ids=["blank lines", "a body that nobody reads"],
)
def test_what_dribbles_in_after_an_answer_does_not_prolong_the_rest(asked: bytes, dribbled: bytes) -> None:
    with serving(SlowPricer(), rest=1) as port, socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(asked + b"Host: localhost\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        deadline = time.monotonic() + 10
        with suppress(OSError):
            while time.monotonic() < deadline:
                connection.sendall(dribbled)
                time.sleep(0.1)
    assert time.monotonic() < deadline


def unread(port: int) -> socket.socket:
    """A connection that asks for more than the kernel keeps for whoever does not read, and reads none of it."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(20)
    connection.connect(("127.0.0.1", port))
    body = json.dumps({"items": [{"description": "abc"}] * 1000}).encode()
    connection.sendall((BATCH + f"Content-Length: {len(body)}\r\n\r\n".encode() + body) * 40)
    return connection


def test_who_reads_no_answers_holds_its_place_for_a_moment_only(port: int) -> None:
    deaf = [unread(port) for _ in range(8)]
    until(lambda: not any(is_open(connection.getsockname()[1], port) for connection in deaf))
    assert httpx2.post(f"http://127.0.0.1:{port}/price", json={"description": "abc"}).status_code == 200
    for connection in deaf:
        connection.close()


def test_who_reads_slowly_gets_all_answers(port: int) -> None:
    with unread(port) as connection:
        read = bytearray()
        for _ in range(30):  # longer than `read_seconds`
            read += connection.recv(4096)
            time.sleep(0.05)
        while read.count(b'"results"') < 40:
            part = connection.recv(1 << 20)
            assert part
            read += part


def test_who_leaves_with_several_requests_under_way_has_none_of_them_answered() -> None:
    pricer = SlowPricer()
    with serving(pricer) as port:
        pricer.seconds, tried = 60.0, pricer.begun
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall((HEAD + b'Content-Length: 21\r\n\r\n{"description":"abc"}') * 2)
            until(lambda: pricer.begun > tried)
        until(lambda: pricer.given_up == 1)
        assert pricer.begun == tried + 1


def test_a_head_without_end_is_refused_and_its_connection_closed(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        sent = 0
        with suppress(OSError):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
            while sent < 50_000_000:
                sent += connection.send(b"X-More: " + b"y" * 1000 + b"\r\n")
    assert sent < 50_000_000


def test_a_head_that_is_too_long_is_told_so(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-More: ")
        assert httpx2.get(f"http://127.0.0.1:{port}/healthz").status_code == 200  # so the first part was read by now
        connection.sendall(b"y" * (MOST_HEAD + 1))
        assert connection.recv(1000).startswith(b"HTTP/1.1 431")


def test_a_head_of_many_parts_and_some_size_is_served(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
        for _ in range(30):
            connection.sendall(b"X-More: " + b"y" * 1000 + b"\r\n")
        connection.sendall(b"\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_a_head_in_time_may_have_a_slow_answer() -> None:
    with serving(SlowPricer(1.0)) as port:
        assert httpx2.post(f"http://127.0.0.1:{port}/price", json={"description": "abc"}, timeout=20).status_code == 200


def test_a_chunked_body_past_the_limit_is_refused(port: int) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    answer = httpx2.post(f"http://127.0.0.1:{port}/price", content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
