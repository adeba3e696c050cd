"""The whole system as `pricer run` has it, on free ports and a folder of its own, with the processes of each of its services."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from pricer.local.ports import free_ports

SERVICES = ("specialist", "frontier-rag", "random-forest", "ensemble", "scanner", "notifier", "dashboard")
REDIS = "redis"
PATIENCE = 240.0  # seconds until everything is ready


@dataclass(frozen=True)
class Running:
    """`urls` by service; `process` is what started them; `folder` holds their data in var, and their log."""

    urls: dict[str, str]
    process: subprocess.Popen[str]
    folder: Path

    @property
    def log(self) -> Path:
        """What all of them said."""
        return self.folder / "log"

    def processes(self) -> dict[str, psutil.Process]:
        """Each service's own process, and that of Redis where it was started here; those that are away just now are missing."""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            try:
                words = child.cmdline()
            except psutil.NoSuchProcess:
                continue
            name = REDIS if words and "redis-server" in words[0] else "".join(words[-1:]).replace("_", "-")
            if name in (*SERVICES, REDIS):
                found[name] = child
        return found

    def memory(self) -> dict[str, float]:
        """Resident megabytes of each service with what it started; shared pages count once for each process."""
        found = dict.fromkeys(SERVICES, 0.0)
        for name, process in self.processes().items():
            with suppress(psutil.NoSuchProcess):
                family = [process, *process.children(recursive=True)]
                if name in found:
                    found[name] = round(sum(each.memory_info().rss for each in family) / 1e6, 1)
        return found


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Running]:
    """Start, wait until all are ready, stop. RuntimeError with the end of the log where they do not become ready."""
    ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
    given = {f"{name.upper().replace('-', '_')}_PORT": str(port) for name, port in ports.items()}
    env = os.environ | given | {"VAR_DIR": str(folder / "var"), "FEEDS": "demo", "SCANNER_INTERVAL": "0"} | settings
    log = folder / "log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "pricer", "run"], env=env, stdout=file, stderr=subprocess.STDOUT, text=True
        )
    try:
        until = time.monotonic() + PATIENCE
        while "Ready after" not in log.read_text():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(log.read_text()[-2000:])
            time.sleep(0.2)
        yield Running({name: f"http://127.0.0.1:{port}" for name, port in ports.items()}, process, folder)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
