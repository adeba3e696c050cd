"""Runs a command for a benchmark: how long it takes, how much memory it needs, and what it tells in its last line."""

import json
import math
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bench.process_tree import family, kill

PERIOD = 0.1  # seconds between two looks


class Memory(threading.Thread):
    """Peak of the resident memory of a process and all below it, in bytes, and the CPU seconds of them all.

    Shared pages count once for each; what a process did after the last look at it is not counted. A tree that is larger than `most`
    bytes is killed: is_killed.
    """

    def __init__(self, pid: int, period: float = PERIOD, most: float = math.inf) -> None:
        super().__init__(daemon=True)
        self.pid, self.period, self.most = pid, period, most
        self.peak, self.is_killed, self._is_over = 0, False, threading.Event()
        self._cpu: dict[int, float] = {}

    @property
    def cpu_seconds(self) -> float:
        """User and system, of all processes that were seen."""
        return sum(self._cpu.values())

    def run(self) -> None:
        """Look until told to stop."""
        while not self._is_over.wait(self.period):
            self.peak = max(self.peak, self.resident())
            if self.peak > self.most and not self.is_killed:
                self.is_killed = True
                kill(family(self.pid))

    def stop(self) -> None:
        """Look no more."""
        self._is_over.set()

    def resident(self) -> int:
        """Bytes now."""
        import psutil

        total = 0
        for process in family(self.pid):
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
                self._cpu[process.pid] = sum(process.cpu_times()[:2])
        return total


@dataclass(frozen=True)
class Watched:
    """What became of a command: the JSON of its last line, its seconds, its peak memory in bytes."""

    told: dict[str, Any]
    seconds: float
    peak: int

    def cost(self, rows: int) -> dict[str, float]:
        """What so many rows took, start-up included."""
        return {
            "seconds": round(self.seconds, 2),
            "rows_per_second": round(rows / self.seconds, 1),
            "peak_rss_mb": round(self.peak / 1e6, 1),
        }


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
