"""Measures `specialist_train --preset seed` on 1, 2, 4 ... GPUs: steps and tokens a second, memory. The last line is JSON.

    python -m bench.training_gpus --gpus 1 2 [--kill]        # a random base of Llama-3.1-8B's shape in NF4: nothing to fetch
    python -m bench.training_gpus --tiny --gpus 1 2 --kill   # processes on a CPU that speak through gloo: does it work?

Each run is the command itself under accelerate's launcher (torch's own on a CPU, where accelerate starts one process alone).
Rows have the token lengths of the shared data's. --kill: the largest number trains, is killed in the middle, and the smallest
goes on; its losses are compared with those of the run that was not disturbed, for which dropout is off in all runs.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.memory import Memory
from bench.process_tree import family, kill
from bench.training_base import DEV, prepare

WARM = 4  # steps at a run's beginning that are not measured
HELD = 64  # held-out rows that are priced after the training, when the adapter is finished


@dataclass(frozen=True)
class Plan:
    """What every run shares."""

    work: Path
    tiny: bool
    steps: int
    batch: int
    kill: bool
    seconds: float

    @property
    def save_steps(self) -> int:
        """Steps between two checkpoints."""
        return max(2, self.steps // 3)

    def command(self, processes: int, out: Path, *more: str) -> list[str]:
        """One training on so many processes."""
        told = {"base": self.work / "base", "data": self.work / "data", "out": out, "max-steps": self.steps, "batch": self.batch}
        told |= {"save-steps": self.save_steps if self.kill else self.steps, "eval-rows": 0, "log-steps": 1}
        told |= {"calibration-rows": HELD, "max-length": 184, "dropout": 0.0 if self.kill else 0.1}
        if self.tiny:
            told |= {"device": "cpu", "quantization": "none", "optimizer": "adamw_torch", "lr": 0.01}
        arguments = [text for name, value in told.items() for text in (f"--{name}", str(value))]
        return [
            sys.executable,
            *self._launcher(processes),
            "-m",
            "training.specialist_train",
            "--preset",
            "seed",
            *arguments,
            *more,
        ]

    def _launcher(self, processes: int) -> list[str]:
        if processes == 1:
            return []
        if self.tiny:
            return ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", str(processes)]
        fixed = ["--multi_gpu", "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
        return ["-m", "accelerate.commands.launch", *fixed, "--num_processes", str(processes)]


@dataclass
class Seen:
    """What a run told while it ran: each step's loss and when it was told, seconds in all, peak memory in MB by GPU."""

    losses: dict[int, float] = field(default_factory=dict)
    times: dict[int, float] = field(default_factory=dict)
    tail: list[str] = field(default_factory=list)
    seconds: float = 0.0
    status: int | None = None
    peak_mb: list[int] = field(default_factory=list)

    def take(self, line: str) -> None:
        """One line of the run."""
        self.tail = [*self.tail[-14:], line.rstrip()]
        if line.startswith('{"step"') and "loss" in (told := json.loads(line)):
            self.losses[told["step"]] = round(told["loss"], 5)
            self.times[told["step"]] = time.perf_counter()

    def steps_a_second(self) -> float:
        """From the first step that is measured to the last."""
        first, last = min(WARM, max(self.times) - 1), max(self.times)
        return (last - first) / (self.times[last] - self.times[first])

    def slowest(self) -> float:
        """Seconds of the slowest measured step."""
        measured = [step for step in self.times if step >= WARM]
        return max((self.times[b] - self.times[a] for a, b in pairwise(measured)), default=0.0)


class GpuMemory(threading.Thread):
    """Peak memory in use of the first `count` GPUs, in MB, by nvidia-smi."""

    def __init__(self, count: int) -> None:
        super().__init__(daemon=True)
        self.peak, self._is_over = [0] * count, threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        ask = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
        while not self._is_over.wait(0.5):
            told = subprocess.run(ask, capture_output=True, text=True, check=False).stdout.split()
            self.peak = [max(pair) for pair in zip(self.peak, map(int, told), strict=False)]

    def stop(self) -> None:
        """Look no more."""
        self._is_over.set()


def run(plan: Plan, command: Sequence[str], processes: int, until: Callable[[Seen], bool] = lambda _: False) -> Seen:
    """Run a training to its end, or kill all of its processes once `until` says so or its time is up."""
    seen, begun = Seen(), time.perf_counter()
    visible = ",".join(map(str, range(processes)))
    settings = (
        os.environ | {"OMP_NUM_THREADS": "1" if plan.tiny else "8"} | ({} if plan.tiny else {"CUDA_VISIBLE_DEVICES": visible})
    )
    settings["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path and "site-packages" not in path)
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
    process = subprocess.Popen(command, env=settings, start_new_session=True, **pipes)
    watch: Any = Memory(process.pid) if plan.tiny else GpuMemory(processes)
    timer = threading.Timer(plan.seconds, _kill, [process])
    timer.start()
    watch.start()
    assert process.stdout is not None  # a pipe
    for line in process.stdout:
        seen.take(line)
        if until(seen):
            _kill(process)
    seen.status = process.wait()
    timer.cancel()
    watch.stop()
    seen.seconds = round(time.perf_counter() - begun, 1)
    seen.peak_mb = [round(watch.peak / 1e6)] if plan.tiny else watch.peak
    return seen


def _kill(process: "subprocess.Popen[str]") -> None:
    """The launcher and all processes that it started, at once and without a word."""
    kill(family(process.pid))  # it may have put them in groups of their own
    os.killpg(process.pid, signal.SIGKILL)  # those whose parent is gone


def figures(plan: Plan, seen: Seen, processes: int, tokens: float) -> dict[str, Any]:
    """What is told of a run that took its steps."""
    if len(seen.times) < 2:
        return {"failed": seen.status, "tail": seen.tail}
    rate = seen.steps_a_second()
    rows = rate * plan.batch * processes
    told: dict[str, Any] = {
        "steps_a_second": round(rate, 4),
        "rows_a_second": round(rows, 2),
        "tokens_a_second": round(rows * tokens),
    }
    told |= {"slowest_step_seconds": round(seen.slowest(), 3), "peak_mb": seen.peak_mb, "seconds_in_all": seen.seconds}
    return told | ({"status": seen.status, "tail": seen.tail} if seen.status else {"first_loss": seen.losses[1]})


def killed(plan: Plan, most: int, least: int, whole: Seen) -> dict[str, Any]:
    """Train on `most`, kill in the middle, go on on `least`; how far the losses are from those of the whole run."""
    out, at = plan.work / "killed", plan.save_steps + 2
    shutil.rmtree(out, ignore_errors=True)  # of an earlier measurement
    before = run(plan, plan.command(most, out), most, lambda seen: max(seen.losses, default=0) >= at)
    after = run(plan, plan.command(least, out, "--resume"), least)
    told = {"processes": [most, least], "killed_after_step": max(before.losses, default=0), "resumed_after_step": plan.save_steps}
    if after.status or not after.losses:
        return told | {"failed": after.status, "tail": [*before.tail, "...", *after.tail]}
    apart = {step: round(abs(loss - whole.losses[step]), 5) for step, loss in after.losses.items() if step in whole.losses}
    told |= {"steps_after": sorted(after.losses), "loss_apart_most": max(apart.values(), default=None)}
    return told | {"losses_whole": [whole.losses[step] for step in apart], "losses_resumed": [after.losses[step] for step in apart]}


def main() -> None:
    """Measure and print; the last line is the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gpus", type=int, nargs="+", default=[1, 2], help="numbers of GPUs (default: 1 2)")
    parser.add_argument("--steps", type=int, default=20, help="of each run (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=64, help="rows of one process in a step (default: %(default)s)")
    parser.add_argument("--kill", action="store_true", help="also kill a run in the middle and go on on fewer GPUs")
    parser.add_argument("--tiny", action="store_true", help="a tiny base, on the CPU")
    parser.add_argument("--seconds", type=float, default=280.0, help="a run that takes longer is killed (default: %(default)s)")
    parser.add_argument("--work", type=Path, help="where the base (5.6 GB) is kept for the next time (default: nowhere)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="training-gpus-") as temporary:
        plan = Plan(Path(asked.work or temporary), asked.tiny, asked.steps, asked.batch, asked.kill, asked.seconds)
        print(json.dumps(measure(plan, sorted(asked.gpus))))


def measure(plan: Plan, numbers: Sequence[int]) -> dict[str, Any]:
    """All runs."""
    begun = time.perf_counter()
    rows = max(256, round(1.3 * plan.steps * plan.batch * max(numbers))) + DEV
    tokens = prepare(plan.work, rows, plan.tiny)
    found: dict[str, Any] = {"bench": "training_gpus", "tiny": plan.tiny, "steps": plan.steps, "batch": plan.batch}
    found |= {"tokens_a_row": round(tokens, 1), "prepared_in": round(time.perf_counter() - begun, 1), "runs": {}}
    seen = Seen()
    for number in numbers:
        with tempfile.TemporaryDirectory(dir=plan.work) as out:
            seen = run(plan, plan.command(number, Path(out) / "adapter"), number)
        found["runs"][str(number)] = told = figures(plan, seen, number, tokens)
        first = found["runs"][str(numbers[0])].get("rows_a_second")
        if first and "rows_a_second" in told:
            told["ratio"] = round(told["rows_a_second"] / first * numbers[0], 3)
        print(f"{number} {told}", file=sys.stderr, flush=True)
    if plan.kill and seen.losses:
        found["killed"] = killed(plan, numbers[-1], numbers[0], seen)
    return found


if __name__ == "__main__":
    main()
