"""What the processes take, over time: memory, descriptors, threads; what lies on the disk and in Redis; and whether it is flat.

Flat is judged within the life of one process, from the age of `SETTLED` on: what it takes to warm up is no leak. Neither is one
step, as the longest texts so far take, or one more connection to a database: growth is the median of slopes (Theil and Sen).
"""

import itertools
import sqlite3
import statistics
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import redis

from tests.load.running import Running

SETTLED = 600.0  # seconds of a process's age from which on it is to be flat
LIFE = 900.0  # seconds that it must have been watched from then on, or its growth says nothing
GROWTH = 0.10  # of its memory in an hour, or so many megabytes:
ALLOWANCE = 15.0
SPARE = 8  # descriptors or threads more than at that age
STAYS = 20.0  # seconds after which a child is one that stays
FEW = 6  # samples that are taken together, since a single one may be an odd one


@dataclass(frozen=True)
class Sample:
    """Of one process with the children that stay, at an `age` in seconds. Megabytes; `written` since it began."""

    name: str
    pid: int
    age: float
    memory: float
    files: int
    threads: int
    written: float
    cpu: float


@dataclass
class Footprint:
    """All samples that were taken."""

    system: Running
    samples: list[Sample] = field(default_factory=list)

    def take(self, now: float) -> dict[str, Sample]:
        """One of each process; `now`: seconds since the epoch."""
        found = {}
        for name, process in self.system.processes().items():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                found[name] = _sample(name, process, now)
        self.samples += found.values()
        return found

    def written(self) -> float:
        """Megabytes that all processes have written to the disk so far, those that are gone included."""
        return round(sum({each.pid: each.written for each in self.samples}.values()), 1)

    def cpu(self) -> float:
        """Seconds that all processes have computed so far."""
        return sum({each.pid: each.cpu for each in self.samples}.values())

    def stores(self) -> dict[str, float]:
        """Megabytes of each database and of Redis' file, entries of the stream, rows of the outbox and of them those not stored."""
        var = self.system.folder / "var"
        sizes = {path.name: _size(path) for path in sorted(var.glob("*.sqlite3"))}
        sizes["redis"] = _size(var / "redis")
        return {f"{name.removesuffix('.sqlite3')}_mb": size for name, size in sizes.items()} | self._rows(var / "scanner.sqlite3")

    def _rows(self, database: Path) -> dict[str, float]:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
            rows, waiting = connection.execute("SELECT count(*), coalesce(sum(sent IS NULL), 0) FROM outbox").fetchone()
        return {"outbox": rows, "outbox_open": waiting, "stream": self._stream()}

    def _stream(self) -> float:
        """Entries; -1 where Redis is away."""
        try:
            url = self.system.processes()["scanner"].environ()["REDIS_URL"]
            with closing(redis.Redis.from_url(url, socket_timeout=2)) as client:
                return float(client.xlen("opportunities"))
        except (KeyError, psutil.Error, redis.RedisError):
            return -1.0


def _sample(name: str, process: psutil.Process, now: float) -> Sample:
    own, files, threads = 0.0, 0, 0
    for each in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            if each is not process and now - each.create_time() < STAYS:
                continue  # it reads one feed, and is gone in a moment
            with each.oneshot():
                own += each.memory_info().rss / 1e6
            files, threads = files + each.num_fds(), threads + each.num_threads()
    times = process.cpu_times()
    age, written = now - process.create_time(), process.io_counters().write_bytes / 1e6
    return Sample(name, process.pid, age, round(own, 1), files, threads, round(written, 2), round(times.user + times.system, 1))


def _size(path: Path) -> float:
    """Megabytes of a file with its journal, or of a folder."""
    files = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else sorted(path.parent.glob(f"{path.name}*"))
    total = 0
    for each in files:
        with suppress(FileNotFoundError):
            total += each.stat().st_size
    return round(total / 1e6, 2)


def lives(samples: Sequence[Sample]) -> dict[tuple[str, int], list[Sample]]:
    """By process, in order."""
    found: dict[tuple[str, int], list[Sample]] = {}
    for each in samples:
        found.setdefault((each.name, each.pid), []).append(each)
    return found


def growth(life: Sequence[Sample]) -> float | None:
    """Megabytes in an hour, over its settled age; None where it was watched for too short."""
    settled = [each for each in life if each.age >= SETTLED]
    if not settled or settled[-1].age - settled[0].age < LIFE:
        return None
    slopes = [(b.memory - a.memory) / (b.age - a.age) for a, b in itertools.combinations(settled, 2) if b.age > a.age]
    return round(statistics.median(slopes) * 3600, 1)


def unwatched(samples: Sequence[Sample]) -> list[str]:
    """Of whom no process lived long enough to tell its growth."""
    told = {name for (name, _), life in lives(samples).items() if growth(life) is not None}
    return sorted({each.name for each in samples} - told)


def faults_of(samples: Sequence[Sample]) -> list[str]:
    """What is not flat, in words: within one life, and between two lives of a service at the same age."""
    found = []
    for (name, _), life in lives(samples).items():
        grown, settled = growth(life), [each for each in life if each.age >= SETTLED]
        if grown is not None and grown > max(ALLOWANCE, GROWTH * settled[0].memory):
            found.append(f"{name} grows by {grown} MB an hour")
        for what in ("files", "threads"):
            counts = [getattr(each, what) for each in settled]
            if counts and min(counts[-FEW:]) > max(counts[:FEW]) + SPARE:
                found.append(f"{name} has {min(counts[-FEW:])} {what} after {max(counts[:FEW])}")
    return [*found, *_older_faults(samples)]


def _older_faults(samples: Sequence[Sample]) -> list[str]:
    """A later life takes more than an earlier one did at the same age."""
    found = list[str]()
    for earlier, later in itertools.combinations(lives(samples).values(), 2):
        age = min(earlier[-1].age, later[-1].age)
        if earlier[0].name != later[0].name or age < SETTLED:
            continue
        before, after = _memory_at(earlier, age), _memory_at(later, age)
        if after > before + max(ALLOWANCE, GROWTH * before):
            found.append(f"{later[0].name} takes {after:.0f} MB where an earlier process of that age took {before:.0f}")
    return found


def _memory_at(life: Sequence[Sample], age: float) -> float:
    nearest = sorted(life, key=lambda each: abs(each.age - age))[:FEW]
    return statistics.median(each.memory for each in nearest)


def summary(samples: Sequence[Sample]) -> dict[str, Mapping[str, Any]]:
    """Of each service: its most memory, files and threads, and its growth in the longest life."""
    found: dict[str, Mapping[str, Any]] = {}
    for name in dict.fromkeys(each.name for each in samples):
        own = [life for (of, _), life in lives(samples).items() if of == name]
        flat = [each for each in own if growth(each) is not None]
        found[name] = {
            "memory_mb": max(each.memory for life in own for each in life),
            "growth_mb_per_hour": max((growth(each) or 0.0 for each in flat), default=None),
            "files": max(each.files for life in own for each in life),
            "threads": max(each.threads for life in own for each in life),
            "written_mb": round(sum(life[-1].written for life in own), 1),
            "cpu_seconds": round(sum(life[-1].cpu for life in own), 1),
        }
    return found
