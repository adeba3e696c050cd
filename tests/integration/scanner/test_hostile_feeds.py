"""Feeds that are down, hang, drip, swell, lie or lead astray: each is reported, and the good one beside them is read."""

import socket
import threading

import pytest

from scanner.feeds.feed_fetcher import MAX_BODY
from tests.integration.scanner.conftest import GOOD, Start, scan
from tests.integration.scanner.peers import BEHAVIOURS, HostileServer, Respond, reply
from tests.unit.scanner.fakes import item, rss

WORDS = {
    "hangs": "within 8 s",
    "drips": "within 8 s",
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
    "busy-for-no-number": "HTTP 429; left alone until",
    "gone": "gone for good",
    "endless-to-parse": "takes too long",
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


@pytest.mark.parametrize("broken", ["&#55357;&#56832;", "&#xD83D;", "&#99999999999;", "&#x110000;", "\x1b", "& &nope; <b>"])
def test_a_feed_with_a_broken_character_is_read_beside_the_good_one(start: Start, server: HostileServer, broken: str) -> None:
    server.answers["odd"] = reply(rss(item("Acme Lamp for $50", number=9)).replace(b"Lamp", f"Lamp {broken}".encode()))
    with start("odd", "good") as client:
        found = scan(client)
        assert [(feed["error"], feed["new"]) for feed in found["feeds"]] == [(None, 1), (None, 2)]
        assert scan(client)["new"] == 0


def test_a_validator_that_cannot_be_sent_back_costs_nobody_the_next_scan(start: Start, server: HostileServer) -> None:
    server.answers["odd"] = reply(GOOD, 'ETag: "caf\u00e9"', "Last-Modified: \u2603")
    for _ in range(2):  # also after a restart, as a validator is kept
        with start("odd", "good") as client:
            assert [feed["error"] for feed in scan(client)["feeds"] + scan(client)["feeds"]] == [None] * 4
    assert "if-none-match" not in "".join(head for path, head in server.requests if path == "odd").lower()


def test_a_feed_that_is_gone_is_reported_and_not_asked_again_until_it_is_resumed(start: Start, server: HostileServer) -> None:
    with start("gone") as client:
        assert "gone for good" in scan(client)["feeds"][0]["error"]
        assert scan(client)["feeds"] == []
    with start("gone") as client:  # also after a restart
        (gone,) = client.get("/feeds").json()["items"]
        assert (gone["state"], gone["next_try"], len(server.requests)) == ("gone", None, 1)
        server.answers["gone"] = reply(GOOD)
        client.patch(f"/feeds/{gone['id']}", json={"paused": False})
        assert scan(client)["new"] == 2


def test_a_feed_that_moved_for_good_is_read_there_from_then_on(start: Start, server: HostileServer) -> None:
    server.answers["old"] = reply(b"", "Location: /good", status="301 Moved")
    with start("old") as client:
        found = scan(client)
        assert (found["new"], found["failed"]) == (2, 0)
        assert found["feeds"][0]["warning"] == f"moved for good to {server.url('good')}"
        assert scan(client)["feeds"][0]["warning"] is None
    with start("old") as client:  # also after a restart, under the address that is listed
        (feed,) = client.get("/feeds").json()["items"]
        assert (feed["url"], feed["moved_to"], feed["state"]) == (server.url("old"), server.url("good"), "well")
    assert [path for path, _ in server.requests] == ["old", "good", "good"]


@pytest.mark.parametrize("where", ["html", "to-private", "broken", "gone"])
def test_a_feed_that_moved_for_good_to_what_is_no_feed_is_asked_where_it_was(
    start: Start, server: HostileServer, where: str
) -> None:
    server.answers["old"] = reply(b"", f"Location: /{where}", status="301 Moved")
    with start("old") as client:
        scan(client)
        assert client.get("/feeds").json()["items"][0]["moved_to"] is None


def test_hosts_are_asked_at_once_and_a_host_one_request_at_a_time(start: Start, server: HostileServer) -> None:
    both, open_now, most = threading.Barrier(2, timeout=10), dict.fromkeys("ab", 0), dict.fromkeys("ab", 0)

    def answer(host: str, *, waits: bool) -> Respond:
        def respond(_: HostileServer, connection: socket.socket) -> None:
            open_now[host] += 1
            most[host] = max(most[host], open_now[host])
            if waits:
                both.wait()  # a request must be open at each host before one is answered
            open_now[host] -= 1
            connection.sendall(reply(GOOD))

        return respond

    server.answers |= {"a1": answer("a", waits=True), "a2": answer("a", waits=False), "b1": answer("b", waits=True)}
    with start("a1", "a2", hosts=("localhost",)) as client:
        client.post("/feeds", json={"url": server.url("b1").replace("127.0.0.1", "localhost")})
        assert scan(client)["failed"] == 0
    assert most == {"a": 1, "b": 1}


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
