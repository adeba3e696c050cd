"""The whole system on free ports, as `make run` starts it, for the benchmarks that ask a running one."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.server import NotReadyError, is_ready
from pricer.local.ports import free_port
from pricer.local.system import services

PATIENCE = 120.0  # seconds until all are ready
PAUSE = 0.2
ENDING = 30.0
TAIL = 2000  # characters of its log that are told


@contextmanager
def running_system() -> Iterator[dict[str, str]]:
    """The environment in which it is found; NotReadyError where it does not come up."""
    with tempfile.TemporaryDirectory() as name:
        env = {f"{service.prefix}_PORT": str(free_port()) for service in services()}
        env |= {"FEEDS": "demo", "PRICER_NO_BROWSER": "1", "VAR_DIR": str(Path(name) / "var")}
        with (Path(name) / "log").open("w+") as log:
            command = [sys.executable, "-m", "pricer", "run"]
            process = subprocess.Popen(
                command, env={**os.environ, **env}, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
            try:
                _wait(process, env, Path(log.name))
                yield env
            finally:
                _end(process)


def _wait(process: "subprocess.Popen[bytes]", env: dict[str, str], log: Path) -> None:
    until = time.perf_counter() + PATIENCE
    while not all(is_ready(f"http://127.0.0.1:{env[f'{service.prefix}_PORT']}") for service in services()):
        if process.poll() is not None or time.perf_counter() > until:
            raise NotReadyError(f"the system did not become ready:\n{log.read_text(errors='replace')[-TAIL:]}")
        time.sleep(PAUSE)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(ENDING)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
