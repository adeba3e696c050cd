"""What the one wheel takes: its size, seconds to install it and to be ready, first and again: `uv run python -m bench.wheel`.

Builds it from this folder, installs it with uv into an environment of its own outside of the project, and runs it there with the
sample feed, from an empty folder and for an empty home. --cold gives uv an empty cache, so that all is downloaded. The bound
beside the size is what PyPI takes by default. Needs a package index. Knows the system by its log and ports.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

from pricer.local.ports import free_port
from pricer.local.system import services

ROOT = Path(__file__).resolve().parents[1]
LARGEST = 100 * 1024 * 1024  # bytes of a file that PyPI takes without being asked
LONGEST = 900.0  # seconds


def main() -> None:
    """Measure and print; the last line is the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cold", action="store_true", help="download everything")
    parser.add_argument(
        "--python", default=f"{sys.version_info[0]}.{sys.version_info[1]}", help="which Python (default: %(default)s)"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = environment(folder)
        options = ["--cache-dir", str(folder / "cache")] if arguments.cold else []
        built, wheel = timed(lambda: build(folder))
        installed, program = timed(lambda: install(wheel, folder, arguments.python, *options))
        first, again = start(program, folder, env), start(program, folder, env)
        told = {"wheel_mb": round(wheel.stat().st_size / 1e6, 1), "largest_mb": round(LARGEST / 1e6, 1), "holds_mb": held(wheel)}
        told |= {"environment_mb": size_of(folder / "env"), "data_mb": size_of(folder / "home")}
    told |= {"build_s": built, "install_s": installed, "ready_s": first, "ready_again_s": again}
    print(json.dumps({"bench": "wheel", "cold": arguments.cold, "cores": os.cpu_count(), "python": arguments.python, **told}))


def environment(folder: Path) -> dict[str, str]:
    """That of somebody without a checkout: ports that are free, an empty home, the sample feed."""
    for name in ("home", "nowhere"):
        (folder / name).mkdir()
    env = {f"{service.prefix}_PORT": str(free_port()) for service in services()}
    return env | {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "FEEDS": "demo", "PRICER_NO_BROWSER": "1"}


def uv() -> str:
    """The program, be it the machine's or the one that the Makefile installed; "" where there is none."""
    ours = ROOT / ".uv" / "bin" / "uv"
    return shutil.which("uv") or (str(ours) if ours.exists() else "")


def build(folder: Path) -> Path:
    """The wheel, in `folder`."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT / "distribution", stdout=subprocess.DEVNULL, check=True)
    return next(folder.glob("*.whl"))


def install(wheel: Path, folder: Path, python: str, *options: str) -> Path:
    """The command `pricer` of an environment that holds the wheel and what it depends on. CalledProcessError says why not."""
    place = folder / "env"
    for command in (["venv", "--python", python, str(place)], ["pip", "install", "--python", str(place), *options, str(wheel)]):
        subprocess.run([uv(), "--quiet", *command], cwd=folder / "nowhere", check=True, capture_output=True, text=True)
    return place / "bin" / "pricer"


def start(program: Path, folder: Path, env: dict[str, str]) -> float:
    """Seconds until all is ready, as the command says it to a program; then it is stopped."""
    with (folder / "log").open("w") as log:
        command = [str(program), "run", "--json"]
        process = subprocess.Popen(command, cwd=folder / "nowhere", env=env, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout
    started = time.perf_counter()
    try:
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"not ready:\n{(folder / 'log').read_text(errors='replace')[-3000:]}")
        assert json.loads(line)["state"] == "ready"
        return round(time.perf_counter() - started, 1)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def timed(work: Any) -> tuple[float, Any]:
    """Its seconds, and what it gives."""
    started = time.perf_counter()
    result = work()
    return round(time.perf_counter() - started, 1), result


def held(wheel: Path) -> float:
    """Megabytes of what a wheel holds, unpacked."""
    with zipfile.ZipFile(wheel) as file:
        return round(sum(each.file_size for each in file.infolist()) / 1e6, 1)


def size_of(folder: Path) -> int:
    """Megabytes of all files below."""
    return round(sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()) / 1e6)


if __name__ == "__main__":
    if not uv():
        raise SystemExit("needs uv")
    main()
