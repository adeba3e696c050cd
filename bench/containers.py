"""The containers: size of each image, whether two builds are the same, seconds from nothing to the first price, memory at rest.

Run: uv run python -m bench.containers [--twice SERVICE ...] [--up]; needs a Docker engine with Compose. Images are made first,
which does not count. `--twice` makes images twice without any cache and compares what their layers hold, by their digests; `--up`
starts all from empty volumes, under a project of its own, and takes it down. Knows nothing of what a price is.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx2

from common.pricers import PRICERS
from pricer.local.ports import free_port

ROOT = Path(__file__).resolve().parents[1]
PROJECT = "pricing-bench"
TAG = "bench"
LIGHT = ("ensemble", "scanner", "notifier", "dashboard")  # no inference in them
LIGHT_MB = 260
FIRST_PRICE = 180  # seconds
SERVICES = (*LIGHT, *(pricer.name for pricer in PRICERS))
ASKED = {"description": "Cordless drill driver kit, 20 V brushless motor, two 2 Ah batteries, charger and bag"}


def main() -> None:
    """Print a table and one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--twice", nargs="*", default=[], metavar="SERVICE", choices=SERVICES, help="make it twice and compare")
    parser.add_argument("--up", action="store_true", help="start all from nothing")
    arguments = parser.parse_args()
    environment = {**os.environ, "IMAGE_TAG": TAG, "ENSEMBLE_PORT": str(free_port()), "DASHBOARD_PORT": str(free_port())}
    compose(environment, "build", "--quiet")
    sizes = {name: size_of(name) for name in SERVICES}
    found: dict[str, Any] = {
        "bench": "containers",
        "python_image": os.environ.get("PYTHON_IMAGE") or "python:3.11-slim",
        "base_mb": megabytes(os.environ.get("PYTHON_IMAGE") or "python:3.11-slim"),
        "image_mb": sizes,
        "light_within_bar": all(sizes[name] <= LIGHT_MB for name in LIGHT),
        "same_twice": {name: is_same_twice(environment, name) for name in arguments.twice},
    }
    if arguments.up:
        found |= start(environment)
    for name, size in sizes.items():
        print(f"{name:<16}{size:>6.0f} MB")
    print(json.dumps(found))


def start(environment: dict[str, str]) -> dict[str, Any]:
    """From empty volumes to a price of all three pricers, and to all that is ready."""
    compose(environment, "down", "--volumes")
    started = time.monotonic()
    try:
        compose(environment, "up", "--detach", "--no-build", "--quiet-pull")
        first = wait_for_price(f"http://127.0.0.1:{environment['ENSEMBLE_PORT']}/price", started)
        compose(environment, "up", "--detach", "--no-build", "--wait")
        ready = time.monotonic() - started
        time.sleep(5)
        used = memory(environment)
    finally:
        compose(environment, "down", "--volumes")
    seconds = {"first_price_s": round(first, 1), "all_ready_s": round(ready, 1), "first_price_within_bar": first <= FIRST_PRICE}
    return {**seconds, "memory_mb": used, "memory_mb_in_all": round(sum(used.values()))}


def wait_for_price(url: str, started: float) -> float:
    """Seconds since `started`, when all three pricers answer through the front door."""
    while time.monotonic() - started < 10 * FIRST_PRICE:
        try:
            answer = httpx2.post(url, json=ASKED, timeout=10, trust_env=False)
            if answer.status_code == 200 and not answer.json()["degraded"]:
                return time.monotonic() - started
        except httpx2.HTTPError:
            pass
        time.sleep(0.2)
    raise TimeoutError("there is no price")


def is_same_twice(environment: dict[str, str], service: str) -> bool:
    """Whether two builds that share nothing but the base have the same layers: names, contents, rights, owners and times."""
    layers = []
    for _ in range(2):
        compose(environment, "build", "--quiet", "--no-cache", service)
        layers.append(docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", image_of(service)))
    return layers[0] == layers[1]


def memory(environment: dict[str, str]) -> dict[str, float]:
    """Megabytes of each container, what it wrote to /tmp included."""
    containers = compose(environment, "ps", "--quiet").split()
    lines = docker("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}", *containers).splitlines()
    return {name.removeprefix(f"{PROJECT}-").removesuffix("-1"): _megabytes(used) for name, used, *_ in map(str.split, lines)}


def _megabytes(text: str) -> float:
    factors = {"GiB": 1024**3 / 1e6, "MiB": 1024**2 / 1e6, "KiB": 1024 / 1e6}
    return round(float(text[:-3]) * factors[text[-3:]], 1)


def image_of(service: str) -> str:
    """Its name, as docker-compose.yml has it."""
    return f"product-pricing-agent/{service}:{TAG}"


def size_of(service: str) -> float:
    """Megabytes of an image, base included, unpacked."""
    return megabytes(image_of(service))


def megabytes(image: str) -> float:
    """Of any image."""
    return round(int(docker("image", "inspect", "--format", "{{.Size}}", image)) / 1e6, 1)


def docker(*arguments: str) -> str:
    """What a command prints."""
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True, timeout=120).stdout


def compose(environment: dict[str, str], *arguments: str) -> str:
    """What it prints. Without .env, so that no setting of this machine changes a figure."""
    with tempfile.NamedTemporaryFile(suffix=".env") as nothing:
        command = ["docker", "compose", "--project-name", PROJECT, "--env-file", nothing.name, *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=3600).stdout


if __name__ == "__main__":
    main()
