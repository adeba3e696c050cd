"""POST /price and /price/batch on the ensemble and each pricer, at several numbers of clients: `uv run python -m bench.price`.

Needs a running system (`make run`). Closed loop: each client sends its next request when the last was answered, so latencies
under overload are understated (coordinated omission). Client and services share the machine's cores; /healthz is measured in
the same run as the bound that HTTP itself sets. Knows services by their addresses alone.
"""

import argparse
import asyncio
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import aiohttp

from bench.descriptions import descriptions, unasked
from bench.server import require_ready
from common.pricers import PRICERS
from pricer.local.system import services

SPEAKERS = ("ensemble", *(pricer.name for pricer in PRICERS))
Call = Callable[[aiohttp.ClientSession], Awaitable[int]]  # the number of answers without some pricer


def main() -> None:
    """Measure and print; the last line is the JSON."""
    arguments = _arguments()
    urls = {service.name: service.url for service in services()}
    for name in arguments.services:
        require_ready(urls[name], f"start {name} with `make run`, or choose others with --services")
    result = asyncio.run(_measure(arguments))
    print(json.dumps(result))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32], help="clients at once (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each case runs (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=32, help="items of a batch request (default: %(default)s)")
    parser.add_argument("--services", nargs="+", default=list(SPEAKERS), choices=SPEAKERS, help="which to measure")
    return parser.parse_args()


async def _measure(arguments: argparse.Namespace) -> dict[str, Any]:
    texts = descriptions(512)
    urls = {service.name: service.url for service in services()}
    figures: dict[str, Any] = {}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        for name in arguments.services:
            fresh = (unasked(texts, number) for number in itertools.count())  # the ensemble remembers what it has priced
            calls = {
                "healthz": _get(f"{urls[name]}/healthz"),
                "price": _price(f"{urls[name]}/price", fresh),
                "batch": _batch(f"{urls[name]}/price/batch", fresh, arguments.batch),
            }
            figures[name] = {}
            for what, call in calls.items():
                for clients in arguments.clients:
                    items = arguments.batch if what == "batch" else 1
                    row = await _load(session, call, clients, arguments.seconds) | {"items_per_request": items}
                    row["items_per_second"] = round(row["per_second"] * items, 1)
                    figures[name][f"{what}@{clients}"] = row
                    print(f"{name:<14} {what:<8} {clients:>3} clients  {_line(row)}", file=sys.stderr)
    return {"bench": "price", "cores": os.cpu_count(), "seconds": arguments.seconds, "figures": figures, "rss_mb": _resident()}


def _line(row: dict[str, Any]) -> str:
    return "  ".join(f"{name} {value}" for name, value in row.items())


def _get(url: str) -> Call:
    async def call(session: aiohttp.ClientSession) -> int:
        async with session.get(url) as answer:
            await answer.read()
            answer.raise_for_status()
        return 0

    return call


def _price(url: str, texts: Iterator[str]) -> Call:
    async def call(session: aiohttp.ClientSession) -> int:
        answer = await _post(session, url, {"description": next(texts)})
        return int(bool(answer["degraded"]))

    return call


def _batch(url: str, texts: Iterator[str], size: int) -> Call:
    async def call(session: aiohttp.ClientSession) -> int:
        answer = await _post(session, url, {"items": [{"description": text} for text in itertools.islice(texts, size)]})
        return sum("error" in result or bool(result["degraded"]) for result in answer["results"])

    return call


async def _post(session: aiohttp.ClientSession, url: str, body: object) -> dict[str, Any]:
    async with session.post(url, json=body) as answer:
        answer.raise_for_status()
        found: dict[str, Any] = await answer.json()
        return found


async def _load(session: aiohttp.ClientSession, call: Call, clients: int, seconds: float) -> dict[str, float]:
    """Latencies in milliseconds and requests a second of `clients` closed loops."""
    for _ in range(2):
        await call(session)
    latencies: list[float] = []
    errors = degraded = 0
    started = time.perf_counter()

    async def client() -> None:
        nonlocal errors, degraded
        while time.perf_counter() - started < seconds:
            began = time.perf_counter()
            try:
                degraded += await call(session)
                latencies.append((time.perf_counter() - began) * 1000)
            except (aiohttp.ClientError, TimeoutError):
                errors += 1

    await asyncio.gather(*(client() for _ in range(clients)))
    elapsed = time.perf_counter() - started
    return _percentiles(latencies) | {"per_second": round(len(latencies) / elapsed, 1), "errors": errors, "degraded": degraded}


def _percentiles(latencies: Sequence[float]) -> dict[str, float]:
    if len(latencies) < 2:
        return {"n": len(latencies)}
    cuts = statistics.quantiles(latencies, n=100, method="inclusive")
    return {"n": len(latencies), "p50_ms": round(cuts[49], 2), "p95_ms": round(cuts[94], 2), "p99_ms": round(cuts[98], 2)}


def _resident() -> dict[str, float]:
    """Resident memory of each local service process in MB, by its command line `python -m <module>`."""
    modules = {service.module: service.name for service in services()}
    listing = subprocess.run(["ps", "-eo", "rss=,args="], capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = {}
    for line in listing.splitlines():
        match = re.fullmatch(r"\s*(\d+)\s+\S*python\S* -m (\w+)", line)
        if match and match[2] in modules:
            found[modules[match[2]]] = round(int(match[1]) * 1024 / 1e6, 1)
    return found


if __name__ == "__main__":
    main()
