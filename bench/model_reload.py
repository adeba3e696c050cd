"""What a reload of a model costs those who ask meanwhile: `uv run python -m bench.model_reload --service specialist`.

A real process over a copy of artifacts/, of which a second version is made (the same files but one byte more of JSON, so that
prices stay). An open loop asks at a constant rate (bench.load says why); every few seconds the service takes the other version.
Latencies of requests that were due during a reload stand beside those of all others. The last line is one JSON object.
"""

import argparse
import asyncio
import itertools
import json
import os
import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np

from bench.descriptions import descriptions
from bench.server import serving
from common.artifact import write_meta
from common.models.model_store import ModelStore, read_meta
from common.pricers import PRICERS
from common.settings import artifacts_dir

BY_NAME = {pricer.name: pricer for pricer in PRICERS}
NAMES = {"frontier-rag": "frontier-rag/estimator"}
OWN = ("name", "version", "created", "files", "format_version", "command")  # of meta.json: what write_meta itself writes
SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
AFTER = 0.3  # seconds after a reload in which a request still counts as one during it


@dataclass
class _Tally:
    """Answers: (seconds after the start at which it was due, latency in seconds), models that answered, failures, reloads."""

    answered: list[tuple[float, float]] = field(default_factory=list)
    models: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    reloads: list[tuple[float, float]] = field(default_factory=list)


def main() -> None:
    """Measure and print; the last line is the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--service", choices=sorted(BY_NAME), default="random-forest", help="which (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=10.0, help="requests a second (default: %(default)s)")
    parser.add_argument("--reloads", type=int, default=10, help="times (default: %(default)s)")
    parser.add_argument("--pause", type=float, default=4.0, help="seconds between two reloads (default: %(default)s)")
    arguments = parser.parse_args()
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as given:
        print(json.dumps({"bench": "model_reload", "load_average_before": round(busy, 2)} | measure(arguments, Path(given))))


def measure(arguments: argparse.Namespace, home: Path) -> dict[str, Any]:
    """All figures."""
    name = NAMES.get(arguments.service, arguments.service)
    shutil.copytree(artifacts_dir(), home / "artifacts")
    versions = [str(read_meta(home / "artifacts" / name)["version"]), second_version(home, name)]
    environment = {"ARTIFACTS_DIR": str(home / "artifacts"), "VAR_DIR": str(home / "var")}
    pricer = BY_NAME[arguments.service]
    with serving(pricer.module, port_name=f"{pricer.prefix}_PORT", environment=environment, patience=400) as server:
        before = round(server.memory.resident() / 1e6, 1)
        tally = asyncio.run(_measure(server.url, versions, arguments))
        time.sleep(12)  # until the last former one is given up
        after = round(server.memory.resident() / 1e6, 1)
    return {
        "service": arguments.service,
        "rate": arguments.rate,
        "reloads": len(tally.reloads),
        "reload_s_p50": round(statistics.median(end - start for start, end in tally.reloads), 2),
        "requests": len(tally.answered) + len(tally.failures),
        "failures": len(tally.failures),
        "first_failures": tally.failures[:3],
        "models": tally.models,
        **figures_of(tally),
        "rss_mb": {"before": before, "after": after},
    }


def figures_of(tally: _Tally) -> dict[str, Any]:
    """Milliseconds of requests during reloads, and of the others."""
    during = [took for due, took in tally.answered if any(start <= due <= end + AFTER for start, end in tally.reloads)]
    others = [took for due, took in tally.answered if not any(start <= due <= end + AFTER for start, end in tally.reloads)]
    return {"during_ms": _spread(during), "usual_ms": _spread(others)}


def _spread(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {"n": 0}
    cuts = np.quantile(seconds, list(SHARES.values()))
    shares = {name: round(float(cut) * 1000, 1) for name, cut in zip(SHARES, cuts, strict=True)}
    return {"n": len(seconds), **shares, "max": round(max(seconds) * 1000, 1)}


def second_version(home: Path, name: str) -> str:
    """The same artifact with one file more, kept beside it; its version."""
    folder = home / "other"
    shutil.copytree(home / "artifacts" / name, folder)
    meta = read_meta(folder)
    (folder / "note.json").write_text("{}", encoding="utf-8")
    facts = {key: value for key, value in meta.items() if key not in OWN}
    files = [*meta["files"], "note.json"]
    write_meta(folder, format_version=meta["format_version"], command=meta["command"], files=files, **facts)
    return ModelStore(home / "var" / "models", home / "artifacts").keep(name, folder)


async def _measure(url: str, versions: list[str], arguments: argparse.Namespace) -> _Tally:
    tally, started, done = _Tally(), time.perf_counter(), asyncio.Event()
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(url, timeout=timeout) as session, asyncio.TaskGroup() as group:
        asking = group.create_task(_ask(session, arguments.rate, tally, (started, done)))
        for version in itertools.islice(itertools.cycle(reversed(versions)), arguments.reloads):
            await asyncio.sleep(arguments.pause)
            since = time.perf_counter() - started
            body = {"artifact": NAMES.get(arguments.service, arguments.service), "version": version}
            async with session.post("/models/reload", json=body) as answer:
                told = await answer.json()
                if answer.status != 200 or told["outcome"] != "taken":
                    raise SystemExit(f"a reload failed: {told}")
            tally.reloads.append((since, time.perf_counter() - started))
        await asyncio.sleep(arguments.pause)
        done.set()
        await asking
    return tally


async def _ask(session: aiohttp.ClientSession, rate: float, tally: _Tally, until: tuple[float, asyncio.Event]) -> None:
    started, done = until
    texts = itertools.cycle(descriptions(500))
    async with asyncio.TaskGroup() as group:
        for number in itertools.count():
            due = number / rate
            await asyncio.sleep(max(0.0, started + due - time.perf_counter()))
            if done.is_set():
                return
            group.create_task(_one(session, next(texts), tally, (started, due)))


async def _one(session: aiohttp.ClientSession, text: str, tally: _Tally, when: tuple[float, float]) -> None:
    started, due = when
    try:
        async with session.post("/price", json={"description": text}) as answer:
            told = await answer.json()
            if answer.status != 200:
                tally.failures.append(f"{answer.status}: {told}"[:200])
                return
    except (aiohttp.ClientError, TimeoutError) as exc:
        tally.failures.append(repr(exc)[:200])
        return
    tally.answered.append((due, time.perf_counter() - started - due))
    tally.models[told["model"]] = tally.models.get(told["model"], 0) + 1


if __name__ == "__main__":
    main()
