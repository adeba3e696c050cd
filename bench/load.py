"""Loads a pricer over HTTP keep-alive from a process of its own: `uv run python -m bench.load --url http://127.0.0.1:8001`.

Closed loop: each client sends its next request when the last was answered, so under overload latencies are understated
(coordinated omission) and the rate is what these clients could get, not what the service would be offered. Knows no service.
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
from pathlib import Path
from typing import Any

import aiohttp

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
    arguments = parser.parse_args()
    texts = json.loads(arguments.texts.read_text(encoding="utf-8")) if arguments.texts else ["a lamp"]
    print(json.dumps(asyncio.run(_load(arguments, bodies(texts, arguments.items)))))


def bodies(texts: Sequence[str], items: int) -> tuple[str, list[bytes]]:
    """Path and bodies of requests of `items` descriptions each, made before anything is timed."""
    if items == 1:
        return "/price", [json.dumps({"description": text}).encode() for text in texts]
    chosen = itertools.cycle(texts)
    found = [{"items": [{"description": next(chosen)} for _ in range(items)]} for _ in range(max(1, len(texts) // items))]
    return "/price/batch", [json.dumps(each).encode() for each in found]


async def _load(arguments: argparse.Namespace, asked: tuple[str, list[bytes]]) -> dict[str, Any]:
    path, prepared = asked
    numbers, counts, latencies = itertools.count(), {"errors": 0, "rejected": 0, "counted": 0}, list[float]()
    started = time.perf_counter()
    counted_from, end = started + WARM_UP * arguments.seconds, started + arguments.seconds
    headers = {"Content-Type": "application/json"}

    async def client(session: aiohttp.ClientSession) -> None:
        nonlocal latencies
        while (began := time.perf_counter()) < end:
            try:
                async with session.post(path, data=prepared[next(numbers) % len(prepared)], headers=headers) as answer:
                    body = await answer.read()
            except (aiohttp.ClientError, TimeoutError):
                counts["errors"] += 1
                continue
            ended = time.perf_counter()
            if answer.status in (429, 503):
                counts["rejected"] += 1
            elif answer.status != 200 or b'"error"' in body[:200]:
                counts["errors"] += 1
            else:
                counts["counted"] += counted_from <= ended < end
                latencies += [ended - began] if began >= counted_from else []

    async with aiohttp.ClientSession(arguments.url, connector=aiohttp.TCPConnector(limit=0), timeout=TIMEOUT) as session:
        await asyncio.gather(*(client(session) for _ in range(arguments.clients)))
    # Answers within the window: those to requests from before it count as those to its last ones do not.
    rate = counts.pop("counted") * arguments.items / (end - counted_from)
    return summary(latencies) | {"per_second": round(rate, 1)} | counts


def summary(latencies: Sequence[float]) -> dict[str, float]:
    """Number; best, median and 99 % quantile in milliseconds. The best is what the others of a shared machine disturb least."""
    if len(latencies) < 2:
        return {"n": len(latencies)}
    cuts = statistics.quantiles(latencies, n=100, method="inclusive")
    best = round(min(latencies) * 1000, 2)
    return {"n": len(latencies), "best_ms": best, "p50_ms": round(cuts[49] * 1000, 2), "p99_ms": round(cuts[98] * 1000, 2)}


def load(url: str, texts: Path, *, clients: int = 1, items: int = 1, seconds: float = 5.0) -> dict[str, Any]:
    """Run this module in a process of its own; what it measured. Items a second under "per_second", latencies of requests."""
    command = [sys.executable, "-m", "bench.load", "--url", url, "--texts", str(texts)]
    command += ["--clients", str(clients), "--items", str(items), "--seconds", str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
