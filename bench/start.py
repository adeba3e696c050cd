"""How long `make run` takes from a fresh clone until every service is ready, first and again: `uv run python -m bench.start`.

Clones the committed state into a temporary folder and runs it there on free ports with the sample feed. --cold gives uv an empty
cache and hides an installed uv, so that everything is downloaded as on a new machine. Knows the system by its log alone.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from pricer.system import services

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 900.0  # seconds


def main() -> None:
    """Measure and print; the last line is the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cold", action="store_true", help="download everything, uv too")
    cold = parser.parse_args().cold
    with tempfile.TemporaryDirectory() as name:
        clone = Path(name) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        env = _environment(Path(name), cold)
        first, later = _start(clone, env), _start(clone, env)
        size = int(
            subprocess.run(["du", "-sm", str(clone / ".venv")], capture_output=True, text=True, check=True).stdout.split()[0]
        )
    result = {"first_start_s": first, "later_start_s": later, "environment_mb": size, "cold": cold, "cores": os.cpu_count()}
    print(json.dumps({"bench": "start", **result}))


def _environment(folder: Path, cold: bool) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("VIRTUAL_ENV", "VAR_DIR", "ARTIFACTS_DIR"))}
    env |= {f"{service.prefix}_PORT": str(_free_port()) for service in services()}
    env |= {"FEEDS": "demo", "PRICER_NO_BROWSER": "1"}
    if cold:
        env |= {"UV_CACHE_DIR": str(folder / "cache"), "PIP_NO_CACHE_DIR": "1"}
        with_uv = {str(Path(found).parent) for found in [shutil.which("uv")] if found}
        env["PATH"] = ":".join(part for part in env["PATH"].split(":") if part not in with_uv)
    return env


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(clone: Path, env: dict[str, str]) -> float:
    """Seconds from the command to its 'Ready after'."""
    log = clone.parent / "log"
    started = time.perf_counter()
    with log.open("w") as file:
        process = subprocess.Popen(
            ["make", "run"], cwd=clone, env=env, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        while not re.search(r"Ready after", log.read_text(errors="replace")):
            if process.poll() is not None or time.perf_counter() - started > LONGEST:
                raise SystemExit(f"not ready:\n{log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.05)
        return round(time.perf_counter() - started, 1)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)


if __name__ == "__main__":
    main()
