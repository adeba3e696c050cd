"""Runs a command for a benchmark: how long it takes, how much memory it needs, and what it tells in its last line."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PERIOD = 0.1  # seconds between two looks


class Memory(threading.Thread):
    """Peak of the resident memory of a process and all below it, in bytes. Shared pages count once for each."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self._is_over = pid, 0, threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        while not self._is_over.wait(PERIOD):
            self.peak = max(self.peak, self.resident())

    def stop(self) -> None:
        """Look no more."""
        self._is_over.set()

    def resident(self) -> int:
        """Bytes now."""
        import psutil

        total = 0
        try:
            root = psutil.Process(self.pid)
            for process in (root, *root.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
        except psutil.NoSuchProcess:
            return 0
        return total


@dataclass(frozen=True)
class Watched:
    """What became of a command: the JSON of its last line, its seconds, its peak memory in bytes."""

    told: dict[str, Any]
    seconds: float
    peak: int


def watch(module: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Watched:
    """Run `python -m module`; SystemExit where it fails. `environment` replaces that of this process."""
    command, start = [sys.executable, "-m", module, *arguments], time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        memory = Memory(process.pid)
        memory.start()
        printed = process.communicate()[0]
        memory.stop()
    if process.returncode:
        raise SystemExit(f"{module} failed with {process.returncode}")
    return Watched(json.loads(printed.splitlines()[-1]), time.perf_counter() - start, memory.peak)
