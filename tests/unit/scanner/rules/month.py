"""A scanner that lives through weeks of made-up deals in seconds, under rules of a person's."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any
from zlib import crc32

from fastapi.testclient import TestClient

from common.judging import Judgement, JudgeRequest
from scanner.app import Fakes, create_app
from scanner.settings import Settings
from tests.unit.scanner.fakes import NOW, FakeJudge, FakeSource, FakeStream, judgement, rss
from tests.waiting import until, until_ready

A, B = "https://a.example/rss", "https://b.example/rss"
KINDS = ("OLED TV", "Robot Vacuum", "Cordless Drill", "Espresso Machine", "SSD Drive")
SHOPS = ("Best Buy", "Walmart", "Acme")
CONDITIONS = ("", "Refurbished ", "Used ")


class VaryingJudge(FakeJudge):
    """Judges by what is asked alone, so that the same offer is always judged alike, and others in all ways."""

    async def judge(self, requests: Sequence[JudgeRequest]) -> Sequence[Judgement | None]:
        return [self._judged(each) for each in requests]

    def _judged(self, request: JudgeRequest) -> Judgement:
        dice = random.Random(crc32(f"{request.title} {request.offer.price}".encode()))
        worth = request.offer.price * dice.uniform(0.9, 2.2) if dice.random() > 0.05 else request.offer.price * 20
        chance, support = dice.choice([0.97, 0.93, 0.6]), dice.choice([0.95, 0.9, 0.5])
        return judgement(worth, request.offer.price, chance=chance, support=support)


class Clock:
    """Tells the time that it is set to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Life:
    """The scanner's doors, and what its feeds say."""

    def __init__(self, client: TestClient, clock: Clock, source: FakeSource) -> None:
        self.client, self.clock, self.source = client, clock, source

    def scan(self, **bodies: bytes) -> dict[str, Any]:
        """One scan; `a` and `b`: what the feeds say."""
        self.source.bodies |= {{"a": A, "b": B}[name]: body for name, body in bodies.items()}
        path = f"/scans/{self.client.post('/scan').json()['scan']}"
        until(lambda: self.client.get(path).json()["state"] != "running")
        found: dict[str, Any] = self.client.get(path).json()
        assert found["state"] == "done"
        return found

    def play(self, days: int, seed: int = 1) -> None:
        """A scan a day, with new deals, repeats elsewhere and changed prices."""
        dice, shelf = random.Random(seed), list[dict[str, Any]]()
        for _ in range(days):
            shelf = shelf[-30:] + [_made(dice, self.clock.now) for _ in range(dice.randint(4, 10))]
            for each in dice.sample(shelf, min(3, len(shelf))):
                each["price"] = round(each["price"] * dice.choice([0.7, 0.97, 1.1]), 2)
            if dice.random() < 0.5:
                shelf.append(dice.choice(shelf) | {"number": dice.randrange(10**9), "published": self.clock.now})
            half = len(shelf) // 2
            self.scan(a=rss(*map(_item, shelf[:half])), b=rss(*map(_item, shelf[half:])))
            self.clock.now += timedelta(days=1)

    def rule_alone(self, **rule: Any) -> int:
        """Its id, where it is the only one."""
        for each in self.client.get("/rules").json()["items"]:
            assert self.client.delete(f"/rules/{each['id']}").status_code == 204
        added = self.client.post("/rules", json={"name": "mine", **rule})
        assert added.status_code == 201, added.text
        number: int = added.json()["id"]
        return number

    def pushed(self, rule: int) -> dict[str, bool]:
        """What the rule pushed, by id, and whether in a digest."""
        found, cursor = dict[str, bool](), None
        while True:
            query = {"all": True, "limit": 200, "rule": rule} | ({"cursor": cursor} if cursor else {})
            page = self.client.get("/opportunities", params=query).json()
            found |= {each["id"]: each["digest"] for each in page["items"] if each["why_not"] is None}
            cursor = page["next"]
            if cursor is None:
                return found


@contextmanager
def living(database_url: str, clock: Clock | None = None, **values: Any) -> Iterator[Life]:
    """A scanner at work on a database."""
    clock, source = clock or Clock(), FakeSource({A: rss(), B: rss()})
    fakes = Fakes(source, VaryingJudge(), FakeStream(), now=clock)
    settings = Settings(**{"database_url": database_url, "feeds": f"{A},{B}", "interval": 0} | values)
    with TestClient(create_app(fakes, settings)) as client:
        until_ready(client)
        yield Life(client, clock, source)


def _made(dice: random.Random, now: datetime) -> dict[str, Any]:
    kind, model = dice.choice(KINDS), f"{dice.choice('AB')}{dice.randint(100, 108)}"
    return {
        "number": dice.randrange(10**9),
        "title": f"{dice.choice(CONDITIONS)}Acme {kind} {model}",
        "price": float(dice.randint(20, 900)),
        "shop": dice.choice(SHOPS),
        "text": dice.choice(["A sturdy thing.", "With a bag.", "Bright OLÉD panel."]),
        "published": now - timedelta(hours=dice.choice([1, 20, 100])),
    }


def _item(made: dict[str, Any]) -> str:
    link = f"https://deals.example/{made['number']}.html"
    return (
        f"<item><title>{escape(made['title'])} for ${made['price']:.2f}</title><link>{link}</link><guid>{link}</guid>"
        f"<description>{made['text']}</description><pubDate>{format_datetime(made['published'])}</pubDate>"
        f'<dealnews:price currency="USD">{made["price"]:.2f}</dealnews:price>'
        f"<dealnews:retailer>{made['shop']}</dealnews:retailer></item>"
    )
