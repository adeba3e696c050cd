"""random-forest's speed and size, beside scikit-learn's own predict in the same run: `uv run python -m bench.forest`.

In process: text features, trees, both for a batch of 1,000. As a real process: POST /price and a batch of 1,000 over HTTP, memory,
start. Ratios to scikit-learn need it installed (`make training`), here or behind --peer-python; where it is not, the result says
which are left out. Closed loop (bench.load: coordinated omission). The last line is one JSON object.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import texts
from bench.descriptions import descriptions
from bench.load import load
from bench.server import serving
from common.pricing import PriceRequest
from common.settings import artifacts_dir

BATCH = 1000
PEER_TIMEOUT = 600.0  # seconds


def main() -> None:
    """Measure and print; the last line is the JSON."""
    arguments = parse()
    busy = os.getloadavg()[0]
    described = descriptions(arguments.texts)
    figures = {**in_process(described, arguments.rounds), **_served(described, arguments.load_seconds)}
    peers = measure_peers(arguments, described)
    folder = artifacts_dir() / "random-forest"
    result = {
        "bench": "forest",
        "cores": os.cpu_count(),
        "load_average_before": round(busy, 2),  # of others, while the figures are those of a machine that does nothing else
        "figures": figures,
        "artifact_mb": round(sum(each.stat().st_size for each in folder.iterdir()) / 1e6, 2),
        "peers": peers,
        "ratios": ratios(peers),
    }
    print(json.dumps(result))


def parse() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--texts", type=int, default=1000, help="descriptions to price (default: %(default)s)")
    add("--rounds", type=int, default=5, help="times the batch is priced (default: %(default)s)")
    add("--load-seconds", type=float, default=6.0, help="of each case over HTTP (default: %(default)s)")
    add("--peer-python", default=sys.executable, help="an interpreter that has scikit-learn and onnx (default: this one)")
    return parser.parse_args()


def timed(call: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def spread_of(seconds: list[float]) -> dict[str, float]:
    """Median and best, in milliseconds. The best is what the others of a shared machine disturb least."""
    return {"p50_ms": round(statistics.median(seconds) * 1000, 4), "best_ms": round(min(seconds) * 1000, 4)}


def in_process(described: list[str], rounds: int) -> dict[str, Any]:
    """What a text costs without HTTP: its features, what comes after them, and a batch."""
    from random_forest.app import load_pricer

    pricer = load_pricer()
    rows = [pricer.features.matrix([text]) for text in described]
    pricer.price([PriceRequest(description=text) for text in described[:20]])
    features = [timed(lambda text=text: pricer.features.matrix([text])) for text in described]  # type: ignore[misc]
    past = [timed(lambda row=row: pricer.calibration.apply(*pricer.forest.predict(row))) for row in rows]  # type: ignore[misc]
    requests = [PriceRequest(description=text) for text in (described * (BATCH // len(described) + 1))[:BATCH]]
    batches = [timed(lambda: pricer.price(requests)) for _ in range(rounds)]
    share = statistics.median(features) / (statistics.median(features) + statistics.median(past))
    found: dict[str, Any] = {
        "text features": spread_of(features),
        "past the text features": spread_of(past),
        f"batch of {BATCH}": spread_of(batches),
    }
    for what, figure in found.items():
        _tell(what, figure)
    return {**found, "share of the text features": round(share, 3)}


def _served(described: list[str], seconds: float) -> dict[str, Any]:
    """The service as a process of its own."""
    with tempfile.TemporaryDirectory() as name, serving("random_forest", port_name="RANDOM_FOREST_PORT") as server:
        path = texts.write(Path(name), "described", described)
        found: dict[str, Any] = {
            "POST /price@1": load(server.url, path, seconds=seconds),
            "POST /price@8": load(server.url, path, clients=8, seconds=seconds),
            f"POST /price/batch of {BATCH}@1": load(server.url, path, items=BATCH, seconds=seconds),
        }
        for what, figure in found.items():
            _tell(what, figure)
        # The peak is that of the start, while the graph is parsed; afterwards the memory is given back.
        resident, peak = resident_bytes(server.memory.pid), server.memory.peak
        return {**found, "rss_mb": round(resident / 1e6, 1), "peak_mb": round(peak / 1e6, 1), "start_s": server.start_seconds}


def resident_bytes(pid: int) -> int:
    """Resident memory of a process now."""
    import psutil

    return int(psutil.Process(pid).memory_info().rss)


def measure_peers(arguments: argparse.Namespace, described: list[str]) -> dict[str, Any]:
    """bench.forest_peers under the interpreter that has them; why not, where it does not run."""
    paths = os.pathsep.join(path for path in (os.environ.get("PYTHONPATH", ""), *sys.path) if path and "site-packages" not in path)
    with tempfile.TemporaryDirectory() as name:
        command = [arguments.peer_python, "-m", "bench.forest_peers", "--texts"]
        command.append(str(texts.write(Path(name), "described", described)))
        environment = {**os.environ, "PYTHONPATH": paths}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=PEER_TIMEOUT)
    if done.returncode:
        return {"skipped": (done.stderr.strip().splitlines() or ["it failed"])[-1]}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    for what, figure in found["per request"].items():
        _tell(what, figure)
    return found


def ratios(peers: dict[str, Any]) -> dict[str, Any]:
    """How many times as long each peer takes for one request as our trees do, by median and by best."""
    if "skipped" in peers:
        return {"skipped": f"ratios to scikit-learn, treelite and LightGBM: {peers['skipped']}"}
    found, ours = dict(peers["per request"]), peers["per request"]["ours"]
    said = {
        name: {which: round(figure[which] / ours[which], 1) for which in ("p50_ms", "best_ms")} if "p50_ms" in figure else figure
        for name, figure in found.items()
        if name != "ours"
    }
    return {name: {each.replace("_ms", ""): value for each, value in figure.items()} for name, figure in said.items()}


def _tell(what: str, figure: dict[str, Any]) -> None:
    """For the person who waits."""
    print(f"{what:<28} {'  '.join(f'{name} {value}' for name, value in figure.items())}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
