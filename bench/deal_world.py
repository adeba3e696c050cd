"""The world around scanner and notifier, for benchmarks: feeds of made-up deals, an ensemble that costs nothing, a phone.

Deals are of goods of the bundled catalogue, in words of our own; the same number gives the same deal in every run.
"""

import csv
import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any

from common.judging import Judgement
from common.pricing import Estimate, PriceResponse

SHOPS = ("Acme Outlet", "Best Corner", "Harbour Goods", "Northside", "Parcel & Co", "Ridge Supply", "Stationers", "Weekday")
_CALLS = ("That's the best price we found by ${gap}.", "You'd pay ${more} elsewhere.", "It was ${more} before.", "A solid offer.")


@dataclass(frozen=True)
class MadeUpDeal:
    """An offer: `street` is what the thing otherwise costs, both in USD."""

    number: int
    name: str
    text: str
    shop: str
    street: float
    price: float

    @property
    def title(self) -> str:
        """As an editor writes it."""
        return f"{self.name} for ${self.price:,.2f} + free shipping"


class Market:
    """Any number of deals, made when asked for."""

    def __init__(self) -> None:
        table = resources.files("frontier_rag").joinpath("catalogue/goods.csv").read_text(encoding="utf-8")
        rows = list(csv.DictReader(table.splitlines()))
        self._goods = [(row["title"], float(row["street"]), row["text"]) for row in rows if row["condition"] == "new"]

    def deal(self, number: int) -> MadeUpDeal:
        """The deal of that number: a product, a shop, and a price that is a bargain in one case of ten."""
        draw = random.Random(number)
        name, street, text = self._goods[number % len(self._goods)]
        price = round(street * (draw.uniform(0.35, 0.55) if number % 10 == 0 else draw.uniform(0.8, 1.1)), 2)
        said = draw.choice(_CALLS).format(gap=max(1, round(street - price)), more=round(max(street, price + 1)))
        return MadeUpDeal(number, name, f"{text}. {said}", draw.choice(SHOPS), street, max(price, 1.0))

    def feed(self, numbers: Sequence[int], now: datetime) -> bytes:
        """These deals as RSS, all published within the last hour."""
        items = "".join(_item(self.deal(number), now) for number in numbers)
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Made up</title>{items}</channel></rss>'.encode()


def _item(deal: MadeUpDeal, now: datetime) -> str:
    published = format_datetime(now - timedelta(seconds=deal.number % 3600))
    return (
        f"<item><title>{escape(deal.title)} @ {escape(deal.shop)}</title><link>https://deals.example/{deal.number}</link>"
        f"<description>{escape(deal.text)}</description><guid>deal-{deal.number}</guid><pubDate>{published}</pubDate></item>"
    )


def judgement_of(worth: float, price: float, sure: float) -> Judgement:
    """Of an offer at `price`, in USD, at no cost; three pricers say what it is worth. `sure`: chance and support."""
    low, high = 0.8 * worth, 1.2 * worth
    said = Estimate(pricer="none", price=worth, low=low, high=high, model="none@1", ms=0.0)
    answer = PriceResponse(price=worth, low=low, high=high, model="none@1", estimates=[said] * 3)
    figures = {"worth": worth, "low": low, "high": high, "saving": worth - price, "chance": sure, "support": sure}
    facts = {"margin": 0.25, "model": "none@1", "evidence": [], "known": True, "identified": True, "answer": answer}
    return Judgement.model_validate(figures | facts)


def judged(request: dict[str, Any]) -> dict[str, Any]:
    """An offer judged: worth is one and a half times what is asked for every third, else what is asked."""
    price = float(request["offer"]["price"])
    worth = price * (1.5 if len(request["title"]) % 3 == 0 else 1.0)
    return judgement_of(worth, price, 0.95 if worth > price else 0.1).model_dump(mode="json")


class World(ThreadingHTTPServer):
    """GET /feeds/NAME gives what `feeds` holds; POST /judge/batch judges; POST /hook is a phone that takes every push."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.feeds: dict[str, bytes] = {}
        self.pushes: list[float] = []  # when each came, by the monotonic clock
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def host(self) -> str:
        """Its address as host:port."""
        return f"127.0.0.1:{self.server_address[1]}"

    def publish(self, name: str, numbers: Sequence[int], market: Market) -> None:
        """Let a feed hold these deals from now on."""
        self.feeds[name] = market.feed(numbers, datetime.now(UTC))


class _Handler(BaseHTTPRequestHandler):
    server: World
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A feed, or that it is ready."""
        feed = self.server.feeds.get(self.path.removeprefix("/feeds/"))
        self._answer(200 if feed is not None or self.path == "/readyz" else 404, feed or b"{}", "application/rss+xml")

    def do_POST(self) -> None:
        """Judgements, or a push taken."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/judge/batch":
            answer = {"results": [judged(each) for each in body["items"]]}
            self._answer(200, json.dumps(answer).encode(), "application/json")
        else:
            self.server.pushes.append(time.monotonic())
            self._answer(200, b"{}", "application/json")

    def _answer(self, status: int, content: bytes, media: str) -> None:
        self.send_response(status)
        self.send_header("content-type", media)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing: it is part of what is measured."""
