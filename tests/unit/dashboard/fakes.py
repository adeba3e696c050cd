"""The other services as the dashboard sees them: one small fake world behind MockTransport, with products of our own invention."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from common.client import ServiceClient
from dashboard.opportunities.routes import FEEDS
from tests.unit.dashboard import map_world
from tests.unit.dashboard.desk_world import DeskWorld
from tests.unit.dashboard.price_world import PriceWorld

NOW = datetime.now(UTC).replace(microsecond=0)
NAMES = ("ensemble", "specialist", "frontier-rag", "random-forest", "scanner", "notifier")


def estimates(price: float) -> list[dict[str, Any]]:
    shares = {"specialist": 1.06, "frontier-rag": 0.97, "random-forest": 0.88}
    return [
        {
            "pricer": name,
            "price": round(price * share, 2),
            "low": round(price * share**3 * 0.7, 2),
            "high": round(price * 1.4 / share, 2),
            "model": f"{name}@2026-11-21.3fa94c",
            "ms": 12.5,
        }
        for name, share in shares.items()
    ]


SIMILAR = [
    {"title": "Compact brushless drill driver, 18 V, bare tool", "price": 89.0, "similarity": 0.83},
    {"title": "Drill and impact driver combination kit with case", "price": 179.99, "similarity": 0.79},
    {"title": "Hammer drill, corded, 850 W, keyless chuck", "price": 74.5, "similarity": 0.71},
]


EVIDENCE = [
    {"kind": "asked_price", "price": 82.0, "weight": 0.11, "words": "Asked: $59.99 at Example Tools."},
    {"kind": "estimate", "price": 124.0, "weight": 0.27, "words": "3 pricers say $124 ($92 to $167); similar ones $75 to $180."},
    {"kind": "next_best", "price": 130.0, "weight": 0.62, "words": "An editor says the lowest price elsewhere is $130."},
]


def opportunity(number: int = 1, **changes: Any) -> dict[str, Any]:
    deal = {
        "title": "Cordless drill driver kit, 20 V brushless, two 2 Ah batteries, charger and bag",
        "description": "Two-speed gearbox, 60 Nm, LED work light, belt clip.",
        "price": 59.99,
        "currency": "USD",
        "url": f"https://shop.example/deal/{number}",
        "retailer": "Example Tools",
        "feed": "https://www.deals.example/tools.xml",
        "published": (NOW - timedelta(hours=3)).isoformat(),
        "expires": (NOW + timedelta(days=2)).isoformat(),
        "condition": "new",
        "references": [],
        "category": "",
    }
    found = {
        "id": f"opp-{number}",
        "estimate": 129.5,
        "low": 98.0,
        "high": 171.25,
        "discount": 69.51,
        "chance": 0.924,
        "evidence": EVIDENCE,
        "list_price": None,
        "why_not": None,
        "review": False,
        "dismissed": False,
        "pushed": True,
        "feedback": None,
        "feed_id": 1,
        "product": None,
        "matches": [],
        "withdrawn": None,
        "estimates": estimates(129.5),
        "similar": SIMILAR,
        "created": NOW.isoformat(),
    }
    return (
        found
        | {key: value for key, value in changes.items() if key in found}
        | {"deal": deal | {key: value for key, value in changes.items() if key in deal}}
    )


def feed(number: int = 1, **changes: Any) -> dict[str, Any]:
    plain = {"id": number, "url": f"https://www.deals.example/{number}.xml", "title": f"Deals {number}", "currency": "USD"}
    state = {"last_fetched": NOW.isoformat(), "last_status": 200, "last_error": None, "demo": False}
    return plain | state | changes


def notification(number: int = 1, **changes: Any) -> dict[str, Any]:
    times = {"created": NOW.isoformat(), "updated": NOW.isoformat(), "sent": NOW.isoformat()}
    state = {"id": f"opp-{number}", "state": "sent", "attempts": 1, "error": "", **times}
    return state | {"opportunity": opportunity(number)} | changes


def channel(label: str = "ntfy (1)", **changes: Any) -> dict[str, Any]:
    plain = {"label": label, "problem": "", "failing_since": None, "waiting": 0, "unknown": 0, "expired": 0, "failed": 0}
    return plain | changes


def scan(state: str = "done", **changes: Any) -> dict[str, Any]:
    over = None if state == "running" else NOW.isoformat()
    feeds = [{"feed": "Deals 1", "status": 200, "new": 7, "error": None}]
    return {"id": "s1", "state": state, "started": NOW.isoformat(), "finished": over, "feeds": feeds} | changes


def price_answer(**changes: Any) -> dict[str, Any]:
    answer = {"price": 1234.56, "low": 980.0, "high": 1600.0, "currency": "USD", "model": "ensemble@2026-11-21.3fa94c"}
    return answer | {"estimates": estimates(1234.56), "degraded": [], "similar": SIMILAR} | changes


def history(*prices: float) -> dict[str, Any]:
    """What a product was offered for, newest first, a day apart."""
    offers = [
        {"price": price, "retailer": "Example Tools", "offered": (NOW - timedelta(days=day)).isoformat(), "opportunity": None}
        for day, price in enumerate(prices)
    ]
    figures = {"lowest": min(prices), "usual": sorted(prices)[len(prices) // 2], "last": prices[0], "points": len(prices)}
    return figures | {"score": 7.5, "low_confidence": len(prices) < 14, "items": offers, "next": None}


@dataclass
class World:
    """What the services answer. A service in `down` cannot be reached; `broken` answers what is no JSON."""

    opportunities: list[dict[str, Any]] = field(default_factory=list)
    deals: list[dict[str, Any]] = field(default_factory=list)
    feeds: list[dict[str, Any]] = field(default_factory=lambda: [feed()])
    scans: list[dict[str, Any]] = field(default_factory=lambda: [scan()])
    notifications: list[dict[str, Any]] = field(default_factory=list)
    channels: list[dict[str, Any]] = field(default_factory=list)
    dead: list[dict[str, Any]] = field(default_factory=list)
    lacks: dict[str, str] = field(default_factory=dict)
    away: dict[str, dict[str, str]] = field(default_factory=dict)  # of what is ready all the same
    down: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    # path of a POST or PATCH -> status, detail and, where it is not url, the field
    refusals: dict[str, tuple[int, str] | tuple[int, str, str]] = field(default_factory=dict)
    price: dict[str, Any] = field(default_factory=price_answer)
    resent: dict[str, Any] = field(default_factory=lambda: notification(state="pending"))
    test: dict[str, Any] = field(default_factory=lambda: {"sent": True, "detail": "the test push went out to 1 of 1 addresses"})
    calls: list[tuple[str, str, str, Any]] = field(default_factory=list)
    next: str | None = None
    desk: DeskWorld = field(default_factory=DeskWorld)
    pricing: PriceWorld = field(default_factory=PriceWorld)
    views: list[dict[str, Any]] = field(default_factory=list)
    history: dict[str, Any] | None = None
    map: str = ""  # the version that frontier-rag has
    feed_key: dict[str, Any] = field(default_factory=dict)
    levels: dict[str, Any] = field(default_factory=lambda: {"weeks": 26, "items": []})
    models: dict[str, Any] = field(default_factory=dict)  # GET /models by service, and GET /drift of the scanner as drift

    def clients(self) -> dict[str, ServiceClient]:
        """A client for each service."""
        return {name: ServiceClient(name, f"http://{name}", transport=httpx2.MockTransport(self._handler(name))) for name in NAMES}

    def asked(self, method: str) -> list[tuple[str, str, Any]]:
        """Calls of one method: service, path and body."""
        return [(name, path, body) for name, verb, path, body in self.calls if verb == method]

    def _handler(self, name: str) -> Callable[[httpx2.Request], httpx2.Response]:
        def handle(request: httpx2.Request) -> httpx2.Response:
            is_json = "json" in request.headers.get("content-type", "json")
            body = json.loads(request.content) if request.content and is_json else request.content.decode() or None
            target = request.url.raw_path.decode()
            self.calls.append((name, request.method, target, body))
            if name in self.down:
                raise httpx2.ConnectError("connection refused")
            if name in self.broken:
                return httpx2.Response(200, content=b"<html>")
            path = request.url.path
            if path in FEEDS:
                return self._feed(request)
            if request.method in ("POST", "PATCH") and path in self.refusals:
                return _refusal(*self.refusals[path])
            if path == "/places":
                return map_world.places(self.map, body)
            known = self.desk.answer(request, self.feeds) or self.pricing.answer(path, body, self.price)
            return known or self._answer(name, request.method, path)

        return handle

    def _feed(self, request: httpx2.Request) -> httpx2.Response:
        """Of the list, under the address by which the scanner was told that it is had."""
        if request.url.params.get("key", "good") != "good":
            return httpx2.Response(401, json={"title": "T", "detail": "the key in this address is not valid"})
        if request.headers.get("if-none-match") == '"1"':
            return httpx2.Response(304, headers={"ETag": '"1"'})
        at = f"{request.headers['x-forwarded-proto']}://{request.headers['x-forwarded-host']}{request.url.raw_path.decode()}"
        return httpx2.Response(200, text=f"<rss>{at}</rss>", headers={"Content-Type": "application/rss+xml", "ETag": '"1"'})

    def _answer(self, name: str, method: str, path: str) -> httpx2.Response:
        if path == "/readyz":
            lack = self.lacks.get(name)
            ready = {"status": "ready", "service": name, **self.away.get(name, {})}
            return httpx2.Response(503 if lack else 200, json={"detail": lack} if lack else ready)
        lists = {
            "/opportunities": self.opportunities,
            "/deals": self.deals,
            "/feeds": self.feeds,
            "/scans": self.scans,
            "/notifications": self.notifications,
            "/channels": self.channels,
            "/dead": self.dead,
            "/views": self.views,
        }
        if method == "GET" and path in lists:
            return httpx2.Response(200, json={"items": lists[path], "next": self.next})
        told = {"/price-levels": self.levels, "/models": self.models.get(name), "/drift": self.models.get("drift")}
        if path in told:
            return httpx2.Response(200, json=told[path]) if told[path] else _refusal(503, f"{name} is still loading")
        if method == "GET" and path.startswith("/products/"):
            return httpx2.Response(200, json=self.history) if self.history else _refusal(404, "there is no such product")
        ones = {"/opportunities/": self.opportunities, "/notifications/": self.notifications, "/scans/": self.scans}
        for prefix, known in ones.items():
            if method == "GET" and path.startswith(prefix):
                one = [each for each in known if path == f"{prefix}{each['id']}"]
                return httpx2.Response(200, json=one[0]) if one else _refusal(404, f"nothing is known of {path}")
        push = {
            "/push/key": {"key": "BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ"}
        }  # 65 bytes, each a 4
        done = push | {
            "/feed-keys": self.feed_key,
            "/price": self.price,
            "/test": self.test,
            "/notifications/opp-1/resend": self.resent,
        }
        return httpx2.Response(200, json=done.get(path, {"scan": "s1"}))


def _refusal(status: int, detail: str, field: str = "url") -> httpx2.Response:
    return httpx2.Response(status, json={"title": "T", "detail": detail, "errors": [{"field": field, "message": detail}]})
