"""`specialist_train --preset seed` killed in the middle goes on with another number of processes as if nothing had happened.

Real processes on the CPU that speak through gloo; they are killed with SIGKILL. Takes a minute, and torch.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

for needed in ("torch", "transformers", "trl", "peft", "datasets", "accelerate", "matplotlib"):
    pytest.importorskip(needed, reason=f"needs {needed} (make training)")

from bench.process_tree import family, kill  # noqa: E402 (after the skips)
from tests.unit.training.specialist.tiny_bases import save_base, save_products  # noqa: E402 (after the skips)

pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.timeout(900)]

STEPS, SAVED, KILLED = 40, 4, 10
FIXED = {
    **{"device": "cpu", "quantization": "none", "optimizer": "adamw_torch", "dropout": 0, "lr": 0.01, "max-text-tokens": 64},
    **{"max-steps": STEPS, "save-steps": SAVED, "log-steps": 1, "eval-rows": 0, "calibration-rows": 8},
}
# Dropout is off, so that nothing is drawn: what is left is the order in which 32-bit numbers are added, seen to be below 1e-6 here.
# Other rows in a step change its loss by some 0.05, an optimizer without its state by more than 0.01.
SAME = 1e-4


@dataclass
class Told:
    """Losses by step, and the rest of what a run said."""

    losses: dict[int, float]
    lines: list[str]
    status: int


@dataclass(frozen=True)
class Trainings:
    """Trainings of one tiny base on the same rows."""

    folder: Path

    def run(self, out: str, processes: int, *more: str, until: Callable[[int], bool] = lambda _: False) -> Told:
        """To the end, or until a step at which all processes are killed."""
        paths = {"base": self.folder / "base", "data": self.folder / "data", "out": self.folder / out}
        given = [text for name, value in (paths | FIXED).items() for text in (f"--{name}", str(value))]
        launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", str(processes)] if processes > 1 else []
        command = [sys.executable, *launcher, "-m", "training.specialist_train", "--preset", "seed", *given, *more]
        told = Told({}, [], 0)
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                told.lines.append(line)
                if line.startswith('{"step"') and "loss" in (record := json.loads(line)):
                    told.losses[record["step"]] = record["loss"]
                    if until(record["step"]):
                        kill(family(process.pid))
        told.status = process.returncode
        return told


@pytest.fixture(scope="module")
def trainings(tmp_path_factory: pytest.TempPathFactory) -> Trainings:
    folder = tmp_path_factory.mktemp("trainings")
    save_products(folder / "data", fit=400)
    save_base(folder / "base", "Llama")
    return Trainings(folder)


@pytest.fixture(scope="module")
def whole(trainings: Trainings) -> dict[int, float]:
    """The losses of two processes that nobody disturbs."""
    told = trainings.run("whole", 2)
    assert told.status == 0, "".join(told.lines[-20:])
    return told.losses


@pytest.mark.parametrize(("before", "after", "accumulate"), [(2, 1, "1"), (1, 2, "2")])
def test_a_killed_training_goes_on_with_another_number_of_processes(
    before: int, after: int, accumulate: str, trainings: Trainings, whole: dict[int, float]
) -> None:
    out, batches = f"from-{before}", ("--accumulate", accumulate)
    killed = trainings.run(out, before, *batches, until=lambda step: step >= KILLED)
    assert killed.status != 0
    assert not (trainings.folder / out / "meta.json").exists()
    resumed = trainings.run(out, after, *batches, "--resume")
    assert resumed.status == 0, "".join(resumed.lines[-20:])
    first = min(resumed.losses)
    assert KILLED - SAVED < first < STEPS
    assert (first - 1) % SAVED == 0
    assert list(resumed.losses) == list(range(first, STEPS + 1))
    assert killed.losses | resumed.losses == pytest.approx(whole, abs=SAME)
    meta = json.loads((trainings.folder / out / "meta.json").read_text())
    assert (meta["processes"], meta["arguments"]["accumulate"]) == (after, int(accumulate))
