"""How long nobody leads once the scanner that leads is stopped, killed or frozen: `uv run python -m bench.leading [--rounds 3]`.

Two real scanners on one PostgreSQL, which it starts; each round begins with two new ones. From the signal until the other says at
/metrics that it leads; looked at every 10 ms. The last line is one JSON object.
"""

import argparse
import json
import os
import signal
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from bench.load import tell
from bench.server import serving
from pricer.local.ports import free_port

MANNERS = {"stopped": signal.SIGTERM, "killed": signal.SIGKILL, "frozen": signal.SIGSTOP}
LOOK, PATIENCE = 0.01, 60.0  # seconds


def main() -> None:
    """End leaders, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="of each manner (default: %(default)s)")
    arguments = parser.parse_args()
    from tests.integration.postgres import PostgresProcess

    database = PostgresProcess()
    try:
        found = {name: measured(database.url, how, arguments.rounds) for name, how in MANNERS.items()}
    finally:
        database.close()
    told = {name: tell(name, {"n": len(each), "median_s": round(statistics.median(each), 2), "most_s": round(max(each), 2)})
            for name, each in found.items()}  # fmt: skip
    print(json.dumps({"bench": "leading", "cores": os.cpu_count(), "without_a_leader": told}))


def measured(database: str, how: signal.Signals, rounds: int) -> list[float]:
    """Seconds until the other leads, of each round."""
    return [_without_a_leader(database, how) for _ in range(rounds)]


def _without_a_leader(database: str, how: signal.Signals) -> float:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        first, second = (
            running.enter_context(
                serving("scanner", port_name="SCANNER_PORT", environment=_environment(database, Path(folder) / name))
            )
            for name in ("first", "second")
        )
        _wait_until_leads(first.url)
        begun = time.perf_counter()
        os.kill(first.memory.pid, how)
        try:
            _wait_until_leads(second.url)
            return time.perf_counter() - begun
        finally:
            if how == signal.SIGSTOP:
                os.kill(first.memory.pid, signal.SIGCONT)


def _wait_until_leads(url: str) -> None:
    until = time.monotonic() + PATIENCE
    while not _leads(url):
        if time.monotonic() > until:
            raise SystemExit(f"no scanner led within {PATIENCE:g} s")
        time.sleep(LOOK)


def _leads(url: str) -> bool:
    with urllib.request.urlopen(f"{url}/metrics", timeout=PATIENCE) as answer:
        return "scanner_leading 1.0" in answer.read().decode()


def _environment(database: str, folder: Path) -> Mapping[str, str]:
    """Of a scanner that has nothing to do."""
    away = f"127.0.0.1:{free_port()}"
    return {
        "DATABASE_URL": database,
        "VAR_DIR": str(folder),
        "FEEDS": f"http://{away}/feed",
        "SCANNER_INTERVAL": "3600",
        "SCANNER_RATES_URL": "off",
        "REDIS_URL": f"redis://{away}",
        "ENSEMBLE_URL": f"http://{away}",
        "LOG_LEVEL": "ERROR",
    }


if __name__ == "__main__":
    main()
