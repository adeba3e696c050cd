"""A small world: scanner, Redis, notifier and a phone, under one clock, with feeds and a judge that do as a test says.

Everything is asked through the documented doors, but for whether an alert is on its way, which the gauge in /metrics tells a moment
late. It knows no other table and no class of the services but their applications.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any, Self

from fastapi.testclient import TestClient
from httpx2 import Response

from common.judging import Judgement, JudgeRequest
from notifier.app import Fakes as NotifierFakes
from notifier.app import create_app as create_notifier
from notifier.settings import Settings as NotifierSettings
from scanner.app import Fakes as ScannerFakes
from scanner.app import create_app as create_scanner
from scanner.settings import Settings as ScannerSettings
from tests.integration.alerts.phone import Phone
from tests.unit.scanner.fakes import FakeSource, judgement, rss

START = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
FEED, OTHER = "https://a.example/rss", "https://b.example/rss"


def offer(title: str, number: int = 1, **more: str) -> Callable[[datetime], str]:
    """An item of a feed: `shop`, `category`, `text`; `link` where another than that of its number. Published when it is read."""
    link = more.get("link", f"https://shop{number}.example/{number}")
    shop = more.get("shop", "Best Buy")

    def item(now: datetime) -> str:
        return (
            f"<item><title>{escape(title)}</title><link>{link}</link><guid>{link}</guid><pubDate>{format_datetime(now)}</pubDate>"
            f"<description>{escape(more.get('text', ''))}</description><category>{escape(more.get('category', 'Tools'))}</category>"
            f"<dealnews:retailer>{escape(shop)}</dealnews:retailer></item>"
        )

    return item


Offered = Callable[[datetime], str]


class KnowingJudge:
    """Finds a thing worth what `worth` says of the words in its title, else 200; `says`: the rest of a judgement by such words."""

    def __init__(self) -> None:
        self.worth: dict[str, float] = {}
        self.says: dict[str, dict[str, Any]] = {}

    async def is_ready(self) -> bool:
        return True

    async def judge(self, requests: Sequence[JudgeRequest]) -> Sequence[Judgement | None]:
        return [self._judgement(each) for each in requests]

    def _judgement(self, asked: JudgeRequest) -> Judgement:
        worth = next((worth for words, worth in self.worth.items() if words in str(asked.title)), 200.0)
        more = next((more for words, more in self.says.items() if words in str(asked.title)), {})
        return judgement(worth, asked.offer.price, **more)


class World:
    """`fakes` and `settings`: more of the scanner's; `times`: settings of the notifier. Its first reading is of empty feeds."""

    def __init__(self, folder: Path, redis_url: str, phone: Phone) -> None:
        self.folder, self.redis_url, self.phone = folder, redis_url, phone
        self.now, self.judge = START, KnowingJudge()
        self.source = FakeSource({FEED: rss(), OTHER: rss()})
        self.fakes: dict[str, Any] = {}
        self.settings: dict[str, Any] = {"feeds": f"{FEED},{OTHER}"}
        self.times: dict[str, Any] = {}
        self.scanner: TestClient
        self.notifier: TestClient
        self._running = ExitStack()

    def start(self, **settings: Any) -> Self:
        """Start both, with these settings of the scanner beside those of before."""
        self.settings |= settings
        own: dict[str, Any] = {"database_url": f"sqlite:///{self.folder / 'scanner.sqlite3'}", "interval": 0, "rates_url": "off"}
        fakes: dict[str, Any] = {"source": self.source, "judge": self.judge, "now": lambda: self.now} | self.fakes
        scanner = ScannerSettings(**own | {"redis_url": self.redis_url} | self.settings)
        notifier = NotifierSettings(
            database_url=f"sqlite:///{self.folder / 'notifier.sqlite3'}",
            redis_url=self.redis_url,
            notify_urls=self.phone.address,
            retry_base=0.05,
            probe_first=0.2,
            **self.times,
        )
        is_new = not (self.folder / "scanner.sqlite3").exists()
        self.scanner = self._running.enter_context(TestClient(create_scanner(ScannerFakes(**fakes), scanner)))
        clock = NotifierFakes(now=self._seconds)
        self.notifier = self._running.enter_context(TestClient(create_notifier(clock, notifier)))
        wait(lambda: all(each.get("/readyz").status_code == 200 for each in (self.scanner, self.notifier)))
        if is_new:
            self.read()
        return self

    def _seconds(self) -> float:
        return self.now.timestamp()

    def stop(self) -> None:
        """Stop both; what they keep stays."""
        self._running.close()

    def restart(self, **settings: Any) -> Self:
        """Both stop and start again."""
        self.stop()
        return self.start(**settings)

    def pass_by(self, **time: float) -> None:
        """Let time go by."""
        self.now += timedelta(**time)

    def until(self, moment: str) -> None:
        """Let time go by until this moment in UTC."""
        self.now = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    def see(self, *offers: Offered, feed: str = FEED) -> dict[str, Any]:
        """A scan that finds these in a feed; once all that it told is with the notifier, and sent, held or logged there."""
        self.source.bodies[feed] = rss(*(each(self.now) for each in offers))
        return self.read()

    def read(self) -> dict[str, Any]:
        """A scan of the feeds as they are."""
        path = f"/scans/{self.scanner.post('/scan').json()['scan']}"
        wait(lambda: self.get(path)["state"] != "running")
        self.settle()
        found: dict[str, Any] = self.get(path)
        return found

    def settle(self) -> None:
        """Until no alert is on its way."""
        wait(lambda: self._is_told() and not self._open())

    def _is_told(self) -> bool:
        with closing(sqlite3.connect(self.folder / "scanner.sqlite3", timeout=30)) as database:
            (open_ones,) = database.execute("SELECT count(*) FROM outbox WHERE sent IS NULL").fetchone()
        return bool(open_ones == 0)

    def _open(self) -> list[str]:
        stages = [way["stage"] for each in self.told() for way in each["deliveries"]]
        return [each for each in stages if each in ("waiting", "sending")]

    def told(self) -> list[dict[str, Any]]:
        """All notifications, the newest first."""
        found: list[dict[str, Any]] = self.notifier.get("/notifications", params={"limit": 200}).json()["items"]
        return found

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of the scanner or, where the path is one of its, of the notifier."""
        return checked(self._of(path).get(path, params=params)).json()

    def post(self, path: str, **body: Any) -> Any:
        """The answer to a question with a body."""
        return checked(self._of(path).post(path, json=body)).json()

    def patch(self, path: str, **body: Any) -> Any:
        """The answer to a change."""
        return checked(self._of(path).patch(path, json=body)).json()

    def put(self, path: str, **body: Any) -> Any:
        """The answer to what takes another's place."""
        return checked(self._of(path).put(path, json=body)).json()

    def refused(self, path: str, document: str | None = None, method: str = "POST", kind: str = "", **body: Any) -> str:
        """Why a request is refused, with the field."""
        given: dict[str, Any] = {"json": body} if document is None else {"content": document, "headers": {"Content-Type": kind}}
        answer = self._of(path).request(method, path, **given)
        assert answer.status_code in (400, 409, 413, 415, 422), (answer.status_code, answer.text)
        return answer.text

    def upload(self, path: str, text: str, kind: str) -> Any:
        """The answer to a file."""
        return checked(self._of(path).post(path, content=text, headers={"Content-Type": kind})).json()

    def rules(self, *rules: dict[str, Any]) -> list[int]:
        """These in the place of those that are there; their ids."""
        for each in self.get("/rules")["items"]:
            checked(self.scanner.delete(f"/rules/{each['id']}"))
        return [self.post("/rules", **each)["id"] for each in rules]

    def rule(self, **when: Any) -> int:
        """One rule alone, of these conditions."""
        return self.rules({"name": "Mine", "when": when})[0]

    def deal(self, words: str) -> dict[str, Any]:
        """The listed deal whose title has these words, the newest."""
        return next(each for each in self.get("/deals", limit=100)["items"] if words in each["title"])

    def opportunity(self, words: str) -> dict[str, Any]:
        """The same of an opportunity."""
        found = self.get("/opportunities", limit=100, all=True)["items"]
        return next(each for each in found if words in each["deal"]["title"])

    def _of(self, path: str) -> TestClient:
        theirs = ("/notifications", "/channels", "/times", "/snoozes", "/held", "/test", "/dead")
        return self.notifier if path.startswith(theirs) else self.scanner


def checked(answer: Response) -> Response:
    """It, where all went well."""
    assert answer.status_code < 300, (answer.request.url, answer.status_code, answer.text)
    return answer


def wait(check: Callable[[], Any], seconds: float = 30.0) -> None:
    """Until it holds."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


@contextmanager
def phone() -> Iterator[Phone]:
    """Another one."""
    made = Phone()
    yield made
    made.close()
