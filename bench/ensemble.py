"""What the ensemble adds to its pricers, and the real system under load: `uv run python -m bench.ensemble`.

(nothing)   fan-outs a second by HTTP client (bench.fan_out), and what an answer of the ensemble takes on top of pricers that
            need --delay each: the same load on such a pricer alone and on the ensemble, in the same run
--real      the three local pricers: 1, 8, 32 and 128 clients in closed loops; open loops at shares of the best rate, where
            latencies count from when a request was due (no coordinated omission); batches of 1,000 beside the specialist's own

All are processes of this machine, which they share with the load. The ensemble's cache is off. The last line is one JSON object.
"""

import argparse
import json
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench import texts
from bench.descriptions import descriptions
from bench.fan_out import fan_outs
from bench.load import load
from bench.server import Server, serving, trivial_pricers

NAMES = ("SPECIALIST_URL", "FRONTIER_RAG_URL", "RANDOM_FOREST_URL")
MODULES = {"specialist": "SPECIALIST", "frontier_rag": "FRONTIER_RAG", "random_forest": "RANDOM_FOREST"}
ENVIRONMENT = {"ENSEMBLE_CACHE_TTL": "0", "OMP_WAIT_POLICY": "PASSIVE", "LOG_LEVEL": "WARNING"}
SHARES = (0.5, 0.8)  # of the best closed-loop rate, for the open loops
BATCH = 1000


def main() -> None:
    """Measure and print; the last line is the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", action="store_true", help="measure the three local pricers")
    parser.add_argument("--delay", type=float, default=0.1, help="seconds that a trivial pricer takes (default: %(default)s)")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32, 128], help="clients at once (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=6.0, help="of each case (default: %(default)s)")
    parser.add_argument(
        "--rounds", type=int, default=3, help="of the trivial cases, of which the best counts (default: %(default)s)"
    )
    arguments = parser.parse_args()
    result: dict[str, Any] = {"bench": "ensemble", "cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 2)}
    with tempfile.TemporaryDirectory() as folder:
        found = texts.write(Path(folder), "texts", descriptions(2048))
        result |= _real(arguments, found) if arguments.real else _trivial(arguments, found)
    print(json.dumps(result | {"load_after": round(os.getloadavg()[0], 2)}))


def _say(what: str, row: dict[str, Any]) -> dict[str, Any]:
    print(f"{what:<28} " + "  ".join(f"{name} {value}" for name, value in row.items()), file=sys.stderr, flush=True)
    return row


def _ensemble(urls: dict[str, str], stack: ExitStack) -> Server:
    return stack.enter_context(serving("ensemble", port_name="ENSEMBLE_PORT", environment=ENVIRONMENT | urls, patience=120))


def _trivial(arguments: argparse.Namespace, found: Path) -> dict[str, Any]:
    with trivial_pricers(0.0) as urls:
        rates = _say("fan-outs a second", fan_outs(urls, 32, arguments.seconds / 3, arguments.rounds))
    cases: dict[str, Any] = {}
    with ExitStack() as stack:
        urls = stack.enter_context(trivial_pricers(arguments.delay))
        ensemble = _ensemble(dict(zip(NAMES, urls, strict=True)), stack)
        for clients in arguments.clients:
            pairs = [
                (_closed(urls[0], found, clients, arguments), _closed(ensemble.url, found, clients, arguments))
                for _ in range(arguments.rounds)
            ]
            cases[f"clients_{clients}"] = _say(f"trivial, {clients} clients", _added(pairs))
    return {"delay_ms": arguments.delay * 1000, "fan_outs_per_second": rates, "added": cases}


def _closed(url: str, found: Path, clients: int, arguments: argparse.Namespace) -> dict[str, Any]:
    return load(url, found, clients=clients, seconds=arguments.seconds)


def _added(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, Any]:
    """The ensemble's latency past that of a pricer alone, of the round in which its median is least; milliseconds."""
    alone, whole = min(pairs, key=lambda pair: pair[1]["p50_ms"] - pair[0]["p50_ms"])
    added = {f"added_{name}": round(whole[name] - alone[name], 2) for name in ("p50_ms", "p99_ms")}
    return added | {name: whole[name] for name in ("p50_ms", "p99_ms", "per_second", "errors", "rejected")}


def _real(arguments: argparse.Namespace, found: Path) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        environment = ENVIRONMENT | {"VAR_DIR": folder}
        servers = {
            prefix: stack.enter_context(serving(module, port_name=f"{prefix}_PORT", environment=environment, patience=180))
            for module, prefix in MODULES.items()
        }
        ensemble = _ensemble({f"{prefix}_URL": server.url for prefix, server in servers.items()}, stack)
        for clients in arguments.clients:
            row = load(ensemble.url, found, clients=clients, seconds=arguments.seconds)
            figures[f"closed_{clients}"] = _say(f"closed loop, {clients} clients", row)
        best = max(row["per_second"] for row in figures.values())
        for share in SHARES:
            row = load(ensemble.url, found, clients=128, seconds=2 * arguments.seconds, rate=round(share * best, 1))
            figures[f"open_{share}"] = _say(f"open loop, {share} of {best} a second", row)
        alone = load(servers["SPECIALIST"].url, found, items=BATCH, seconds=30)
        figures["batch_1000_specialist_alone"] = _say("1,000 items, specialist alone", alone)
        figures["batch_1000"] = _say("1,000 items, ensemble", load(ensemble.url, found, items=BATCH, seconds=30))
        figures["rss_mb"] = {name: round(server.memory.peak / 1e6) for name, server in [*servers.items(), ("ENSEMBLE", ensemble)]}
    return {"figures": figures}


if __name__ == "__main__":
    main()
