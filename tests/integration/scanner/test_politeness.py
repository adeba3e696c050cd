"""Two hundred feeds on forty hosts: no host is asked twice at once or within the gap, and all hosts together take little longer."""

import asyncio
import itertools
import socket
import sys
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import pytest

from scanner.address_guard import GuardedTransport
from scanner.deal_data import Feed, ReadFeed
from scanner.feeds.feed_fetcher import HttpFetcher
from scanner.feeds.feed_reader import FeedReader
from scanner.feeds.host_turns import HostTurns, host_of
from scanner.parsing.feed_entry import FeedError, ParsedFeed

HOSTS, FEEDS, LATENCY, GAP = 40, 200, 0.1, 0.5
SLOW = "host-7.example"
NOW = datetime(2026, 11, 21, tzinfo=UTC)


class SlowServer:
    """Answers each request after LATENCY; notes when which began and how many were open, by host. One host never answers."""

    def __init__(self, silent: str = "") -> None:
        self.silent, self.starts = silent, defaultdict[str, list[float]](list)
        self.open, self.most = defaultdict[str, int](int), defaultdict[str, int](int)
        self._lock, self._closing = threading.Lock(), threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=500)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "SlowServer":
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, time.monotonic()), daemon=True).start()

    def _serve(self, connection: socket.socket, start: float) -> None:
        with connection, suppress(OSError):  # the reader hung up on the silent one
            head = connection.recv(65_536).decode("latin-1")
            host = next(line.partition(": ")[2] for line in head.split("\r\n") if line.lower().startswith("host:")).partition(":")[
                0
            ]
            with self._lock:
                self.starts[host].append(start)
                self.open[host] += 1
                self.most[host] = max(self.most[host], self.open[host])
            self._closing.wait(2.9 if host == self.silent else LATENCY)
            with self._lock:
                self.open[host] -= 1
            if host != self.silent:
                moved = f"301 Moved\r\nLocation: http://host-0.example:{self.port}/feed"
                status = moved if " /moved-" in head else "200 OK"
                connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<rss/>".encode())


class NoParser:
    """Finds nothing in a body: what it takes to parse is no part of this."""

    async def parse(self, body: bytes, now: datetime, seconds: float, *, url: str = "", content_type: str = "") -> ParsedFeed:
        return ParsedFeed("", [])


class NotedTurns(HostTurns):
    """Notes when each turn began: a busy machine sends and accepts a request some time later than that."""

    def __init__(self) -> None:
        super().__init__(GAP)
        self.began = defaultdict[str, list[float]](list)

    @asynccontextmanager
    async def of(self, url: str) -> AsyncIterator[None]:
        async with super().of(url):
            self.began[host_of(url)].append(time.monotonic())
            yield

    @property
    def gaps(self) -> list[float]:
        return [after - before for at in self.began.values() for before, after in itertools.pairwise(at)]


async def resolve(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


async def read_all(
    server: SlowServer, turns: NotedTurns, paths: list[tuple[int, str]], seconds: float
) -> tuple[float, list[ReadFeed | BaseException]]:
    """How long it took, and what became of each feed: (host, path). `seconds`: the deadline of each."""
    allowed = frozenset(f"host-{number}.example:{server.port}" for number in range(HOSTS))
    fetcher = HttpFetcher(GuardedTransport(allowed, resolve_host=resolve), seconds, turns)
    reader = FeedReader(fetcher, NoParser(), seconds)
    feeds = [Feed(at, f"http://host-{host}.example:{server.port}/{path}", "") for at, (host, path) in enumerate(paths)]
    began = time.monotonic()
    found = await asyncio.gather(*(reader.read(feed, NOW) for feed in feeds), return_exceptions=True)
    took = time.monotonic() - began
    await fetcher.aclose()
    return took, found


def is_polite(server: SlowServer, turns: NotedTurns) -> bool:
    """One request at a time at each host, each in a turn of its own, and the gap from turn to turn."""
    counts = {host: len(each) for host, each in server.starts.items()}
    is_in_turn = counts == {host: len(each) for host, each in turns.began.items()}
    return is_in_turn and set(server.most.values()) == {1} and min(turns.gaps) >= GAP


def test_two_hundred_feeds_on_forty_hosts_take_little_longer_than_politeness_asks(capsys: pytest.CaptureFixture[str]) -> None:
    turns = NotedTurns()
    with SlowServer() as server:
        paths = [(number % HOSTS, f"feed-{number}") for number in range(FEEDS)]
        took, found = asyncio.run(read_all(server, turns, paths, 1.8))  # less than the last feeds wait for their turns
    assert [each for each in found if not isinstance(each, ReadFeed)] == []
    assert sum(map(len, server.starts.values())) == FEEDS
    bound = (FEEDS // HOSTS - 1) * GAP + LATENCY
    with capsys.disabled():
        sys.stdout.write(
            f"\n{FEEDS} feeds on {HOSTS} hosts: {took:.2f} s, bound {bound:.2f} s, gaps from {min(turns.gaps):.3f} s\n"
        )
    assert is_polite(server, turns)
    assert bound <= took < bound + 4.0


def test_a_host_that_never_answers_holds_up_its_own_feeds_alone() -> None:
    turns = NotedTurns()
    with SlowServer(silent=SLOW) as server:
        paths = [(number % HOSTS, f"feed-{number}") for number in range(2 * HOSTS)]
        _, found = asyncio.run(read_all(server, turns, paths, 3.0))
    assert [number % HOSTS for number, each in enumerate(found) if isinstance(each, FeedError)] == [7, 7]
    first = min(at for starts in server.starts.values() for at in starts)
    others = [at - first for host, starts in server.starts.items() if host != SLOW for at in starts]
    assert max(others) < 2.5  # none of them waited for the deadline of the silent one
    one, two = server.starts[SLOW]
    assert two - one > 2.5  # the second had its whole time after the first


def test_a_redirect_has_its_turn_at_the_host_to_which_it_leads() -> None:
    turns = NotedTurns()
    with SlowServer() as server:
        _, found = asyncio.run(read_all(server, turns, [(number, f"moved-{number}") for number in range(1, 6)], 5.0))
    assert [isinstance(each, ReadFeed) and each.fetched.moved_to is not None for each in found] == [True] * 5
    assert len(server.starts["host-0.example"]) == 5
    assert is_polite(server, turns)
