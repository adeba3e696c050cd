"""The folder in which a run keeps its checkpoints and what it was told, so that a later one goes on with it or is refused.

A later one may have another number of processes, as long as a step keeps its rows. Needs no torch.
"""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.specialist.adapter.run import PUBLISHED_HIGHEST, AdapterRun, settings_of
from training.specialist.errors import RunError

# What a resumed run must share with the one that it goes on with.
KEPT = (
    *("base", "quantization", "lora", "lora_alpha", "dropout", "targets", "max_text_tokens", "max_length"),
    *("epochs", "max_steps", "batch", "accumulate", "lr", "schedule", "warmup", "weight_decay", "max_grad_norm", "optimizer"),
    *("seed", "limit", "balance", "balance_rest", "highest_price"),
)
PROCESSES = "processes"  # that began the run
FORMERLY = {"highest_price": PUBLISHED_HIGHEST}  # of a run begun before this could be told


def take_folder(run: AdapterRun) -> Path:
    """The folder, made where there is none; RunError where it is another run's."""
    work = run.out / "run"
    note, settings = work / "run.json", settings_of(run)
    if not run.resume and list(work.glob("checkpoint-*")):
        raise RunError(f"{work} holds the checkpoints of an earlier run: give --resume to go on, or another --out")
    if run.resume and note.is_file():
        former = FORMERLY | json.loads(note.read_text(encoding="utf-8"))
        changed = [name for name in KEPT if former.get(name) != settings[name]]
        if changed:
            told = ", ".join(f"--{name.replace('_', '-')} {former.get(name)} (now {settings[name]})" for name in changed)
            raise RunError(f"--resume: the run in {work} had {told}; give the same, or another --out")
    work.mkdir(parents=True, exist_ok=True)
    return work


def note_settings(run: AdapterRun, work: Path, processes: int = 1) -> None:
    """Keep what the run was told, and how many processes began it, for a later --resume."""
    former = _begun(run, work).get(PROCESSES)
    part = work / "run.json.part"
    part.write_text(json.dumps(settings_of(run) | {PROCESSES: former or processes}, indent=2), encoding="utf-8")
    os.replace(part, work / "run.json")


def spread_over(run: AdapterRun, work: Path, processes: int) -> AdapterRun:
    """The run with as many batches in a step that a step has as many rows as when it was begun, whatever the number of processes.

    RunError where that cannot be, with the numbers of processes that would do.
    """
    former = _begun(run, work).get(PROCESSES) or processes  # noted by none before this could be told
    batches = run.steps.accumulate * former
    if batches % processes:
        fitting = ", ".join(str(number) for number in range(1, batches + 1) if batches % number == 0)
        raise RunError(
            f"--resume: a step of the run in {work} has {run.steps.batch} x {batches} rows ({former} processes with"
            f" --accumulate {run.steps.accumulate}), which {processes} processes cannot share evenly; these can: {fitting}"
        )
    return replace(run, steps=replace(run.steps, accumulate=batches // processes))


def _begun(run: AdapterRun, work: Path) -> dict[str, Any]:
    """What the run that this one goes on with was told; nothing where it starts anew."""
    note = work / "run.json"
    if not (run.resume and note.is_file() and last_checkpoint(work)):
        return {}
    return dict(json.loads(note.read_text(encoding="utf-8")))


def last_checkpoint(folder: Path) -> Path | None:
    """The newest complete checkpoint in a run's folder: one whose trainer_state.json, written last, can be read."""
    found = sorted(
        folder.glob("checkpoint-*"), key=lambda each: int(each.name.rpartition("-")[2]) if each.name[-1].isdigit() else -1
    )
    for each in reversed(found):
        try:
            state = json.loads((each / "trainer_state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(state, dict) and "global_step" in state:
            return each
    return None
