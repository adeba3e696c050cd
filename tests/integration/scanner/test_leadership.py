"""Several scanners on one PostgreSQL: one scans, all serve; who is killed or frozen is replaced, and writes nothing after."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from common.database import open_engine
from common.errors import UnavailableError
from pricer.local.ports import free_port
from scanner.store.leader_store import LeaderStore
from tests.integration.postgres import PostgresProcess
from tests.integration.scanner.peers import HostileServer, reply
from tests.unit.scanner.fakes import item_of_today, rss
from tests.waiting import until

FEED = reply(rss(item_of_today("Acme Drill for $60 + free shipping", price="59.99"), item_of_today("Acme Saw for $40", number=2)))


class Scanners:
    """Real processes on one database."""

    def __init__(self, folder: Path, url: str, feed: str, host: str) -> None:
        self._folder, self.url = folder, url
        self._environment = os.environ | {
            "DATABASE_URL": url,
            "FEEDS": feed,
            "SCANNER_ALLOW_HOSTS": host,
            "SCANNER_INTERVAL": "3600",
            "SCANNER_RATES_URL": "off",
            "SCANNER_HOST_GAP": "0",
            "SCANNER_FETCH_TIMEOUT": "100",
            "REDIS_URL": f"redis://127.0.0.1:{free_port()}",
            "ENSEMBLE_URL": f"http://127.0.0.1:{free_port()}",
            "LOG_LEVEL": "WARNING",
        }
        self.processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self) -> int:
        """One more; its port, once it is ready."""
        port = free_port()
        mine = self._environment | {"SCANNER_PORT": str(port), "VAR_DIR": str(self._folder / str(port))}
        self.processes[port] = subprocess.Popen([sys.executable, "-m", "scanner"], env=mine)
        until(lambda: self._answers(port))
        return port

    def signal(self, port: int, which: signal.Signals) -> None:
        self.processes[port].send_signal(which)

    def leads(self, port: int) -> bool:
        return "scanner_leading 1.0" in self._get(port, "/metrics")

    def scans(self, port: int) -> list[dict[str, Any]]:
        with closing(psycopg.connect(self.url)) as connection:
            rows = connection.execute("SELECT id, state FROM scans ORDER BY started").fetchall()
        return [{"id": row[0], "state": row[1]} for row in rows]

    def deals(self) -> int:
        with closing(psycopg.connect(self.url)) as connection:
            found = connection.execute("SELECT count(*) FROM deals").fetchone()
        return int(found[0]) if found else 0

    def ask(self, port: int) -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/scan", method="POST")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return str(json.load(answer)["scan"])

    def state(self, port: int, scan: str) -> str:
        return str(json.loads(self._get(port, f"/scans/{scan}"))["state"])

    def close(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait(20)

    def _answers(self, port: int) -> bool:
        try:
            return bool(self._get(port, "/readyz"))
        except OSError:
            return False

    @staticmethod
    def _get(port: int, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return str(answer.read().decode())


class HeldFeed:
    """A feed that answers at once, or when it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.go.set()
        self.server = HostileServer({"feed": self._answer})

    @property
    def fetched(self) -> int:
        return sum(path == "feed" for path, _ in self.server.requests)

    def _answer(self, _server: HostileServer, connection: Any) -> None:
        self.go.wait(100)
        connection.sendall(FEED)


@pytest.fixture
def feed() -> Iterator[HeldFeed]:
    held = HeldFeed()
    yield held
    held.go.set()
    held.server.close()


@pytest.fixture
def scanners(tmp_path: Path, postgres: PostgresProcess, feed: HeldFeed) -> Iterator[Scanners]:
    asyncio.run(postgres.empty())
    made = Scanners(tmp_path, postgres.url, feed.server.url("feed"), feed.server.host)
    yield made
    made.close()


def test_one_scans_and_what_another_is_asked_it_does(scanners: Scanners, feed: HeldFeed) -> None:
    first, second = scanners.start(), scanners.start()
    until(lambda: [each["state"] for each in scanners.scans(first)] == ["done"])
    assert (scanners.leads(first), scanners.leads(second), feed.fetched) == (True, False, 1)
    asked = scanners.ask(second)
    assert scanners.state(second, asked) in ("running", "done")
    until(lambda: scanners.state(second, asked) == "done")
    assert (feed.fetched, scanners.deals()) == (2, 2)


def test_a_leader_that_is_killed_is_replaced_and_its_scan_is_done_once(scanners: Scanners, feed: HeldFeed) -> None:
    feed.go.clear()
    first, second = scanners.start(), scanners.start()
    until(lambda: feed.fetched == 1)
    scanners.signal(first, signal.SIGKILL)
    until(lambda: scanners.leads(second))
    feed.go.set()
    until(lambda: [each["state"] for each in scanners.scans(second)] == ["interrupted", "done"])
    assert (feed.fetched, scanners.deals()) == (2, 2)


def test_a_leader_that_was_frozen_writes_nothing_when_it_wakes(scanners: Scanners, feed: HeldFeed) -> None:
    feed.go.clear()
    first, second = scanners.start(), scanners.start()
    until(lambda: feed.fetched == 1)
    scanners.signal(first, signal.SIGSTOP)
    until(lambda: scanners.leads(second))
    feed.go.set()  # the frozen one has its answer too, and reads it when it wakes
    until(lambda: [each["state"] for each in scanners.scans(second)] == ["interrupted", "done"])
    before = scanners.scans(second)
    scanners.signal(first, signal.SIGCONT)
    until(lambda: not scanners.leads(first))
    time.sleep(3)  # more than a beat
    assert (scanners.scans(second), scanners.deals(), scanners.leads(second)) == (before, 2, True)
    scanners.signal(second, signal.SIGKILL)
    until(lambda: scanners.leads(first))  # it can lead again


async def led(url: str, silent: float = 0.2) -> tuple[LeaderStore, AsyncEngine]:
    """A leader's lock, and an engine on which only it may write."""
    store, engine = LeaderStore(url, silent), open_engine(url)
    await store.mark(engine)
    return store, engine


def test_a_transaction_that_a_former_leader_had_begun_is_not_written(postgres: PostgresProcess) -> None:
    async def run() -> None:
        await postgres.empty()
        former, engine = await led(postgres.url)
        later, other = await led(postgres.url)
        assert await former.take()
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE written (number int)"))
        begun = await engine.connect()
        await begun.execute(text("INSERT INTO written VALUES (1)"))
        assert not await later.take()  # it is alive
        await asyncio.sleep(0.4)
        assert await later.take()
        with pytest.raises(Exception, match=r"terminat|closed|lost"):
            await begun.commit()
        with pytest.raises(UnavailableError):
            await former.keep()
        await begun.close()
        with pytest.raises(UnavailableError, match="writes nothing"):
            async with engine.begin() as connection:
                await connection.execute(text("INSERT INTO written VALUES (2)"))
        async with other.begin() as connection:
            assert (await connection.execute(text("SELECT count(*) FROM written"))).scalar() == 0
        await later.keep()
        for store, each in ((former, engine), (later, other)):
            await store.aclose()
            await each.dispose()

    asyncio.run(run())


def test_deployments_in_schemas_of_one_database_have_a_leader_each(postgres: PostgresProcess) -> None:
    async def run() -> None:
        await postgres.empty()
        engine = open_engine(postgres.url)
        async with engine.begin() as connection:
            await connection.execute(text("CREATE SCHEMA IF NOT EXISTS another"))
        one, first = await led(postgres.url)
        two, second = await led(f"{postgres.url}?options=-csearch_path%3Danother")
        assert await one.take()
        assert await two.take()
        await one.keep()
        async with engine.begin() as connection:
            await connection.execute(text("DROP SCHEMA another CASCADE"))
        for store, each in ((one, first), (two, second)):
            await store.aclose()
            await each.dispose()
        await engine.dispose()

    asyncio.run(run())


def test_who_leaves_is_followed_at_once(postgres: PostgresProcess) -> None:
    async def run() -> None:
        await postgres.empty()
        one, first = await led(postgres.url, silent=60)
        two, second = await led(postgres.url, silent=60)
        assert await one.take()
        assert not await two.take()
        await one.leave()
        async with asyncio.timeout(5):
            while not await two.take():  # noqa: ASYNC110 (the server ends what was closed in its own time, and tells nobody)
                await asyncio.sleep(0.01)
        for store, each in ((one, first), (two, second)):
            await store.aclose()
            await each.dispose()

    asyncio.run(run())
