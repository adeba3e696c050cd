"""A dashboard served over HTTP for a browser, the other services played by a fake world full of invented deals."""

import asyncio
import socket
import threading
from datetime import timedelta
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.app import Fakes, create_app
from dashboard.settings import Settings
from tests.unit.dashboard.fakes import NOW, World, channel, estimates, feed, history, notification, opportunity, scan
from tests.waiting import until

# Contrast of every visible piece of text with the nearest opaque ground, after WCAG 2.
CONTRAST = """
const light = (colour) => {
  const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (element) => {
  for (; element; element = element.parentElement) {
    const colour = getComputedStyle(element).backgroundColor;
    if (!/, 0\\)$/.test(colour)) return colour;
  }
  return "rgb(255, 255, 255)";
};
const found = [];
for (const element of document.querySelectorAll("main *, header *, footer")) {
  const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!hasText || element.closest("svg, [disabled]") || !element.getClientRects().length) continue;
  const [one, two] = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a);
  found.push([element.textContent.trim().slice(0, 40), (one + 0.05) / (two + 0.05)]);
}
return found;
"""

# What can be pressed and is smaller than 24 by 24 CSS pixels (WCAG 2.2, 2.5.8), but for links within a sentence.
SMALL_TARGETS = """
const found = [];
for (const element of document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), textarea, select")) {
  const target = element.closest("label") || element;
  const isSentence = element.tagName === "A" && getComputedStyle(element).display === "inline" && element.closest("p");
  if (isSentence || element.matches(".skip") || !element.getClientRects().length) continue;
  const { width, height } = target.getBoundingClientRect();
  if (width < 23.9 || height < 23.9) found.push([element.outerHTML.slice(0, 90), width, height]);
}
return found;
"""
PASSWORD = "a long password, mine"
_HASH = "scrypt:15:8:3:JICRM-88E9x8B0X88IRYAA:SP5gBIpQSrQSh49X7mI8KzqgknXSpi3zvM9ZBoFJITU"


def rich_world() -> World:
    """A morning's worth of deals, all invented."""
    offers = [
        ("Robot vacuum with self-emptying dock, LiDAR mapping and mop, 4000 Pa", 329.0, 612.4, 470.0, 781.0, "Example Home"),
        (
            "Cordless drill driver kit, 20 V brushless, two 2 Ah batteries, charger and bag",
            59.99,
            129.5,
            98.0,
            171.25,
            "Example Tools",
        ),
        ('27" QHD 165 Hz IPS gaming monitor, height-adjustable', 139.99, 218.0, 161.0, 289.0, "Example Electronics"),
        ("Electric guitar starter pack with 10 W amplifier, gig bag, strap and cable", 99.0, 151.0, 105.0, 208.0, "Example Music"),
    ]
    world = World(next="more")
    text = "It lists at $999.99 there and costs $499 at the next best shop. Shipping is free. Your price: $329."
    stated = {1: [("list", 999.99, "seller", "lists at $999.99"), ("next_best", 499.0, "editor", "$499 at the next best shop")]}
    for number, (title, price, estimate, low, high, retailer) in enumerate(offers, 1):
        amounts = {"price": price, "estimate": estimate, "low": low, "high": high, "discount": round(estimate - price, 2)}
        extra: dict[str, Any] = {"estimates": estimates(estimate), "condition": "refurbished" if number == 3 else "new"}
        extra["description"] = text if number == 1 else "Two-speed gearbox, 60 Nm, LED work light, belt clip."
        whole = f"{title}\n{extra['description']}"
        spans = {words: whole.index(words) for *_, words in stated.get(number, [])}
        extra["references"] = [
            {"kind": kind, "price": claim, "said_by": by, "words": words, "start": spans[words], "end": spans[words] + len(words)}
            for kind, claim, by, words in stated.get(number, [])
        ]
        extra["product"] = "p1" if number == 1 else None
        place = {"feed": "demo" if number % 2 == 0 else "https://www.deals.example/rss"}
        world.opportunities.append(opportunity(number, title=title, retailer=retailer, **amounts, **extra, **place))
    world.feeds = [feed(1, title="Deals"), feed(2, title="More deals", last_error="answered 503"), feed(3, url="demo", demo=True)]
    states = ("sent", "failed", "logged")
    world.notifications = [
        notification(number, state=state, error="Telegram (1): error=429" if state == "failed" else "", sent=None)
        for number, state in enumerate(states, 1)
    ]
    deliveries = [
        {"target": "ntfy (1)", "stage": "sent", "error": ""},
        {"target": "Telegram (2)", "stage": "failed", "error": "answered 429 and asked to be left alone for an hour"},
    ]
    world.notifications[1]["deliveries"] = deliveries
    world.deals = [each["deal"] | {"estimate": each["estimate"]} for each in world.opportunities]
    world.history = history(329.0, 449.0, 449.0, 399.0, 479.99, 479.99, 529.0)
    world.channels = [channel("ntfy (1)"), channel("Telegram (2)")]
    world.views = [{"name": "Tools under $100", "query": "q=drill&max_price=100"}]
    world.scans = [scan(finished=(NOW - timedelta(minutes=4)).isoformat())]
    return world


class Served:
    """An application served over HTTP at `url`; `port` 0: any."""

    def __init__(self, app: FastAPI, port: int = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
        app.state.is_stopping = lambda: self._server.should_exit
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True)
        self._thread.start()
        until(lambda: self._server.started)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._listener.close()


class Faults:
    """What lies between the browser and the dashboard: paths that a proxy refuses, and seconds for which it holds others. ASGI."""

    def __init__(self, app: ASGIApp, refused: set[str], delays: dict[str, float]) -> None:
        self.app, self.refused, self.delays = app, refused, delays

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        await asyncio.sleep(self.delays.get(path, 0.0))
        await (Response("away", 502) if path in self.refused else self.app)(scope, receive, send)


class Site(Served):
    """The dashboard, its other services played by `world`; `is_guarded`: by PASSWORD. `refused` and `delays`: see Faults."""

    def __init__(self, is_guarded: bool = False, port: int = 0) -> None:
        self.world, self.refused, self.delays = rich_world(), set[str](), dict[str, float]()
        settings = Settings.model_validate({"password": _HASH} if is_guarded else {})
        app = create_app(Fakes(self.world.clients()), settings)
        app.add_middleware(Faults, refused=self.refused, delays=self.delays)
        super().__init__(app, port)
