"""A whole scanner over a real database and a clock of the test's own, whose review queue and feedback are used over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient

from common.deals import Opportunity
from scanner.app import Fakes, create_app
from scanner.settings import Settings
from tests.integration.scanner.conftest import scan
from tests.unit.scanner.fakes import NOW, FakeJudge, FakeSource, FakeStream, rss
from tests.waiting import until, until_ready

A = "https://a.example/rss"


class Desks:
    """The running scanner. `worth`: what its judge finds everything worth; `pushed`: what its stream got, in order."""

    def __init__(self, url: str) -> None:
        self.url, self.now = url, NOW
        self.source, self.judge, self.stream = FakeSource({A: rss()}), FakeJudge(), FakeStream()
        self.client: TestClient

    @contextmanager
    def running(self) -> Iterator[TestClient]:
        """Start it, and stop it; what it keeps stays."""
        fakes = Fakes(self.source, self.judge, self.stream, now=lambda: self.now)
        settings = Settings(database_url=self.url, feeds=A, interval=0, baseline="recent")
        with TestClient(create_app(fakes, settings)) as self.client:
            until_ready(self.client)
            yield self.client

    def scan(self, *items: str) -> dict[str, Any]:
        """Read these, and judge what can be judged."""
        self.source.bodies = {A: rss(*items)}
        return scan(self.client)

    def pass_by(self, **time: float) -> datetime:
        """Let time go by."""
        self.now += timedelta(**time)
        return self.now

    def get(self, path: str, **params: object) -> Any:
        """The answer's JSON."""
        answer = self.client.get(path, params=params)  # type: ignore[arg-type]
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, status: int = 200, **body: object) -> Any:
        """The same of a question with a body."""
        answer = self.client.post(path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def deal(self, number: int = 1) -> dict[str, Any]:
        """As it is listed."""
        found: dict[str, Any] = next(each for each in self.get("/deals")["items"] if each["id"] == number)
        return found

    def wait_priced(self, number: int = 1) -> dict[str, Any]:
        """The deal, once it is judged."""
        until(lambda: self.deal(number)["state"] != "unpriced", 15)
        return self.deal(number)

    @property
    def pushed(self) -> list[Opportunity]:
        """What was published."""
        return [Opportunity.model_validate_json(row.body) for row in self.stream.rows]

    def wait_pushed(self, count: int) -> list[Opportunity]:
        """The same, once there are so many."""
        until(lambda: len(self.stream.rows) >= count, 15)
        assert len(self.stream.rows) == count
        return self.pushed
