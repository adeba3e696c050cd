"""A week of a person's alerts, played in a minute and told as a table: python -m bench.week [--messages]; one JSON line last.

The real scanner and notifier in this process, over a real Redis, on a clock that jumps half an hour at a time; feeds, judge
and phone are made up (week_story). A person has set a rule for tools, a watch, quiet hours, a cap, a weekly summary and a snooze,
all through the services' doors. The last line says what came when, and what must never be: a push in the quiet, one told twice.
"""

import argparse
import hashlib
import json
import os
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import structlog
from fastapi.testclient import TestClient

import notifier.app
import notifier.worker
import scanner.app
from bench.deal_world import judgement_of
from bench.deals import running_redis
from bench.week_story import FEEDS, START, ZONE, Item, body, story
from common.judging import Judgement, JudgeRequest
from notifier.pace import Pace
from notifier.settings import Settings as NotifierSettings
from scanner.settings import Settings as ScannerSettings

STEP = timedelta(minutes=30)
DAYS = 7
TITLE = 60  # characters that tell deals apart: a push and a digest cut titles at different lengths
PATIENCE = 60.0  # seconds of the real clock for what a step leads to


class Clock:
    """The time of the story."""

    def __init__(self) -> None:
        self.now = START.astimezone(UTC)

    def moment(self) -> datetime:
        """As the scanner asks for it."""
        return self.now

    def seconds(self) -> float:
        """As the notifier does."""
        return self.now.timestamp()

    @property
    def hour(self) -> float:
        """Since the start."""
        return (self.now - START) / timedelta(hours=1)

    @property
    def local(self) -> datetime:
        """On a person's wall."""
        return self.now.astimezone(ZONE)


@dataclass(frozen=True)
class Message:
    """What came to a channel, and when by a person's clock."""

    at: datetime
    channel: str
    title: str
    body: str

    @property
    def kind(self) -> str:
        """alone, digest, summary or notice."""
        if " together, which save" in self.title:
            return "digest"
        if self.title.startswith("Your week"):
            return "summary"
        return "notice" if self.title.startswith("Feed ") else "alone"

    @property
    def count(self) -> int:
        """Of the deals in it."""
        return int(self.title.split()[0]) if self.kind == "digest" else int(self.kind == "alone")


class World(ThreadingHTTPServer):
    """Serves the feeds as they are at the clock's time, and takes pushes."""

    daemon_threads = True

    def __init__(self, clock: Clock, items: list[Item]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.clock, self.items = clock, items
        self.messages: list[Message] = []
        self.gone: Counter[str] = Counter()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def host(self) -> str:
        """Its address."""
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: World
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A feed, or what is wrong with its server now."""
        name, hour = self.path.rpartition("/")[2].removesuffix(".xml"), self.server.clock.hour
        feed = next(each for each in FEEDS if each.name == name.removeprefix("new-"))
        status = next((status for start, end, status in feed.trouble if start <= hour < end), 200)
        self.server.gone[name] += status == 410
        if status == 301 and name == feed.name:
            self._answer(301, b"", location=f"/feeds/new-{name}.xml")
        elif status in (200, 301):
            content = body(self.server.items, feed.name, hour)
            etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
            is_known = self.headers.get("if-none-match") == etag
            self._answer(304 if is_known else 200, b"" if is_known else content, etag=etag)
        else:
            self._answer(status, b"")

    def do_POST(self) -> None:
        """A push."""
        said = json.loads(self.rfile.read(int(self.headers["content-length"])))
        at = self.server.clock.local
        self.server.messages.append(Message(at, self.path.rpartition("/")[2], said["title"], said["message"]))
        self._answer(200, b"{}")

    def _answer(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/rss+xml")
        self.send_header("content-length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Judge:
    """Knows what each thing of the story is worth."""

    def __init__(self, items: Sequence[Item]) -> None:
        # The longer name first: M10 stands in M100.
        self._worth = {item.title: item.worth for item in sorted(items, key=lambda item: -len(item.title))}

    async def judge(self, requests: Sequence[JudgeRequest]) -> Sequence[Judgement | None]:
        """One each."""
        return [self._judged(request) for request in requests]

    async def is_ready(self) -> bool:
        """Always."""
        return True

    def _judged(self, request: JudgeRequest) -> Judgement:
        title, price = request.title or "", request.offer.price
        worth = next(worth for name, worth in self._worth.items() if name in title)
        return judgement_of(worth, price, 0.95 if price < 0.8 * worth else 0.2)


class QuickSettings(NotifierSettings):
    """Looks for work more often than in life: a step of the story is half an hour."""

    @property
    def pace(self) -> Pace:
        """How channels are served."""
        return Pace(poll=0.05, probe_first=self.probe_first, probe_longest=self.probe_longest)


@dataclass
class Person:
    """The services through their doors."""

    clock: Clock
    world: World
    scanner: TestClient
    notifier: TestClient
    database: Path  # the scanner's
    rows: list[dict[str, Any]] = field(default_factory=list)

    def set_up(self) -> None:
        """What a person does on Monday morning."""
        for name in ("phone", "mail"):
            address = f"json://{self.world.host}/hook/{name}"
            self._do(self.notifier, "POST", "/channels", {"name": name, "address": address, "only_named": name == "mail"})
        times = {"time_zone": "America/New_York", "quiet": ["22:00-07:00"], "daily": 5, "digest_at": "19:00"}
        self._do(self.notifier, "PUT", "/times", times | {"weekly": {"day": "sun", "time": "18:00"}})
        tools = {"feeds": ["tools"], "include": ["saw", "jigsaw", "drill"], "least_percent": 40}
        rule = self._do(self.scanner, "POST", "/rules", {"name": "Tools", "when": tools, "channels": ["mail"], "priority": "low"})
        rest = [each["id"] for each in self._do(self.scanner, "GET", "/rules")["items"] if each["id"] != rule["id"]]
        self._do(self.scanner, "PUT", "/rules/order", {"ids": [rule["id"], *rest]})
        self._do(self.scanner, "POST", "/watchlist", {"text": "65 inch OLED TV under 1200", "channels": ["phone"]})
        for feed in FEEDS:
            schedule = {"cron": feed.cron, "zone": "America/New_York"} if feed.cron else {"every": 900}
            request = {"url": f"http://{self.world.host}/feeds/{feed.name}.xml", "title": feed.name, "schedule": schedule}
            self._do(self.scanner, "POST", "/feeds", request)

    def live(self, steps: int, doings: dict[float, Callable[["Person"], None]]) -> None:
        """Step by step; `doings` at their hours."""
        waiting = sorted(doings)
        for _ in range(steps):
            self.clock.now += STEP
            while waiting and waiting[0] <= self.clock.hour:
                doings[waiting.pop(0)](self)
            self._scan_due()
            self._settle()

    def snooze_tools(self) -> None:
        """Saturday: no tools until Sunday."""
        feed = next(each for each in self._do(self.scanner, "GET", "/feeds")["items"] if each["title"] == "tools")
        self._do(self.notifier, "POST", "/snoozes", {"subject": "feed", "id": feed["id"], "hours": 20})

    def review(self) -> None:
        """Look at what waits: the lower of two prices is right, and nobody sells headphones for five dollars."""
        for each in self._do(self.scanner, "GET", "/review")["items"]:
            if each["why"] == "differ":
                lowest = min(each["candidates"], key=lambda said: said["price"])
                self._do(self.scanner, "POST", f"/review/{each['id']}", {"candidate": lowest["number"]})
            else:
                self._do(self.scanner, "POST", f"/review/{each['id']}", {"drop": True, "note": "a mistake"})

    def _scan_due(self) -> None:
        """Wait for what the scanner begins by itself, and for the rest that is due: it waits by the real clock, and we do not."""
        for feed in self._do(self.scanner, "GET", "/feeds")["items"]:
            is_due = feed["next_try"] and datetime.fromisoformat(feed["next_try"]) <= self.clock.now
            if is_due or feed["state"] == "new":
                answer = self.scanner.post(f"/scan?feed={feed['id']}")
                if answer.status_code == 202:  # else it is gone since it was listed
                    self._wait_for_scan(answer.json()["scan"])

    def _wait_for_scan(self, scan: str) -> None:
        self._until(lambda: self._do(self.scanner, "GET", f"/scans/{scan}")["state"] != "running")

    def _settle(self) -> None:
        """Until all that was found is stored by the notifier, and nothing waits that may go out."""
        self._until(lambda: not _open_alerts(self.database))
        self._until(lambda: not any(each["waiting"] for each in self._do(self.notifier, "GET", "/channels")["items"]))
        self._until(lambda: not self._is_held_due())

    def _is_held_due(self) -> bool:
        held = self._do(self.notifier, "GET", "/held")["items"]
        return any(datetime.fromisoformat(each["next"]) <= self.clock.now for each in held)

    def _until(self, is_so: Callable[[], bool]) -> None:
        wait_until(is_so, f"at {self.clock.local:%a %H:%M} something did not come about")

    def _do(self, client: TestClient, method: str, path: str, request: object = None) -> Any:
        answer = client.request(method, path, json=request)
        if answer.status_code >= 400:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None


def wait_until(is_so: Callable[[], bool], complaint: str) -> None:
    """By the real clock."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit(complaint)
        time.sleep(0.003)


def _open_alerts(database: Path) -> int:
    """How many are on their way to the notifier: the gauge in /metrics tells it a moment late."""
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        return int(connection.execute("SELECT count(*) FROM outbox WHERE sent IS NULL").fetchone()[0])


@contextmanager
def person(folder: Path, clock: Clock) -> Iterator[Person]:
    """Both services, ready."""
    told = story()
    world = World(clock, told.items)
    with ExitStack() as stack:
        os.environ |= {"REDIS_URL": stack.enter_context(running_redis(folder)), "NOTIFY_URLS": "", "SCANNER_RATES_URL": "off"}
        os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'notifier.sqlite3'}"
        to_phone = notifier.app.create_app(notifier.app.Fakes(now=clock.seconds), QuickSettings())
        database, hosts = folder / "scanner.sqlite3", world.host
        settings = ScannerSettings(
            database_url=f"sqlite:///{database}", feeds="demo", interval=0, allow_hosts=hosts, baseline="recent", host_gap=0
        )
        fakes = scanner.app.Fakes(judge=Judge(told.items), now=clock.moment)
        clients = [
            stack.enter_context(TestClient(app, base_url="http://127.0.0.1"))
            for app in (scanner.app.create_app(fakes, settings), to_phone)
        ]
        lived = Person(clock, world, clients[0], clients[1], database)
        for client in clients:
            wait_until(lambda client=client: client.get("/readyz").status_code == 200, "a service is not ready")  # type: ignore[misc]
        for feed in clients[0].get("/feeds").json()["items"]:
            clients[0].delete(f"/feeds/{feed['id']}")  # the demo's deals are not of this week
        yield lived
        world.shutdown()


def table(messages: Sequence[Message], deals: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each day."""
    rows = []
    for day in range(DAYS):
        date = (START + timedelta(days=day)).date()
        seen = [each for each in deals if datetime.fromisoformat(each["published"]).astimezone(ZONE).date() == date]
        came = [each for each in messages if each.at.date() == date]
        kinds = Counter(each.kind for each in came)
        row: dict[str, Any] = {"day": f"{date:%a %d %b}", "deals": len(seen)}
        row |= {"phone": _alone(came, "phone"), "mail": _alone(came, "mail"), "digests": kinds["digest"]}
        row["in digests"] = sum(each.count for each in came if each.kind == "digest")
        row |= {"notices": kinds["notice"], "summaries": kinds["summary"]}
        row["told before"] = sum("pushed" in (each["reason"] or "") or "before" in (each["reason"] or "") for each in seen)
        rows.append(row)
    return rows


def _alone(messages: Sequence[Message], channel: str) -> int:
    return sum(each.kind == "alone" and each.channel == channel for each in messages)


def checks(messages: Sequence[Message], world: World) -> dict[str, Any]:
    """What must be so."""
    told = [(each.channel, line) for each in messages if each.kind in ("alone", "digest") for line in deals_of(each)]
    return {
        "messages": len(messages),
        "in_the_quiet": sum(each.at.hour >= 22 or each.at.hour < 7 for each in messages),
        "told_twice": sum(count > 1 for count in Counter(told).values()),
        "most_alone_on_a_day": max(Counter(each.at.date() for each in messages if _is_capped(each)).values()),
        "asked_after_gone": world.gone["old-shop"] - 1,
        "feed_notices": [each.title for each in messages if each.kind == "notice"],
    }


def _is_capped(message: Message) -> bool:
    return message.kind == "alone" and message.channel == "phone" and "OLED" not in message.title


def deals_of(message: Message) -> list[tuple[str, str]]:
    """The beginning of the title and the price of each deal in it, the same whether it came alone or in a digest."""
    if message.kind == "alone":
        told = [(message.body, message.title)]
    else:
        lines = (line.partition(". ")[2].partition(", worth")[0] for line in message.body.splitlines() if line[:1].isdigit())
        told = [(price, title.rpartition(" at ")[0] or title) for price, _, title in (line.partition(": ") for line in lines)]
    return [(title[:TITLE], price.partition(", worth")[0].removesuffix(".00")) for price, title in told]


def main(argv: Sequence[str] | None = None) -> None:
    """Play and tell; the last line is the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", action="store_true", help="print every message")
    run = parser.parse_args(argv)
    notifier.worker._TIDIED = 1.0  # second: a minute of life is nothing to the story
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    begun, clock = time.perf_counter(), Clock()
    with tempfile.TemporaryDirectory() as name, person(Path(name), clock) as lived:
        lived.set_up()
        steps = DAYS * 24 * 2 + 2  # the week of the change of the clock has an hour more
        lived.live(steps, {2 * 24 + 17.0: Person.review, 5 * 24 + 9.0: Person.snooze_tools})
        messages, deals = lived.world.messages, _all_deals(lived.scanner)
        found = checks(messages, lived.world)
        ledger = lived.scanner.get("/ledger").json()
    rows = table(messages, deals)
    if run.messages:
        for each in messages:
            print(f"{each.at:%a %H:%M} {each.channel:5} {each.title} | {' | '.join(each.body.splitlines())}"[:240])
    print(" | ".join(rows[0]))
    for row in rows:
        print(" | ".join(str(value) for value in row.values()))
    seconds = round(time.perf_counter() - begun, 1)
    print(json.dumps({"bench": "week", "seconds": seconds, "deals": len(deals), **found, "pushed": len(ledger["items"])}))


def _all_deals(client: TestClient) -> list[dict[str, Any]]:
    found, cursor = list[dict[str, Any]](), ""
    while True:
        page = client.get(f"/deals?limit=200{cursor}").json()
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


if __name__ == "__main__":
    main()
