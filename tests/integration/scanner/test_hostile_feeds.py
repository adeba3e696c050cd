"""Feeds that are down, hang, drip, swell, lie or lead astray: each is reported, and the good one beside them is read."""

import socket
import threading

import pytest

from scanner.feed_fetcher import MAX_BODY
from tests.integration.scanner.conftest import GOOD, Start, scan
from tests.integration.scanner.peers import BEHAVIOURS, HostileServer, reply

WORDS = {
    "hangs": "within 2 s",
    "drips": "within 2 s",
    "endless": "larger than",
    "declared-200-MB": "larger than",
    "html": "web page",
    "empty": "empty",
    "gzip-of-nothing": "empty",
    "gzip-without-body": "too early",
    "gzip-bomb": "larger than",
    "binary": "not a feed",
    "cut-short": "cannot be fetched",
    "not-http": "cannot be fetched",
    "to-private": "127.0.0.2, which is not a public address",
    "to-metadata": "169.254.169.254, which is not a public address",
    "to-file": "not an http or https",
    "to-itself": "redirects",
    "busy": "HTTP 429",
    "broken": "HTTP 500",
}


def test_every_behaviour_has_its_words() -> None:
    assert set(WORDS) == set(BEHAVIOURS)


@pytest.mark.parametrize("path", sorted(BEHAVIOURS))
def test_a_bad_feed_is_reported_and_the_good_one_is_read(start: Start, path: str) -> None:
    with start(path, "good") as client:
        found = scan(client)
        bad, good = found["feeds"]
        assert found["state"] == "done"
        assert WORDS[path] in bad["error"]
        assert (good["error"], good["new"], found["failed"]) == (None, 2, 1)
        assert client.get("/feeds").json()["items"][0]["last_error"] == bad["error"]


def test_all_feeds_are_fetched_at_once(start: Start, server: HostileServer) -> None:
    everybody = threading.Barrier(3, timeout=10)

    def answer_together(_: HostileServer, connection: socket.socket) -> None:
        everybody.wait()  # three requests must be open before one is answered
        connection.sendall(reply(GOOD))

    server.answers |= dict.fromkeys(("one", "two", "three"), answer_together)
    with start("one", "two", "three") as client:
        assert scan(client)["failed"] == 0


def test_an_endless_body_is_left_soon(start: Start, server: HostileServer) -> None:
    with start("endless") as client:
        scan(client)
        assert server.sent < 8 * MAX_BODY  # what the kernel's buffers took, not 200 MB


def test_what_has_not_changed_is_not_sent_again(start: Start, server: HostileServer) -> None:
    with start("good") as client:
        assert scan(client)["new"] == 2
        server.answers["good"] = b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
        again = scan(client)
    assert 'if-none-match: "7"' in server.requests[-1][1].lower()
    assert (again["feeds"][0]["status"], again["feeds"][0]["error"]) == (304, None)


def test_a_busy_server_is_left_alone_also_after_a_restart(start: Start, server: HostileServer) -> None:
    with start("busy") as client:
        scan(client)
    with start("busy") as client:
        assert "left alone" in scan(client)["feeds"][0]["error"]
    assert len(server.requests) == 1


def test_a_host_that_is_not_allowed_is_never_asked(start: Start, server: HostileServer) -> None:
    with start("good") as client:
        port = server.host.partition(":")[2]
        client.post("/feeds", json={"url": f"http://localhost:{port}/good", "title": "same machine, other name"})
        found = scan(client)
    assert "not a public address" in found["feeds"][1]["error"]
    assert len(server.requests) == 1
