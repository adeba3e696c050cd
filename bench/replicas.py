"""What a second ensemble behind a proxy brings, and what its parts cost: `uv run python -m bench.replicas`.

One ensemble, one behind Caddy, and --replicas of them behind it, each over the same trivial pricers: requests a second of a closed
loop, latencies, and the seconds of CPU that a request costs each part, which a busy machine changes less than its rate. All are
processes of this machine and share its cores: where there are no more cores than processes the rate says nothing of machines of
their own, the CPU does. With --fence URL of a PostgreSQL: what a transaction of the scanner that leads costs beside a plain one.
The caches are off. The last line is one JSON object.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench import texts
from bench.descriptions import descriptions
from bench.ensemble import ENVIRONMENT, NAMES
from bench.load import load, tell
from bench.server import Server, is_ready, serving, trivial_pricers
from pricer.local.ports import free_port

CADDYFILE = """
{{
  admin off
  auto_https off
  log {{
    level ERROR
  }}
}}
http://127.0.0.1:{port} {{
  reverse_proxy {upstreams} {{
    lb_policy least_conn
    health_uri /readyz
    health_interval 2s
  }}
}}
"""


def main() -> None:
    """Measure and print; the last line is the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicas", type=int, default=2, help="ensembles behind the proxy (default: %(default)s)")
    parser.add_argument("--clients", type=int, default=32, help="closed loops at once (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each case (default: %(default)s)")
    parser.add_argument("--fence", metavar="URL", default="", help="a PostgreSQL whose database may be written to")
    arguments = parser.parse_args()
    result: dict[str, Any] = {"bench": "replicas", "cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 2)}
    result |= _cases(arguments)
    if arguments.fence:
        result["fence"] = tell("a transaction, ms", asyncio.run(_fence(arguments.fence)))
    print(json.dumps(result | {"load_after": round(os.getloadavg()[0], 2)}))


def _cases(arguments: argparse.Namespace) -> dict[str, Any]:
    cases: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        found = texts.write(Path(folder), "texts", descriptions(2048))
        urls = dict(zip(NAMES, stack.enter_context(trivial_pricers(0.0)), strict=True))
        ensembles = [_ensemble(urls, stack) for _ in range(arguments.replicas)]
        cases["one"] = _case("one", ensembles[0].url, ensembles[:1], 0, found, arguments)
        for name, behind in (("one behind a proxy", ensembles[:1]), (f"{arguments.replicas} behind a proxy", ensembles)):
            with _caddy([each.url for each in behind], Path(folder)) as (url, pid):
                cases[name.replace(" ", "_")] = _case(name, url, behind, pid, found, arguments)
    return cases


def _ensemble(urls: dict[str, str], stack: ExitStack) -> Server:
    return stack.enter_context(serving("ensemble", port_name="ENSEMBLE_PORT", environment=ENVIRONMENT | urls, patience=240))


def _case(name: str, url: str, ensembles: list[Server], proxy: int, found: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """A load, and the CPU that ensembles and proxy took for it."""
    before = _cpu([each.memory.pid for each in ensembles]), _cpu([proxy] if proxy else [])
    started = time.perf_counter()
    figure = load(url, found, clients=arguments.clients, seconds=arguments.seconds)
    seconds = time.perf_counter() - started
    spent = _cpu([each.memory.pid for each in ensembles]) - before[0], _cpu([proxy] if proxy else []) - before[1]
    requests = figure["per_second"] * arguments.seconds
    costs = {"ensemble_cpu_ms": round(spent[0] * 1000 / requests, 2), "proxy_cpu_ms": round(spent[1] * 1000 / requests, 2)}
    kept = {key: figure[key] for key in ("per_second", "p50_ms", "p99_ms", "errors", "rejected")}
    return tell(name, kept | costs | {"seconds": round(seconds, 1)})


def _cpu(pids: list[int]) -> float:
    """Seconds of CPU that these processes and all below them have taken."""
    import psutil

    found = [each for pid in pids for each in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True))]
    return sum(sum(each.cpu_times()[:2]) for each in found)


@contextmanager
def _caddy(upstreams: list[str], folder: Path) -> Iterator[tuple[str, int]]:
    """A proxy before these; its address and process."""
    program = shutil.which("caddy")
    if program is None:
        raise SystemExit("Needs caddy (Debian's package caddy).")
    port = free_port()
    hosts = " ".join(url.removeprefix("http://") for url in upstreams)
    (folder / "Caddyfile").write_text(CADDYFILE.format(port=port, upstreams=hosts), encoding="utf-8")
    command = [program, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    process = subprocess.Popen(command, stdout=sys.stderr, stderr=subprocess.DEVNULL, env=os.environ | {"HOME": str(folder)})
    try:
        until = time.perf_counter() + 60
        while not is_ready(f"http://127.0.0.1:{port}"):
            if process.poll() is not None or time.perf_counter() > until:
                raise SystemExit("caddy did not start")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(20)


async def _fence(url: str, times: int = 500) -> dict[str, float]:
    """Medians of an empty transaction, plain and of who leads, in milliseconds."""
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import AsyncEngine

    from common.database import open_engine
    from scanner.store.leader_store import LeaderStore

    async def median(engine: AsyncEngine) -> float:
        took = []
        for _ in range(times):
            started = time.perf_counter()
            async with engine.begin() as connection:
                await connection.execute(text("SELECT 1"))
            took.append(time.perf_counter() - started)
        return round(statistics.median(took) * 1000, 3)

    plain, led, leader = open_engine(url), open_engine(url), LeaderStore(url)
    await leader.mark(led)
    if not await leader.take():
        raise SystemExit("A scanner leads on this database: give one that is nobody's.")
    figures = {"plain_ms": await median(plain), "leader_ms": await median(led)}
    await leader.aclose()
    await asyncio.gather(plain.dispose(), led.dispose())
    return figures


if __name__ == "__main__":
    main()
