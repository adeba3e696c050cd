"""What the memory of pricers does over thousands of different texts: `uv run python -m bench.growth --services frontier-rag`.

A real process is asked for prices of texts that it has never seen, mostly alone and sometimes six at once, as fast as it
answers: an hour of a home's use in minutes. After each thousand texts a line tells its own memory (RssAnon), the pages of files
that it looks at (RssFile, which the system takes back when it needs them), and its threads. A leak grows by the same each time, a
high-water mark ever less. The last line is one JSON object.
"""

import argparse
import asyncio
import itertools
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench.descriptions import descriptions
from bench.load import bodies, tell
from bench.server import serving
from common.pricers import PRICERS

BY_NAME = {pricer.name: pricer for pricer in PRICERS}
SINGLES, TOGETHER = 4, 6  # requests of one text between two batches, and the texts of a batch
FIELDS = {"VmRSS": "resident_mb", "RssAnon": "own_mb", "RssFile": "files_mb", "Threads": "threads"}
DEADLINE = aiohttp.ClientTimeout(total=60)


@dataclass(frozen=True)
class Look:
    """At a process after so many `texts`. Megabytes."""

    texts: int
    seconds: float
    resident_mb: float
    own_mb: float
    files_mb: float
    threads: int


def main() -> None:
    """Measure and print; the last line is the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--services", nargs="+", choices=sorted(BY_NAME), default=list(BY_NAME), help="these (default: all pricers)"
    )
    parser.add_argument("--texts", type=int, default=12_000, help="different texts (default: %(default)s)")
    parser.add_argument("--every", type=int, default=1_000, help="texts between two looks (default: %(default)s)")
    parser.add_argument("--clients", type=int, default=4, help="requests at once (default: %(default)s)")
    arguments = parser.parse_args()
    services = {name: figures(asked(name, arguments)) for name in arguments.services}
    print(json.dumps({"bench": "growth", "clients": arguments.clients, "services": services}))


def asked(name: str, arguments: argparse.Namespace) -> list[Look]:
    """A service of that name, asked for all texts."""
    tell(name, {})
    pricer = BY_NAME[name]
    with serving(pricer.module, port_name=f"{pricer.prefix}_PORT", patience=120) as server:
        return asyncio.run(_grow(server.url, server.memory.pid, arguments))


def figures(looks: Sequence[Look]) -> dict[str, Any]:
    """Growth of own memory in each third of the texts, in megabytes, and all looks."""
    thirds = [looks[round(part * (len(looks) - 1) / 3)] for part in range(4)]
    grown = [round(later.own_mb - earlier.own_mb, 1) for earlier, later in itertools.pairwise(thirds)]
    return {"grown_mb": grown, "looks": [asdict(look) for look in looks]}


def new_texts(count: int) -> Iterator[str]:
    """So many texts of which no two are alike: titles of some products before words of others, as short and long as real ones."""
    choose = random.Random(5)
    real = [text.split() for text in descriptions(3_000)]
    for number in range(count):
        first, second = choose.choice(real), choose.choice(real)
        yield " ".join([*first[:8], str(number), *second])[:2000]


async def _grow(url: str, pid: int, arguments: argparse.Namespace) -> list[Look]:
    texts, started, looks = new_texts(arguments.texts), time.perf_counter(), []
    async with aiohttp.ClientSession(url, timeout=DEADLINE, headers={"Content-Type": "application/json"}) as session:
        for done in range(0, arguments.texts, arguments.every):
            looks.append(_look(pid, done, time.perf_counter() - started))
            requests = _requests(itertools.islice(texts, arguments.every))
            await asyncio.gather(*(_ask(session, requests) for _ in range(arguments.clients)))
    return [*looks, _look(pid, arguments.texts, time.perf_counter() - started)]


def _requests(texts: Iterator[str]) -> Iterator[list[str]]:
    sizes = itertools.cycle([1] * SINGLES + [TOGETHER])
    while chosen := list(itertools.islice(texts, next(sizes))):
        yield chosen


async def _ask(session: aiohttp.ClientSession, requests: Iterator[list[str]]) -> None:
    for texts in requests:
        path, (body,) = bodies(texts, len(texts))
        async with session.post(path, data=body) as answer:
            if answer.status != 200:
                raise SystemExit(f"{path} answered {answer.status}: {(await answer.text())[:300]}")
            await answer.read()


def _look(pid: int, texts: int, seconds: float) -> Look:
    lines = (line.partition(":") for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines())
    found = {FIELDS[name]: int(value.split()[0]) for name, _, value in lines if name in FIELDS}
    sizes = {name: round(value / 1024, 1) for name, value in found.items() if name != "threads"}
    look = Look(texts, round(seconds, 1), threads=found["threads"], **sizes)
    tell("look", asdict(look))
    return look


if __name__ == "__main__":
    main()
