"""The folder in which a run keeps its checkpoints and what it was told, so that a later one goes on with it or is refused.

Needs no torch.
"""

import json
import os
from pathlib import Path

from training.specialist.adapter.run import PUBLISHED_HIGHEST, AdapterRun, settings_of
from training.specialist.errors import RunError

# What a resumed run must share with the one that it goes on with.
KEPT = (
    *("base", "quantization", "lora", "lora_alpha", "dropout", "targets", "max_text_tokens", "max_length"),
    *("epochs", "max_steps", "batch", "accumulate", "lr", "schedule", "warmup", "weight_decay", "max_grad_norm", "optimizer"),
    *("seed", "limit", "balance", "balance_rest", "highest_price"),
)
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


def note_settings(run: AdapterRun, work: Path) -> None:
    """Keep what the run was told for a later --resume."""
    part = work / "run.json.part"
    part.write_text(json.dumps(settings_of(run), indent=2), encoding="utf-8")
    os.replace(part, work / "run.json")


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
