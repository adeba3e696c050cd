"""Replaces a service's processes one after the other behind a proxy under load: `uv run python -m bench.rolling_update`.

As a cluster does it: of three places two are taken; a new process starts at the third, and once the proxy, which asks at /readyz,
sends it requests, an old one is told to stop. The load is an open loop. The proxy is caddy, and repeats no request, so that each
that fails is seen. With a drain no request fails; beside it, unless --drained is given, the same without one.
"""

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.descriptions import descriptions
from bench.load import load, tell
from bench.server import NotReadyError, is_ready, serving, trivial_pricers
from pricer.local.ports import free_port

INTERVAL = 0.5  # seconds between two looks of the proxy at /readyz
PLACES, TAKEN = 3, 2
CADDYFILE = """{{
	admin off
	auto_https off
	log {{
		output discard
	}}
}}
{url} {{
	reverse_proxy {upstreams} {{
		lb_policy least_conn
		health_uri /readyz
		health_interval {interval}s
		health_timeout 2s
	}}
}}
"""


def main() -> None:
    """Replace under load, with and without a drain; print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--service", choices=("random-forest", "ensemble"), default="random-forest", help="(default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=60.0, help="of load (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=40.0, help="requests that are due a second (default: %(default)s)")
    parser.add_argument("--drain", type=float, default=3.0, help="seconds; several looks of the proxy (default: %(default)s)")
    parser.add_argument("--drained", action="store_true", help="only with a drain")
    arguments = parser.parse_args()
    caddy = shutil.which("caddy")
    if not caddy:
        raise SystemExit("caddy is not there: apt-get install caddy")
    drains = {"drained": arguments.drain} if arguments.drained else {"drained": arguments.drain, "not_drained": 0.0}
    found: dict[str, Any] = {"service": arguments.service, "rate": arguments.rate, "seconds": arguments.seconds}
    with peers(arguments.service) as environment:
        for name, drain in drains.items():
            told = {**environment, "DRAIN_SECONDS": str(drain)}
            found[name] = tell(name, rolled(arguments, caddy, told))
    print(json.dumps(found))


@contextmanager
def peers(service: str) -> Iterator[dict[str, str]]:
    """What the service needs around it: for the ensemble three pricers, which answer after 20 ms."""
    if service != "ensemble":
        yield {}
        return
    with trivial_pricers(0.02) as urls:
        names = ("SPECIALIST_URL", "FRONTIER_RAG_URL", "RANDOM_FOREST_URL")
        yield {**dict(zip(names, urls, strict=True)), "ENSEMBLE_CACHE_TTL": "0"}


def rolled(arguments: argparse.Namespace, caddy: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """What came of the requests while processes were replaced for as long as the load lasted."""
    ports = [free_port() for _ in range(PLACES)]
    with ExitStack() as open_places, proxy(caddy, ports) as url, tempfile.TemporaryDirectory() as folder:
        places = [Place(arguments.service, port, environment) for port in ports]
        for place in places:
            open_places.callback(place.stop)
        for place in places[:TAKEN]:
            place.start()
        await_proxy(url)
        texts = Path(folder) / "texts.json"
        texts.write_text(json.dumps(descriptions(200)), encoding="utf-8")
        found: dict[str, Any] = {}
        loading = threading.Thread(
            target=lambda: found.update(load(url, texts, clients=64, seconds=arguments.seconds, rate=arguments.rate))
        )
        loading.start()
        replaced = replace_while(loading, places)
        loading.join()
    failed = found["errors"] + found["rejected"]
    return {"replaced": replaced, "answered": found["n"], "failed": failed, "p50_ms": found["p50_ms"], "p99_ms": found["p99_ms"]}


def await_proxy(url: str, patience: float = 30.0) -> None:
    """Until it sends requests to the taken places alone: thirty in a row are answered."""
    until, in_a_row = time.monotonic() + patience, 0
    while in_a_row < 30:
        if time.monotonic() > until:
            raise NotReadyError(f"the proxy at {url} does not find the processes behind it")
        in_a_row = in_a_row + 1 if is_ready(url) else 0
        time.sleep(INTERVAL / 10)


def replace_while(loading: threading.Thread, places: list["Place"]) -> int:
    """Replace the oldest process, again and again; how often."""
    replaced = 0
    while loading.is_alive():
        places[TAKEN].start()
        time.sleep(2 * INTERVAL)
        places[0].stop()
        places.append(places.pop(0))
        replaced += 1
    return replaced


class Place:
    """A port at which a process of the service runs, or none."""

    def __init__(self, service: str, port: int, environment: Mapping[str, str]) -> None:
        self.service, self.port, self.environment, self._process = service, port, environment, ExitStack()

    def start(self) -> None:
        """A new process, ready."""
        name = self.service.replace("-", "_")
        self._process.enter_context(
            serving(name, port_name=f"{name.upper()}_PORT", environment=self.environment, port=self.port, patience=120)
        )

    def stop(self) -> None:
        """Tell it to stop, and wait until it has."""
        self._process.close()


@contextmanager
def proxy(caddy: str, ports: list[int]) -> Iterator[str]:
    """caddy before these ports, with a home of its own; its address."""
    url = f"http://127.0.0.1:{free_port()}"
    with tempfile.TemporaryDirectory() as home:
        config = Path(home) / "Caddyfile"
        upstreams = " ".join(f"127.0.0.1:{each}" for each in ports)
        config.write_text(CADDYFILE.format(url=url, upstreams=upstreams, interval=INTERVAL), encoding="utf-8")
        places = {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home}
        command = [caddy, "run", "--config", str(config), "--adapter", "caddyfile"]
        process = subprocess.Popen(command, env=os.environ | places, stderr=subprocess.DEVNULL)
        try:
            yield url
        finally:
            process.terminate()
            process.wait(20)


if __name__ == "__main__":
    main()
