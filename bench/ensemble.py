"""What the ensemble adds to its pricers, and the real system under load: `uv run python -m bench.ensemble`.

(nothing)   fan-outs a second by HTTP client (bench.fan_out), and what an answer of the ensemble takes on top of pricers that
            need --delay each: the same load on such a pricer alone and on the ensemble, in the same run; and how long
            after a killed pricer listens again its estimates are in the answers
--real      the three local pricers: 1, 8, 32 and 128 clients in closed loops; open loops at shares of the best rate, where
            latencies count from when a request was due (no coordinated omission); batches of 1,000 beside the specialist's own

All are processes of this machine, which they share with the load. The ensemble's cache is off. The last line is one JSON object.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2

from bench import texts
from bench.descriptions import descriptions
from bench.fan_out import fan_outs
from bench.load import load, tell
from bench.server import Server, require_ready, serving, trivial_pricers
from common.pricers import PRICERS
from pricer.local.ports import free_port

NAMES = [f"{pricer.prefix}_URL" for pricer in PRICERS]
ORDER = ", ".join(pricer.name for pricer in PRICERS)
ENVIRONMENT = {"ENSEMBLE_CACHE_TTL": "0", "OMP_WAIT_POLICY": "PASSIVE", "LOG_LEVEL": "WARNING"}
SHARES = (0.5, 0.8)  # of the best closed-loop rate, for the open loops
BATCH = 1000


def main() -> None:
    """Measure and print; the last line is the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", action="store_true", help="measure the three local pricers")
    parser.add_argument("--pricers", nargs=len(PRICERS), metavar="URL", help=f"with --real: {ORDER}, running")
    parser.add_argument("--delay", type=float, default=0.1, help="seconds that a trivial pricer takes (default: %(default)s)")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32, 128], help="clients at once (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=6.0, help="of each case (default: %(default)s)")
    parser.add_argument(
        "--rounds", type=int, default=3, help="of the trivial cases, of which the best counts (default: %(default)s)"
    )
    arguments = parser.parse_args()
    for url in arguments.pricers or []:
        require_ready(url, "start it, or leave --pricers out to have all three started here")
    result: dict[str, Any] = {"bench": "ensemble", "cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 2)}
    with tempfile.TemporaryDirectory() as folder:
        found = texts.write(Path(folder), "texts", descriptions(2048))
        result |= _real(arguments, found) if arguments.real else _trivial(arguments, found)
    print(json.dumps(result | {"load_after": round(os.getloadavg()[0], 2)}))


def _ensemble(urls: dict[str, str], stack: ExitStack) -> Server:
    return stack.enter_context(serving("ensemble", port_name="ENSEMBLE_PORT", environment=ENVIRONMENT | urls, patience=120))


def _trivial(arguments: argparse.Namespace, found: Path) -> dict[str, Any]:
    with trivial_pricers(0.0) as urls:
        rates = tell("fan-outs a second", fan_outs(urls, 32, arguments.seconds / 3, arguments.rounds))
    cases: dict[str, Any] = {}
    with ExitStack() as stack:
        urls = stack.enter_context(trivial_pricers(arguments.delay))
        ensemble = _ensemble(dict(zip(NAMES, urls, strict=True)), stack)
        for clients in arguments.clients:
            pairs = [
                (_closed(urls[0], found, clients, arguments), _closed(ensemble.url, found, clients, arguments))
                for _ in range(arguments.rounds)
            ]
            cases[f"clients_{clients}"] = tell(f"trivial, {clients} clients", _added(pairs))
    recovery = [_recovery() for _ in range(arguments.rounds)]
    print(f"seconds until a killed pricer contributes again: {recovery}", file=sys.stderr)
    return {"delay_ms": arguments.delay * 1000, "fan_outs_per_second": rates, "added": cases, "recovery_seconds": recovery}


def _recovery() -> float:
    """Seconds from when a killed pricer listens again until its estimate is in an answer, at 20 requests a second."""
    port = free_port()
    with ExitStack() as stack:
        killed = stack.enter_context(ExitStack())
        urls = [*killed.enter_context(trivial_pricers(0.0, [port])), *stack.enter_context(trivial_pricers(0.0))[1:]]
        ensemble = _ensemble(dict(zip(NAMES, urls, strict=True)), stack)
        killed.close()
        for _ in range(20):
            _degraded(ensemble.url)
        stack.enter_context(trivial_pricers(0.0, [port]))
        started = time.perf_counter()
        while _degraded(ensemble.url):
            time.sleep(0.05)
        return round(time.perf_counter() - started, 2)


def _degraded(url: str) -> list[str]:
    answer = httpx2.post(f"{url}/price", json={"description": str(time.perf_counter_ns())}, timeout=60, trust_env=False)
    found: list[str] = answer.raise_for_status().json()["degraded"]
    return found


def _closed(url: str, found: Path, clients: int, arguments: argparse.Namespace) -> dict[str, Any]:
    return load(url, found, clients=clients, seconds=arguments.seconds)


def _added(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, Any]:
    """The ensemble's latency past that of a pricer alone, of the round whose median is in the middle; milliseconds."""
    alone, whole = sorted(pairs, key=lambda pair: pair[1]["p50_ms"] - pair[0]["p50_ms"])[len(pairs) // 2]
    added = {f"added_{name}": round(whole[name] - alone[name], 2) for name in ("p50_ms", "p99_ms")}
    return added | {name: whole[name] for name in ("p50_ms", "p99_ms", "per_second", "errors", "rejected")}


def _batch(url: str, found: Path) -> dict[str, Any]:
    """One batch of BATCH different texts, from request to answer."""
    items = [{"description": text} for text in json.loads(found.read_text(encoding="utf-8"))[:BATCH]]
    started = time.perf_counter()
    answer = httpx2.post(f"{url}/price/batch", json={"items": items}, timeout=600, trust_env=False)
    seconds = time.perf_counter() - started
    results = answer.raise_for_status().json()["results"]
    bad = {"errors": sum("error" in each for each in results), "degraded": sum(bool(each.get("degraded")) for each in results)}
    return {"seconds": round(seconds, 1), "per_second": round(len(items) / seconds, 1)} | bad


def _pricers(given: list[str] | None, stack: ExitStack) -> tuple[list[str], dict[str, Server]]:
    """Addresses of the pricers in the order of PRICERS, and those that were started here."""
    if given:
        return given, {}
    environment = ENVIRONMENT | {"VAR_DIR": stack.enter_context(tempfile.TemporaryDirectory())}
    started = {
        pricer.module: stack.enter_context(
            serving(pricer.module, port_name=f"{pricer.prefix}_PORT", environment=environment, patience=180)
        )
        for pricer in PRICERS
    }
    return [server.url for server in started.values()], started


def _real(arguments: argparse.Namespace, found: Path) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    with ExitStack() as stack:
        urls, started = _pricers(arguments.pricers, stack)
        ensemble = _ensemble(dict(zip(NAMES, urls, strict=True)), stack)
        for clients in arguments.clients:
            row = load(ensemble.url, found, clients=clients, seconds=arguments.seconds)
            figures[f"closed_{clients}"] = tell(f"closed loop, {clients} clients", row)
        best = max(row["per_second"] for row in figures.values())
        for share in SHARES:
            row = load(ensemble.url, found, clients=128, seconds=2 * arguments.seconds, rate=round(share * best, 1))
            figures[f"open_{share}"] = tell(f"open loop, {share} of {best} a second", row)
        for what, url in (("specialist_alone", urls[NAMES.index("SPECIALIST_URL")]), ("ensemble", ensemble.url)):
            figures[f"batch_1000_{what}"] = tell(f"1,000 items, {what}", _batch(url, found))
        figures["rss_mb"] = {name: round(server.memory.peak / 1e6) for name, server in [*started.items(), ("ensemble", ensemble)]}
    return {"figures": figures}


if __name__ == "__main__":
    main()
