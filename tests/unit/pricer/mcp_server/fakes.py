"""Services that answer what a test gives them, and what they were asked."""

import asyncio
from collections.abc import Callable
from typing import Any

from common.errors import NotFoundError

PRICE: dict[str, Any] = {
    **{"price": 129.0, "low": 90.0, "high": 171.5, "currency": "USD", "model": "ensemble@1", "known": True, "degraded": []},
    "estimates": [{"pricer": "specialist", "price": 120.0, "low": 80.0, "high": 170.0, "model": "s@1", "ms": 3.0, "weight": 0.4}],
    "similar": [{"title": f"Acme drill {n}", "price": 100.0 + n, "similarity": 0.9, "match": "similar"} for n in range(8)],
}
JUDGEMENT: dict[str, Any] = {
    **{"worth": 128.4, "low": 119.5, "high": 141.0, "saving": 29.0, "chance": 0.871, "support": 0.6, "margin": 0.25},
    **{"model": "judge@1", "known": True, "identified": False, "answer": PRICE, "degraded": []},
    "evidence": [
        {"kind": "asked_price", "price": 118.0, "weight": 0.08, "words": "Asked: $99 at Acme Store."},
        {"kind": "next_best", "price": 129.0, "weight": 0.81, "words": "An editor says so."},
    ],
    "list_price": {"price": 1199.0, "verdict": "inflated", "chance": 0.001},
}


def deal(title: str = "Acme Drill for $60", **values: Any) -> dict[str, Any]:
    """A deal within an opportunity."""
    given = {"title": title, "description": "A drill.", "price": 60.0, "currency": "USD", "url": "https://deals.example/1"}
    rest = {"retailer": "Acme", "feed": "Deals", "published": "2026-11-30T10:00:00+00:00", "condition": "new", "category": "Tools"}
    return given | rest | values


def opportunity(identifier: str = "a-1", title: str = "Acme Drill for $60", **values: Any) -> dict[str, Any]:
    """As the scanner tells it; `deal` holds more of the deal."""
    more = values.pop("deal", {})
    given = {"id": identifier, "deal": deal(title, **more), "estimate": 200.0, "low": 150.0, "high": 260.0, "discount": 120.0}
    return given | {"chance": 0.93, "why_not": None, "review": False, "evidence": JUDGEMENT["evidence"]} | values


def seen(title: str, **values: Any) -> dict[str, Any]:
    """A deal as GET /deals tells it."""
    judged = {"id": 7, "state": "priced", "reason": None, "estimate": 100.0, "low": 80.0, "high": 130.0, "chance": 0.6}
    return deal(title) | judged | values


class FakePeer:
    """Answers by path; an exception is raised instead, and a function is asked with what was sent."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {f"/{path.replace('__', '/')}": answer for path, answer in answers.items()}
        self.asked: list[tuple[str, str, Any]] = []

    async def get(self, path: str, **params: str) -> object:
        return self._answer("GET", path, params)

    async def post(self, path: str, body: object = None) -> object:
        return self._answer("POST", path, body)

    def _answer(self, method: str, path: str, sent: Any) -> object:
        self.asked.append((method, path, sent))
        answer = self.answers.get(f"{method} {path}", self.answers.get(path, NotFoundError("there is no such thing")))
        if isinstance(answer, Exception):
            raise answer
        return answer(sent) if isinstance(answer, Callable) else answer  # type: ignore[arg-type]


class HangingPeer:
    """Never answers; counts who gave up."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.given_up = 0

    async def get(self, path: str, **params: str) -> object:
        return await self._hang()

    async def post(self, path: str, body: object = None) -> object:
        return await self._hang()

    async def _hang(self) -> object:
        self.asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        raise AssertionError
