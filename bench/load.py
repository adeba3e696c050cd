"""Loads a pricer over HTTP keep-alive from a process of its own: `uv run python -m bench.load --url http://127.0.0.1:8001`.

Closed loop: each client sends its next request when the last was answered, so under overload latencies are understated
(coordinated omission) and the rate is what these clients could get, not what the service would be offered. With --rate an open
loop, as wrk2's: requests are due at constant intervals, whichever client is free sends the next, and its latency counts from when
it was due, not from when it was sent; so what waits behind a slow answer is counted as slow too. Knows no service.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench.server import require_ready

WARM_UP = 0.1  # of the seconds, not counted
TIMEOUT = aiohttp.ClientTimeout(total=60)


def main() -> None:
    """Load, print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8001", help="the pricer (default: %(default)s)")
    parser.add_argument("--texts", type=Path, help="JSON list of descriptions (default: one short description)")
    parser.add_argument("--clients", type=int, default=1, help="closed loops at once (default: %(default)s)")
    parser.add_argument("--items", type=int, default=1, help="descriptions of a request; more than 1 go to /price/batch")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=0.0, help="open loop: requests that are due a second; 0: closed loop")
    arguments = parser.parse_args()
    require_ready(arguments.url, "start the system with `make run`, or name a running pricer with --url")
    texts = json.loads(arguments.texts.read_text(encoding="utf-8")) if arguments.texts else ["a lamp"]
    print(json.dumps(asyncio.run(_load(arguments, bodies(texts, arguments.items)))))


def bodies(texts: Sequence[str], items: int) -> tuple[str, list[bytes]]:
    """Path and bodies of requests of `items` descriptions each, made before anything is timed."""
    if items == 1:
        return "/price", [json.dumps({"description": text}).encode() for text in texts]
    chosen = itertools.cycle(texts)
    found = [{"items": [{"description": next(chosen)} for _ in range(items)]} for _ in range(max(1, len(texts) // items))]
    return "/price/batch", [json.dumps(each).encode() for each in found]


@dataclass
class _Tally:
    """What came of the requests; latencies in seconds of those after the warm-up, `sent_late` how long after they were due."""

    errors: int = 0
    rejected: int = 0
    counted: int = 0
    degraded: int = 0
    latencies: list[float] = field(default_factory=list)
    sent_late: list[float] = field(default_factory=list)


async def _load(arguments: argparse.Namespace, asked: tuple[str, list[bytes]]) -> dict[str, Any]:
    path, prepared = asked
    numbers, tally = itertools.count(), _Tally()
    started = time.perf_counter()
    counted_from, end = started + WARM_UP * arguments.seconds, started + arguments.seconds
    headers = {"Content-Type": "application/json"}

    async def client(session: aiohttp.ClientSession) -> None:
        while True:
            number = next(numbers)
            due = started + number / arguments.rate if arguments.rate else time.perf_counter()
            if due >= end:
                return
            if arguments.rate:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                tally.sent_late += [time.perf_counter() - due]
            try:
                async with session.post(path, data=prepared[number % len(prepared)], headers=headers) as answer:
                    body = await answer.read()
            except (aiohttp.ClientError, TimeoutError):
                tally.errors += 1
                continue
            _note(tally, answer.status, body)
            if _is_priced(answer.status, body):
                ended = time.perf_counter()
                tally.counted += counted_from <= ended < end
                tally.latencies += [ended - due] if due >= counted_from else []

    async with aiohttp.ClientSession(arguments.url, connector=aiohttp.TCPConnector(limit=0), timeout=TIMEOUT) as session:
        await asyncio.gather(*(client(session) for _ in range(arguments.clients)))
    # Answers within the window: those to requests from before it count as those to its last ones do not.
    rate = tally.counted * arguments.items / (end - counted_from)
    found = summary(tally.latencies) | {"per_second": round(rate, 1), "errors": tally.errors, "rejected": tally.rejected}
    if arguments.rate:
        found |= {"due_per_second": arguments.rate, "sent_late_p99_ms": summary(tally.sent_late).get("p99_ms", 0.0)}
    return found | ({"degraded": tally.degraded} if tally.degraded else {})


def _note(tally: _Tally, status: int, body: bytes) -> None:
    if status in (429, 503):
        tally.rejected += 1
    elif not _is_priced(status, body):
        tally.errors += 1
    elif b'"degraded":["' in body:
        tally.degraded += 1


def _is_priced(status: int, body: bytes) -> bool:
    return status == 200 and b'"error"' not in body[:200]


def summary(latencies: Sequence[float]) -> dict[str, float]:
    """Number; best, median and 99 % quantile in milliseconds. The best is what the others of a shared machine disturb least."""
    if len(latencies) < 2:
        return {"n": len(latencies)}
    cuts = statistics.quantiles(latencies, n=100, method="inclusive")
    best = round(min(latencies) * 1000, 2)
    return {"n": len(latencies), "best_ms": best, "p50_ms": round(cuts[49] * 1000, 2), "p99_ms": round(cuts[98] * 1000, 2)}


def tell(what: str, figure: dict[str, Any]) -> dict[str, Any]:
    """Show a figure to the person who waits, and give it back."""
    print(f"{what:<24} {'  '.join(f'{name} {value}' for name, value in figure.items())}", file=sys.stderr, flush=True)
    return figure


def load(url: str, texts: Path, *, clients: int = 1, items: int = 1, seconds: float = 5.0, rate: float = 0.0) -> dict[str, Any]:
    """Run this module in a process of its own; what it measured. Items a second under "per_second", latencies of requests."""
    command = [sys.executable, "-m", "bench.load", "--url", url, "--texts", str(texts)]
    command += ["--clients", str(clients), "--items", str(items), "--seconds", str(seconds), "--rate", str(rate)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
