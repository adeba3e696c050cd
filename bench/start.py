"""What `make run` takes from a fresh clone until every service is ready, first and again: `uv run python -m bench.start`.

Clones the committed state, or --commit, into a temporary folder and runs it there on free ports with the sample feed. Tells the
seconds, and of every service the CPU seconds until its /readyz answers 200 and the resident memory after a price. --cold gives
uv an empty cache and hides an installed uv, so that all is downloaded as on a new machine. Knows the system by its log and ports.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from bench.server import is_ready
from pricer.local.ports import free_port
from pricer.local.system import services

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 900.0  # seconds


def main() -> None:
    """Measure and print; the last line is the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cold", action="store_true", help="download everything, uv too")
    parser.add_argument("--commit", default="HEAD", help="what is started, to compare with (default: %(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        clone = Path(name) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        subprocess.run(["git", "checkout", "--quiet", "--detach", _commit(arguments.commit)], cwd=clone, check=True)
        env = _environment(Path(name), arguments.cold)
        first, later = _start(clone, env), _start(clone, env)
        size = int(
            subprocess.run(["du", "-sm", str(clone / ".venv")], capture_output=True, text=True, check=True).stdout.split()[0]
        )
    told = {"commit": _commit(arguments.commit)[:7], "environment_mb": size, "cold": arguments.cold, "cores": os.cpu_count()}
    print(json.dumps({"bench": "start", **told, "first": first, "later": later}))


def _commit(name: str) -> str:
    """Its full hash: a clone does not know every branch."""
    found = subprocess.run(["git", "rev-parse", f"{name}^{{commit}}"], cwd=ROOT, capture_output=True, text=True, check=True)
    return found.stdout.strip()


def _environment(folder: Path, cold: bool) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("VIRTUAL_ENV", "VAR_DIR", "ARTIFACTS_DIR"))}
    env |= {f"{service.prefix}_PORT": str(free_port()) for service in services()}
    env |= {"FEEDS": "demo", "PRICER_NO_BROWSER": "1"}
    if cold:
        env |= {"UV_CACHE_DIR": str(folder / "cache"), "PIP_NO_CACHE_DIR": "1"}
        with_uv = {str(Path(found).parent) for found in [shutil.which("uv")] if found}
        env["PATH"] = ":".join(part for part in env["PATH"].split(":") if part not in with_uv)
    return env


def _start(clone: Path, env: dict[str, str]) -> dict[str, Any]:
    """Seconds from the command to its 'Ready after', and what the services needed."""
    log = clone.parent / "log"
    started = time.perf_counter()
    with log.open("w") as file:
        process = subprocess.Popen(
            ["make", "run"], cwd=clone, env=env, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
    cpu: dict[str, float] = {}
    try:
        while not re.search(r"Ready after", log.read_text(errors="replace")) or len(cpu) < len(services()):
            if process.poll() is not None or time.perf_counter() - started > LONGEST:
                raise SystemExit(f"not ready:\n{log.read_text(errors='replace')[-3000:]}")
            cpu |= _newly_ready(process.pid, env, set(cpu))
            time.sleep(0.05)
        seconds = round(time.perf_counter() - started, 1)
        _price(env)
        return {"seconds": seconds, "cpu_s": {"all": round(sum(cpu.values()), 1), **cpu}, "rss_mb": _memory(process.pid)}
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)


def _newly_ready(root: int, env: dict[str, str], known: set[str]) -> dict[str, float]:
    """CPU seconds, so far, of the services that are ready and not `known`."""
    asked = [each for each in services() if each.name not in known]
    ready = {each.name for each in asked if is_ready(f"http://127.0.0.1:{env[f'{each.prefix}_PORT']}")}
    return {name: seconds for name, seconds, _ in _needed(root) if name in ready} if ready else {}


def _memory(root: int) -> dict[str, float]:
    """Resident memory now: of all that runs, and of each service. Shared pages count once for each process."""
    needed = _needed(root)
    return {"all": sum(size for *_, size in needed), **{name: size for name, _, size in needed if name}}


def _needed(root: int) -> list[tuple[str, float, float]]:
    """Of each process below `root`: the service that it is (empty: none), its CPU seconds, its resident memory in MB."""
    found = []
    for process in psutil.Process(root).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            ending, times = process.cmdline()[-2:], process.cpu_times()
            name = next((each.name for each in services() if ending == ["-m", each.module]), "")
            found.append((name, round(times.user + times.system, 1), round(process.memory_info().rss / 1e6)))
    return found


def _price(env: dict[str, str]) -> None:
    body = json.dumps({"description": "Cordless drill, 20 V, two batteries, charger and bag"}).encode()
    url = f"http://127.0.0.1:{env['ENSEMBLE_PORT']}/price"
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()


if __name__ == "__main__":
    main()
