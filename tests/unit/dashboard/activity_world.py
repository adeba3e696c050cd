"""A world whose services tell what they do, keep the steps of a scan, and say how they are."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2

from common.activity.log import ActivityLog
from common.http.event_stream import event
from tests.unit.dashboard.fakes import NAMES, NOW, World, notification, scan

HOSTILE = "<img src=x onerror=alert(1)>\"'{{7*7}}"


def after(seconds: float) -> str:
    return (NOW + timedelta(seconds=seconds)).isoformat()


def step(name: str, start: float, end: float, of: str = "", **more: Any) -> dict[str, Any]:
    return {"step": name, "start": start, "end": end, "of": of, **more}


def told_item(number: int = 1, **changes: Any) -> dict[str, Any]:
    plain = {
        "deal": number,
        "title": "Cordless drill driver kit, 20 V brushless",
        "feed": "Deals 1",
        "price": 59.99,
        "currency": "USD",
        "state": "priced",
        "reason": None,
        "worth": 129.5,
        "saving": 69.5,
        "chance": 0.92,
        "pricers": [{"pricer": "specialist", "price": 131.0, "ms": 80.0}],
        "opportunity": f"opp-{number}",
        "alerted": True,
        "queued": after(2.1),
        "published": None,
        "stored": after(2.4),
    }
    return plain | changes


def trace(**changes: Any) -> dict[str, Any]:
    spans = [
        step("wait", 0.0, 0.3, "Deals 1"),
        step("fetch", 0.3, 0.9, "Deals 1", facts={"status": 200, "bytes": 48_000}),
        step("fetch", 0.0, 0.7, "Deals 2", problem="answered 503", facts={"status": 503}),
        step("parse", 0.9, 1.1, "Deals 1", facts={"items": 25}),
        step("take in", 1.1, 1.3, "Deals 1", facts={"items": 25, "new": 4}),
        step("judge", 1.3, 1.9, facts={"deals": 4}),
        step("price", 1.3, 1.38, "specialist"),
        step("price", 1.3, 1.75, "frontier-rag"),
        step("price", 1.3, 1.34, "random-forest"),
        step("decide", 1.9, 1.92, facts={"deals": 4}),
        step("store", 1.92, 1.95, facts={"deals": 3}),
        step("choose", 1.95, 2.05, facts={"alerts": 1}),
        step("store", 2.05, 2.1, facts={"deals": 1}),
    ]
    others = {"opportunity": None, "alerted": False, "queued": None, "stored": None}
    items = [
        told_item(1),
        told_item(
            2, title="Robot vacuum with dock", alerted=False, reason="the chance of 71% is less than 90%", queued=None, stored=None
        ),
        told_item(
            3, title="Gift card, $50 for $45", state="skipped", reason="no product", worth=None, saving=None, pricers=[], **others
        ),
        told_item(4, title="Monitor, 27 inch", state="review", reason="two prices are told", worth=None, **others),
    ]
    return {"scan": "s1", "begun": NOW.isoformat(), "spans": spans, "left_out": 0, "items": items, "next": None} | changes


def plan(**changes: Any) -> dict[str, Any]:
    steps = [
        {"tool": "scan", "arguments": "{}", "result": '[{"id": 1}]', "tokens": 910, "dollars": 0.0004},
        {
            "tool": "notify",
            "arguments": '{"deal": 1, "reason": "saves much"}',
            "result": '{"accepted": 1}',
            "tokens": 1840,
            "dollars": 0.0009,
        },
    ]
    whole = {
        "id": "p1",
        "created": NOW.isoformat(),
        "ending": "done",
        "chosen": 1,
        "tokens": 2100,
        "dollars": 0.0011,
        "steps": steps,
    }
    return whole | changes


@dataclass
class ActivityWorld(World):
    """Each service has a log that tests tell; `others`: further answers by path."""

    logs: dict[str, ActivityLog] = field(default_factory=lambda: {name: ActivityLog(name) for name in NAMES})
    others: dict[str, Any] = field(
        default_factory=lambda: {"/scans/s1/trace": trace(), "/plans": {"items": [plan()], "next": None}}
    )
    texts: dict[str, str] = field(default_factory=dict)  # by service: what it shows at /metrics
    abouts: dict[str, dict[str, Any]] = field(default_factory=dict)
    shown: Callable[[str, int], str] | None = None  # of a service at its nth look, in place of `texts`
    looks: Counter[str] = field(default_factory=Counter)

    def tell(self, text: str, agent: str = "scanner", **more: Any) -> None:
        self.logs["scanner"].tell(agent, "test", text, **more)

    def _answer(self, name: str, method: str, path: str) -> httpx2.Response:
        if path == "/activity":
            items, last = self.logs[name].entries.after(None, 200)
            return httpx2.Response(200, json={"items": [each.model_dump(mode="json") for each in items], "next": last})
        if path == "/activity/stream":
            return httpx2.Response(200, content=self._stream(name))
        if path == "/metrics":
            self.looks[name] += 1
            text = self.shown(name, self.looks[name]) if self.shown else self.texts.get(name, "")
            return httpx2.Response(200, text=text, headers={"content-type": "text/plain"})
        if path == "/about" and name in self.abouts:
            return httpx2.Response(200, json=self.abouts[name])
        if path in self.others:
            found = self.others[path]
            return httpx2.Response(404, json={"detail": found}) if isinstance(found, str) else httpx2.Response(200, json=found)
        return super()._answer(name, method, path)

    async def _stream(self, name: str) -> AsyncIterator[bytes]:
        yield b": welcome\n\n"
        with self.logs[name].entries.listening("00000000-0") as entries:
            async for identifier, entry in entries:
                yield event("activity", entry.model_dump_json(), identifier).encode()
                await asyncio.sleep(0)


def busy_world() -> ActivityWorld:
    """A scan has just ended."""
    world = ActivityWorld(
        scans=[scan(started=NOW.isoformat(), finished=after(2.1), items=25, new=4, priced=3, opportunities=2, alerts=1)]
    )
    world.notifications = [notification(1, sent=after(3.0))]
    tell = world.tell
    tell("Scan begins: 2 feeds", topics=("scans",))
    tell("Deals 2 cannot be read: answered 503", level="warning", topics=("feeds",))
    tell("Deals 1: 25 items, 4 new", topics=("feeds", "deals"))
    tell("Asks what 4 deals are worth")
    for agent, text in (
        ("specialist", "Priced 4 texts, the last 4 in 0.08 s"),
        ("random-forest", "Priced 4 texts, the last 4 in 0.04 s"),
        ("frontier-rag", "Priced 4 texts, the last 4 in 0.45 s"),
        ("ensemble", "Priced 4 texts, the last 4 in 0.46 s"),
        ("planner", "The planner is done: 1 chosen in 2 steps, $0.0011"),
    ):
        tell(text, agent)
    tell("Cordless drill driver kit, 20 V brushless at $59.99, worth $129.50, is pushed", opportunity="opp-1")
    tell("Scan done in 2.1 s: 4 new deals, 2 below worth, 1 push", topics=("scans",), scan="s1")
    world.logs["notifier"].tell("messenger", "sent", "Pushed to ntfy (1): Cordless drill driver kit", notification="opp-1")
    world.logs["notifier"].tell("messenger", "not_sent", "Telegram (2) refused it: Cordless drill driver kit", level="error")
    world.logs["notifier"].tell("person", "put_times", "Quiet hours, digests or caps were changed", topics=("times",))
    return world
