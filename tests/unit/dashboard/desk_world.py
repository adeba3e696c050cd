"""What scanner and notifier answer to the pages of the review queue, pushes, the ledger and single feeds."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

NOW = datetime.now(UTC).replace(microsecond=0)


def review(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A deal that waits, of which two prices can be read."""
    candidates = [
        {"number": 1, "price": 89.0, "currency": "USD", "source": "feed", "words": "89.00"},
        {"number": 2, "price": 129.99, "currency": "USD", "source": "rules", "words": "now $129.99"},
    ]
    return {
        "id": number,
        "deal_id": number + 100,
        "opportunity_id": None,
        "why": "differ",
        "reason": "the feed says $89.00, the title $129.99",
        "candidates": candidates,
        "state": "open",
        "created": NOW.isoformat(),
        "closed": None,
        "decision": None,
        "note": None,
        "title": f"Bench grinder {number}, 8 inch, now $129.99",
        "description": "Cast base and two wheels.\nnow $129.99 with the coupon, was $189.",
        "url": f"https://shop.example/grinder/{number}",
        "retailer": "Example Tools",
        "feed": "https://www.deals.example/tools.xml",
        "price": None,
        "currency": "USD",
        "condition": "new",
        "published": (NOW - timedelta(hours=2)).isoformat(),
        "expires": None,
        "estimate": None,
    } | changes


def decided(number: int, **changes: Any) -> dict[str, Any]:
    """A deal whose price a person has picked, and that was not judged yet."""
    picked = {"state": "decided", "closed": NOW.isoformat(), "decision": {"price": 89.0}, "price": 89.0}
    return review(number, **(picked | changes))


def share(name: str, right: int, wrong: int, waiting: int = 0) -> dict[str, Any]:
    """A share with ends of an interval that are round."""
    known = right + wrong
    found = right / known if known else None
    ends = {"share": found, "low": max(0.0, found - 0.1) if found is not None else None, "high": None}
    ends["high"] = min(1.0, found + 0.1) if found is not None else None
    return {"name": name, "right": right, "wrong": wrong, "open": waiting, **ends, "few": known < 20}


def pushed(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A push of which it is known what it came to."""
    later = [{"days": 7, "price": 80.0, "seen": NOW.isoformat(), "why": None}]
    later += [{"days": days, "price": None, "seen": None, "why": f"{days} days are not over"} for days in (30, 90)]
    return {
        "opportunity": f"opp-{number}",
        "product": f"p{number}",
        "title": f"Bench grinder {number}",
        "condition": "new",
        "url": f"https://shop.example/grinder/{number}",
        "retailer": "Example Tools",
        "feed": "https://www.deals.example/tools.xml",
        "asked_by": ["Good deals"],
        "pushed": (NOW - timedelta(days=10 + number)).isoformat(),
        "price": 60.0,
        "saving": 40.0,
        "later": later,
        "usual_later": 80.0,
        "points": 3,
        "held": 20.0,
        "verdict": "right",
        "why": "of the claimed $40.00 $20.00 held",
    } | changes


def ledger(*items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A ledger of these pushes."""
    return {
        "days": 180,
        "pushes": len(items),
        "all": share("all", 30, 10, 5),
        "rules": [share("Good deals", 25, 5, 3), share("OLED", 5, 5)],
        "feeds": [share("https://www.deals.example/tools.xml", 30, 10, 5)],
        "pricers": [share("specialist", 20, 10), share("random-forest", 0, 0, 4)],
        "weeks": [share("2026-11-09", 12, 6), share("2026-11-16", 18, 4), share("2026-11-23", 0, 0, 5)],
        "items": list(items),
    } | changes


def held(number: int = 1, **changes: Any) -> dict[str, Any]:
    """An alert that waits for its digest."""
    times = {"until": (NOW + timedelta(hours=3)).isoformat(), "expires": (NOW + timedelta(hours=20)).isoformat()}
    return {"id": f"held-{number}", "title": f"Table saw {number}", "why": "quiet", **times} | changes


def held_on(channel: str, *items: dict[str, Any], count: int | None = None) -> dict[str, Any]:
    """What a channel holds."""
    return {"channel": channel, "count": len(items) if count is None else count, "next": items[0]["until"], "items": list(items)}


FINDINGS = {
    "ok": True,
    "sentence": "25 items, 19 with a price, newest 3 h old",
    "title": "Tool deals",
    "kind": "RSS",
    "items": 25,
    "with_price": 19,
    "newest": NOW.isoformat(),
    "warning": None,
    "examples": [
        {"title": "A saw for $20", "price": 20.0, "currency": "USD", "kind": "priced"},
        {"title": "Saws from $20", "price": None, "currency": "USD", "kind": "from"},
    ],
    "feeds_found": [],
}


@dataclass
class DeskWorld:
    """What stands behind these pages. `imported`: what becomes of a list; `opml`: what is exported."""

    reviews: list[dict[str, Any]] = field(default_factory=list)
    ledger: dict[str, Any] = field(default_factory=ledger)
    held: list[dict[str, Any]] = field(default_factory=list)
    snoozes: list[dict[str, Any]] = field(default_factory=list)
    findings: dict[str, Any] = field(default_factory=lambda: dict(FINDINGS))
    imported: dict[str, Any] = field(default_factory=lambda: {"added": [], "known": [], "refused": []})
    opml: str = '<opml version="2.0"/>'

    def answer(self, request: httpx2.Request, feeds: list[dict[str, Any]]) -> httpx2.Response | None:
        """What one of these paths answers; None for all others."""
        path, method = request.url.path, request.method
        whole = {
            ("GET", "/ledger"): self.ledger,
            ("GET", "/held"): {"items": self.held},
            ("POST", "/held/send"): {"sent": len(self.held)},
            ("GET", "/snoozes"): {"items": self.snoozes},
            ("POST", "/feeds/test"): self.findings,
            ("POST", "/feeds/opml"): self.imported,
        }
        if (method, path) in whole:
            return httpx2.Response(200, json=whole[method, path])
        if path == "/feeds/export":
            return httpx2.Response(200, text=self.opml, headers={"Content-Type": "text/x-opml"})
        if path.startswith("/review"):
            return self._review(request)
        if path.startswith("/feeds/") and method in ("GET", "PATCH"):
            return _one(feeds, path)
        return None

    def _review(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path == "/review":
            state = request.url.params.get("state")
            return httpx2.Response(200, json={"items": [each for each in self.reviews if each["state"] == state], "next": None})
        if path.endswith("/reopen"):
            path = path.removesuffix("/reopen")
            self._put(path, state="open", closed=None, decision=None)
        elif request.method == "POST":
            is_dropped = b'"drop"' in request.content
            self._put(path, state="dropped" if is_dropped else "decided", closed=NOW.isoformat(), decision={}, price=89.0)
        return _one(self.reviews, path)

    def _put(self, path: str, **changes: Any) -> None:
        for each in self.reviews:
            if path == f"/review/{each['id']}":
                each.update(changes)


def _one(known: list[dict[str, Any]], path: str) -> httpx2.Response:
    found = [each for each in known if str(each["id"]) == path.rpartition("/")[2]]
    return httpx2.Response(200, json=found[0]) if found else httpx2.Response(404, json={"detail": f"nothing is known of {path}"})
