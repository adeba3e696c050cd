"""Starts a service for a benchmark as a real process on a free port, waits until it is ready, and ends it.

Or asks whether one that others started is there, before anything is measured.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.memory import Memory
from common.pricers import PRICERS
from pricer.local.ports import free_port

PAUSE = 0.01  # seconds between two looks whether it is ready
TAIL = 3000  # characters of its log that are shown where it fails


class NotReadyError(SystemExit):
    """The service ended or took too long; the message holds the end of its log, and is what a benchmark ends with."""


@dataclass(frozen=True)
class Server:
    """A ready service: where it is, the seconds from its start until ready, and its memory."""

    url: str
    start_seconds: float
    memory: Memory


@contextmanager
def serving(
    module: str,
    *,
    port_name: str,
    environment: Mapping[str, str] | None = None,
    arguments: Sequence[str] = (),
    patience: float = 60,
    port: int = 0,
) -> Iterator[Server]:
    """`python -m module` with its port, 0 for a free one, in the variable `port_name`; NotReadyError past `patience` seconds."""
    port = port or free_port()
    env = {**os.environ, **(environment or {}), port_name: str(port), "HOST": "127.0.0.1", "LOG_FORMAT": "json"}
    with tempfile.NamedTemporaryFile("w+", suffix=".log") as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments], env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        memory = Memory(process.pid)
        memory.start()
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(process, url, Path(log.name), patience)
            yield Server(url, round(time.perf_counter() - started, 2), memory)
        finally:
            memory.stop()
            _end(process)


@contextmanager
def trivial_pricers(delay: float, ports: Sequence[int] = ()) -> Iterator[list[str]]:
    """Addresses of pricers that answer after `delay` seconds: at `ports`, or as many as the real ones; one process."""
    ports = ports or [free_port() for _ in PRICERS]
    command = [sys.executable, "-m", "bench.trivial_pricer", "--delay", str(delay), "--ports", *map(str, ports)]
    process = subprocess.Popen(command, start_new_session=True)
    try:
        until = time.perf_counter() + 20
        while not all(is_ready(f"http://127.0.0.1:{port}") for port in ports):
            if process.poll() is not None or time.perf_counter() > until:
                raise NotReadyError("the trivial pricers did not start")
            time.sleep(PAUSE)
        yield [f"http://127.0.0.1:{port}" for port in ports]
    finally:
        _end(process)


def require_ready(url: str, remedy: str) -> None:
    """SystemExit with a sentence where the service at `url`, which others started, is not there or not ready."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5):
            return
    except urllib.error.HTTPError as exc:
        raise SystemExit(f"The service at {url} is not ready (it answers {exc.code}): {remedy}.") from exc
    except (OSError, ValueError) as exc:
        raise SystemExit(f"No service answers at {url}: {remedy}.") from exc


def _wait(process: "subprocess.Popen[bytes]", url: str, log: Path, patience: float) -> None:
    until = time.perf_counter() + patience
    while not is_ready(url):
        if process.poll() is not None or time.perf_counter() > until:
            why = f"ended with {process.returncode}" if process.returncode is not None else f"was not ready within {patience:.0f} s"
            raise NotReadyError(f"the service {why}:\n{log.read_text(errors='replace')[-TAIL:]}")
        time.sleep(PAUSE)


def is_ready(url: str) -> bool:
    """Whether the service at `url` says that it is."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)
