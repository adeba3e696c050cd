"""Feeds whose items change all the time: new deals, some far below worth, some withdrawn or corrected; and a hostile one.

What a feed shows goes by the clock alone, so that whoever knows the time knows what was published. Knows no service.
"""

import gzip
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Literal
from xml.sax.saxutils import escape

from bench.deal_world import MadeUpDeal, Market
from tests.e2e.hostile_feed import hostile_feed

FEEDS = ("morning", "noon", "evening")
HOSTILE = "hostile"
SHOWN = 240.0  # seconds for which a deal stands in its feed
CHANGED = 45.0  # seconds after which some of them change
Change = Literal["stays", "is over", "is dearer", "is a little less", "is a new low", "is worded anew"]
_CHANGES: tuple[Change, ...] = ("stays", "is over", "stays", "is dearer", "is a little less", "stays", "is a new low")
_HANG = 30.0  # seconds, more than a feed is given


@dataclass(frozen=True)
class Stream:
    """A deal each `every` seconds, from the first on; a bargain is one in ten, as the market has it."""

    every: float
    market: Market

    def numbers(self, now: float) -> range:
        """Of the deals that are shown so many seconds after the beginning."""
        return range(max(0, int((now - SHOWN) / self.every)), int(now / self.every) + 1)

    def read_by(self, now: float, patience: float) -> range:
        """Of those that have stood there for so long that whoever reads the feeds has seen them."""
        return range(max(0, int((now - patience) / self.every)))

    def items(self, feed: str, now: float, begun: datetime) -> Iterator[str]:
        """What that feed shows."""
        for number in self.numbers(now):
            if FEEDS[number % len(FEEDS)] == feed:
                yield item(self.market.deal(number), change_of(number, now - number * self.every), begun, self.every)

    def feed(self, feed: str, now: float, begun: datetime) -> bytes:
        """The same as RSS."""
        head = '<rss version="2.0" xmlns:dealnews="https://www.dealnews.com/ns/rss/1.0.htm">'
        said = "".join(self.items(feed, now, begun))
        return f'<?xml version="1.0"?>{head}<channel><title>Deals of the {feed}</title>{said}</channel></rss>'.encode()


def change_of(number: int, age: float) -> Change:
    """What has become of a deal that has stood there for `age` seconds."""
    if age < CHANGED:
        return "stays"
    return _CHANGES[number // 10 % len(_CHANGES)] if number % 10 == 0 else "is worded anew" if number % 10 == 5 else "stays"


def item(deal: MadeUpDeal, change: Change, begun: datetime, every: float) -> str:
    """The deal as an entry of RSS, after what has become of it."""
    prices = {
        "is dearer": round(deal.street * 1.05, 2),
        "is a little less": round(deal.price * 0.99, 2),
        "is a new low": round(deal.price * 0.8, 2),
    }
    shown = replace(deal, price=prices.get(change, deal.price))
    title = f"{shown.title} @ {shown.shop}{', while it lasts' if change == 'is worded anew' else ''}"
    published = begun + timedelta(seconds=deal.number * every)
    over = f"<dealnews:expires>{format_datetime(published)}</dealnews:expires>" if change == "is over" else ""
    return (
        f"<item><title>{escape(title)}</title><link>{link_of(deal.number)}</link><guid>deal-{deal.number}</guid>"
        f"<description>{escape(deal.text)}</description><pubDate>{format_datetime(published)}</pubDate>{over}</item>"
    )


def link_of(number: int) -> str:
    """The address by which a deal is known again."""
    return f"https://deals.example/{number}"


def hostile_answers(wait: Callable[[], object]) -> tuple[Callable[[], tuple[int, bytes, str]], ...]:
    """Status, body and Content-Encoding of what a hostile server answers, one after the other. `wait` holds the one that hangs."""
    bomb = gzip.compress(b"<rss><channel>" + b" " * 50_000_000)
    laughs = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 9))
    markup = hostile_feed().encode()
    bad: tuple[Callable[[], tuple[int, bytes, str]], ...] = (
        lambda: (200, markup[: len(markup) // 2], ""),
        lambda: (200, f'<!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]><rss><channel><title>&l8;</title></channel></rss>'.encode(), ""),
        lambda: (500, b"oops", ""),
        lambda: (200, bomb, "gzip"),
        lambda: (200, b"\xff\xfe\x00<rss\x00" * 1000, ""),
        lambda: (200, b"<rss><channel>" + b"<item><title>a</title></item>" * 200_000, ""),
        lambda: (200, str(wait()).encode(), ""),
        lambda: (200, b"<html><title>Sign in</title></html>", ""),
    )
    good = (lambda: (200, markup, ""),)
    return tuple(each for one in bad for each in (*good, one))  # in between it is well, or it would soon not be asked any more


class DealFeeds(ThreadingHTTPServer):
    """GET /NAME.xml, of FEEDS or HOSTILE. Deals are due from the construction on, one each `every` seconds."""

    daemon_threads = True

    def __init__(self, every: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stream, self.begun, self._started = Stream(every, Market()), datetime.now(UTC), time.monotonic()
        self._stopped: float | None = None
        self._closing = Event()
        self._hostile = hostile_answers(lambda: self._closing.wait(_HANG))
        self.reads = 0  # of feeds
        self._hostile_reads = 0
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def host(self) -> str:
        """Its address as host:port."""
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def urls(self) -> list[str]:
        """Of all feeds."""
        return [f"http://{self.host}/{name}.xml" for name in (*FEEDS, HOSTILE)]

    @property
    def now(self) -> float:
        """Seconds since the beginning, or until `stop`."""
        return (time.monotonic() if self._stopped is None else self._stopped) - self._started

    def stop(self) -> None:
        """Publish nothing more: the feeds stay as they are."""
        self._stopped = time.monotonic()

    def close(self) -> None:
        """Let everybody go."""
        self._closing.set()
        self.shutdown()
        self.server_close()

    def answer(self, name: str) -> tuple[int, bytes, str]:
        """Status, body and Content-Encoding."""
        self.reads += 1
        if name in FEEDS:
            return 200, self.stream.feed(name, self.now, self.begun), ""
        if name != HOSTILE or self._stopped is not None:
            return 404, b"", ""
        self._hostile_reads += 1
        return self._hostile[self._hostile_reads % len(self._hostile)]()


class _Handler(BaseHTTPRequestHandler):
    server: DealFeeds
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        status, content, encoding = self.server.answer(self.path.removeprefix("/").removesuffix(".xml"))
        try:
            self.send_response(status)
            self.send_header("content-type", "application/rss+xml")
            self.send_header("content-length", str(len(content)))
            if encoding:
                self.send_header("content-encoding", encoding)
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True  # who asked has seen enough, or was killed

    def log_message(self, *_: object) -> None:
        """Nothing."""
