"""The front door under a steady load of 80 % of what it can do: `uv run python -m tests.load.steady --minutes 10`.

First a closed loop finds the capacity. Then requests are due at constant intervals, whoever answers slowly (open loop,
bench.load): of each minute its latencies, failures, answers that lack a pricer, and the memory of each service after it.
Every text is priced anew (no cache), and no minute asks for one that another did. Passed: no failure, no lacking pricer, memory
and latency as flat at the end as at the beginning. The last line is one JSON object.

    ... --url http://gpu-node:8001 --rate 360     (one service that runs, as on a GPU node; its own /metrics tell its memory)
"""

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.descriptions import descriptions, unasked
from bench.load import load, tell
from bench.texts import write
from tests.load.running import running

CLIENTS = 64  # that can wait at once
GROWTH = 1.05  # of a service's memory from the second slice on, or so many megabytes:
ALLOWANCE = 10.0
SLOWER = 1.5  # the last third's median latency over the first's


@dataclass(frozen=True)
class Target:
    """What is loaded: the address of its POST /price, and the megabytes of each of its services."""

    url: str
    memory: Callable[[], dict[str, float]]


def main() -> None:
    """Start the system unless one runs, load it, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (default: %(default)s)")
    parser.add_argument("--slice", type=float, default=60.0, help="seconds of each figure (default: %(default)s)")
    parser.add_argument("--share", type=float, default=0.8, help="of the capacity (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=0.0, help="prices a second instead of a share")
    parser.add_argument("--url", default="", help="of a service that runs (default: start the system)")
    parser.add_argument("--clients", type=int, default=CLIENTS, help="that can wait at once (default: %(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        own = nullcontext() if arguments.url else running(Path(name), ENSEMBLE_CACHE_TTL="0")
        with own as system:
            target = Target(system.urls["ensemble"], system.memory) if system else elsewhere(arguments.url)
            found = steady(target, arguments, Path(name))
    sys.stdout.write(f"{json.dumps(found)}\n")
    if not found["passed"]:
        raise SystemExit(1)


def elsewhere(url: str) -> Target:
    """A service that tells its memory itself."""

    def memory() -> dict[str, float]:
        with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        resident = next(line for line in lines if line.startswith("process_resident_memory_bytes "))
        return {"service": round(float(resident.split()[1]) / 1e6, 1)}

    return Target(url, memory)


def steady(target: Target, arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """What the slices showed."""
    known, url, capacity = descriptions(4_000), target.url, 0.0
    if not arguments.rate:
        texts = write(folder, "texts", known)
        load(url, texts, clients=8, seconds=10)  # warms up
        capacity = tell("capacity", load(url, texts, clients=8, seconds=30))["per_second"]
    rate = arguments.rate or arguments.share * capacity
    slices, due = [], math.ceil(rate * arguments.slice)
    for number in range(max(3, round(arguments.minutes * 60 / arguments.slice))):
        texts = write(folder, "texts", [unasked(known, each) for each in range(number * due, (number + 1) * due)])
        figures = load(url, texts, clients=arguments.clients, seconds=arguments.slice, rate=rate)
        slices.append(tell(f"slice {number + 1}", figures) | {"memory_mb": target.memory()})
    return {
        "load": "steady",
        "cores": os.cpu_count(),
        "capacity": capacity,
        "rate": round(rate, 2),
        "slices": slices,
        **verdict(slices),
    }


def verdict(slices: list[dict[str, Any]]) -> dict[str, Any]:
    """Whether nothing failed and nothing grew; by how much the memory of each service and the median latency did."""
    failed = sum(each["errors"] + each["rejected"] for each in slices)
    lacking = sum(each.get("degraded", 0) for each in slices)
    first, last = slices[1]["memory_mb"], slices[-1]["memory_mb"]
    grown = {name: round(last[name] - first[name], 1) for name in first}
    third = len(slices) // 3
    early, late = (statistics.median(each["p50_ms"] for each in part) for part in (slices[:third], slices[-third:]))
    is_flat = all(last[name] <= max(first[name] * GROWTH, first[name] + ALLOWANCE) for name in first) and late <= early * SLOWER
    return {
        "failed": failed,
        "lacking_a_pricer": lacking,
        "grown_mb": grown,
        "p50_ms": [round(early, 1), round(late, 1)],
        "passed": is_flat and failed == lacking == 0,
    }


if __name__ == "__main__":
    main()
