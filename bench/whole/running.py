"""Runs one benchmark as a process with a deadline, and makes a result of what it printed, whatever became of it.

Its output stays in a folder, complete. Knows nothing of what the figures mean.
"""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from bench.process_tree import family, kill
from bench.processor import processor
from bench.server import NotReadyError
from bench.whole.benches import Bench
from bench.whole.needs import SYSTEM, lacking
from bench.whole.results import DONE, FAILED, LATE, NOT_RUN, Result
from bench.whole.system import running_system

ROOT = Path(__file__).resolve().parents[2]
LONGEST_WHY = 300  # characters
NOT_MEASURED = ("bench/recorded", "bench/whole", "docs", "tests", "*.md")
LOOK = 1.0  # seconds in which is seen whether others are at work
GRACE = 20.0  # seconds to end by itself after the deadline


@dataclass(frozen=True)
class Run:
    """Where output goes; whether it is a smoke run; of which commit the code is; by how much deadlines are longer."""

    folder: Path
    is_quick: bool = False
    commit: str = ""
    patience: float = 1.0


def run(bench: Bench, how: Run) -> Result:
    """What came of it."""
    arguments = bench.quick if how.is_quick else bench.arguments
    command = f"python -m {bench.module} {arguments or ''}".strip()
    plain = Result(bench.name, command, NOT_RUN, commit=how.commit, machine=machine(), cores=os.cpu_count() or 0)
    if arguments is None:
        return replace(plain, why="it has no short form for a smoke run", command=f"python -m {bench.module}")
    if absent := lacking(bench.needs):
        return replace(plain, why="needs " + " and ".join(absent))
    before, others = os.getloadavg()[0], _busy()
    try:
        started = running_system() if SYSTEM in bench.needs else nullcontext(dict[str, str]())
        with started as env:
            argv, where = [sys.executable, *shlex.split(command)[1:]], (how.folder, 60 * bench.minutes * how.patience)
            found = _timed(plain, argv, env, where)
        return replace(found, load=(round(before, 2), *found.load), busy=(others, _busy()))
    except NotReadyError as exc:
        return replace(plain, status=FAILED, why=_short(str(exc)), date=_now())


def machine() -> str:
    """The processor's name, and the card's where there is one."""
    cards = ""
    try:
        told = subprocess.run(
            ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"], capture_output=True, text=True, timeout=20, check=False
        )
        cards = told.stdout.partition("\n")[0].strip() if told.returncode == 0 else ""
    except (OSError, subprocess.TimeoutExpired):
        pass
    return ", ".join(part for part in (str(processor()["name"]), cards) if part)


def commit() -> str:
    """The commit of the code, with "+" where what is measured differs from it; $BENCH_COMMIT where there is no git; "" unknown."""
    head = _git("rev-parse", "--short=10", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", *(f":!{each}" for each in NOT_MEASURED))
    return f"{head}{'+' if changed else ''}" if head else os.environ.get("BENCH_COMMIT", "")


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M")


def _busy() -> float:
    """Cores that are at work while nothing of ours is."""
    return round(float(psutil.cpu_percent(LOOK)) / 100 * (os.cpu_count() or 1), 2)


def _timed(plain: Result, argv: list[str], env: Mapping[str, str], where: tuple[Path, float]) -> Result:
    folder, seconds = where
    folder.mkdir(parents=True, exist_ok=True)
    out, log = folder / f"{plain.name}.out", folder / f"{plain.name}.log"
    date, started = _now(), time.perf_counter()
    with out.open("w") as stdout, log.open("w") as stderr:
        process = subprocess.Popen(argv, cwd=ROOT, env={**os.environ, **env}, stdout=stdout, stderr=stderr, start_new_session=True)
        is_late = _is_late(process, seconds)
    measured = replace(plain, date=date, load=(round(os.getloadavg()[0], 2),), seconds=round(time.perf_counter() - started, 2))
    if is_late:
        return replace(measured, status=LATE, why=f"it was not done within {seconds:.0f} s")
    return replace(measured, **_told(process.returncode, out, log))


def _is_late(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Waits; past the deadline ends it and all that it started, sessions of their own too."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        started = family(process.pid)
        process.send_signal(signal.SIGINT)  # as a person would, so that it takes down what it has started
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        kill(started)
        process.wait()
        psutil.wait_procs(started, timeout=GRACE / 4)
        return True
    except BaseException:
        process.send_signal(signal.SIGINT)
        process.wait(GRACE)
        raise
    return False


def _told(code: int, out: Path, log: Path) -> dict[str, Any]:
    """Status, why and output. A benchmark that finds something wrong ends with 1 and tells its figures all the same."""
    printed, said = (path.read_text(encoding="utf-8", errors="replace").split("\n") for path in (out, log))
    lines, said = [line for line in printed if line.strip()], [line for line in said if line.strip()]
    has_broken = code and any(line.startswith("Traceback (most recent") for line in said)
    try:
        output = json.loads(lines[-1].replace(f"{ROOT}/", ""))  # what is recorded is read elsewhere
        if isinstance(output, dict) and not has_broken:
            return {"status": DONE, "output": output, "why": f"it ended with {code}" if code else ""}
    except (IndexError, ValueError):
        pass
    return {"status": FAILED, "why": _short(said[-1] if said else f"it ended with {code} and said nothing")}


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_WHY else line[: LONGEST_WHY - 1] + "…"
