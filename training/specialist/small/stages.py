"""The small specialist, stage by stage: teachers are tuned and asked, what they say is distilled, the artifact is made.

Goes on from what specialist_pretrain left. What is finished is kept in the run's work folder and not done again.
"""

import json
from dataclasses import replace
from typing import Any

from training.data.parts import data_folder, data_hashes, load_market
from training.specialist.errors import RunError
from training.specialist.small.export import write_artifact
from training.specialist.small.pricer import LlamaPricer
from training.specialist.small.products import read_products
from training.specialist.small.run import SmallRun, settings_of
from training.specialist.small.served import is_served, restore
from training.specialist.small.students import distil_all, mean_curve
from training.specialist.small.teachers import ask_teachers, check_base


def train(run: SmallRun) -> None:
    """Teachers, students, and the best of these in run.tuned, with tune.json beside it. RunError: a model is not there."""
    run = going_on(run)
    if not (run.base / "config.json").is_file():
        raise RunError(f"there is no small model in {run.base} to teach: run training.specialist_pretrain first, or give --base")
    for base in run.bases:
        check_base(base)
    products = read_products(run)
    labels = ask_teachers(run, products)
    pricer, found = distil_all(run, products, labels)
    pricer.save(run.tuned)
    note = {
        "title": "students",
        "unit": "nats a price",
        "curve": mean_curve(found["curves"].values()),
        "arguments": settings_of(run),
        "teachers": {"chosen": labels.chosen, "curves": labels.curves},
        "students": found,
    }
    (run.tuned / "tune.json").write_text(json.dumps(note, indent=2))


def going_on(run: SmallRun) -> SmallRun:
    """The run with the weights of a served specialist, where its base is one, as a folder; as a teacher, too."""
    if not is_served(run.base):
        return run
    base = restore(run.base, run.work / "served")
    teachers = run.teaching.teachers
    named = None if teachers is None else tuple(base if each == run.base else each for each in teachers)
    return replace(run, base=base, teaching=replace(run.teaching, teachers=named))


def make_artifact(run: SmallRun) -> dict[str, dict[str, float]]:
    """What the service loads, from the run's `tuned`; returns the figures of products-dev."""
    folder = data_folder(run.data)
    note = json.loads((run.tuned / "tune.json").read_text())
    pricer = LlamaPricer(run.tuned, "cpu", run.max_text_tokens)
    return write_artifact(run.out, pricer, load_market(folder, run.limit), _facts(run, note) | {"data": data_hashes(folder)})


def _facts(run: SmallRun, note: dict[str, Any]) -> dict[str, object]:
    """How it was made: by which arguments and teachers, from which pre-training."""
    chosen = [run.base, *(run.base.parent / name for name in note["teachers"]["chosen"])]
    known = [each for each in dict.fromkeys(chosen) if (each / "pretrain.json").is_file()]
    pretrained = {each.name: json.loads((each / "pretrain.json").read_text()) for each in known}
    return {
        "arguments": note["arguments"],
        "teachers": note["teachers"]["chosen"],
        "students": note["students"]["errors"],
        "pretraining": {name: {"figures": each["figures"], "key": each["key"]} for name, each in pretrained.items()},
    }
