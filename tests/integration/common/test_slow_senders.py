"""Bodies that trickle in are given up, and meanwhile others are served."""

import socket
import time
from collections.abc import Iterator

import httpx2
import pytest

from tests.integration.common.front_doors import SlowPricer, serving

HEAD = b"POST /price HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.fixture
def port() -> Iterator[int]:
    with serving(SlowPricer(), body_seconds=0.3, max_in_flight=8) as port:
        yield port


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


def test_a_head_in_time_may_have_a_slow_answer() -> None:
    with serving(SlowPricer(1.0)) as port:
        assert httpx2.post(f"http://127.0.0.1:{port}/price", json={"description": "abc"}, timeout=20).status_code == 200


def test_a_chunked_body_past_the_limit_is_refused(port: int) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    answer = httpx2.post(f"http://127.0.0.1:{port}/price", content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
