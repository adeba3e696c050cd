"""The sync client's deadline holds against a service whose head comes byte by byte, each before any read's own limit."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from pricing_client import DeadlineError, PricingClient

HEAD = "pricing-client-head"  # the thread that waits for one


@pytest.fixture
def dripping() -> Iterator[str]:
    """Its address. It begins an answer, and goes on with a byte each tenth of a second for as long as somebody reads."""
    is_over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
                while not is_over.wait(0.1):
                    connection.sendall(b"a")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        is_over.set()
        thread.join(20)


def test_a_head_that_drips_is_given_up_at_the_deadline(dripping: str) -> None:
    with PricingClient(dripping) as client:
        started = time.monotonic()
        with pytest.raises(DeadlineError, match="no answer within 1 s"):
            client.price("a lamp", timeout=1)
        assert time.monotonic() - started < 10
    until = time.monotonic() + 20
    while HEAD in [thread.name for thread in threading.enumerate()]:
        assert time.monotonic() < until, "who waits for it outlives its client"
        time.sleep(0.05)
