"""Distils the teachers' judgement into the small model: several runs of other seeds, averaged into one."""

import argparse
import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

from training.specialist.devices import devices_of, run_jobs
from training.specialist.lessons import Lessons, priced_lessons, taught_lessons
from training.specialist.pricer import LlamaPricer
from training.specialist.teachers import Labels, Material, balance_of, mean_absolute_error
from training.specialist.tune import Average, tune


def lessons_of(args: argparse.Namespace, material: Material, labels: Labels) -> Lessons:
    """Prices blended with the teachers' labels, and labelled texts without prices."""
    priced = priced_lessons(material.parts.fit, material.parts.auxiliary, balance_of(args))
    how = {"trust": args.trust, "share": args.unpriced_share, "balance": args.balance}
    return taught_lessons(priced, labels.fit, material.unpriced, labels.unpriced, **how)


def student_arguments(args: argparse.Namespace) -> argparse.Namespace:
    """What `tune` takes, with the students' values."""
    own = {name.removeprefix("student_"): value for name, value in vars(args).items() if name.startswith("student_")}
    return argparse.Namespace(**{**vars(args), **own})


def distil(args: argparse.Namespace, lessons: Lessons, seed: int, device: str) -> Path:
    """One student, tuned from the pre-trained small model and saved; returns its folder."""
    folder: Path = args.work / f"student-{seed}"
    pricer = LlamaPricer(args.base, device, args.max_text_tokens)
    curve = tune(pricer, lessons, student_arguments(args), seed)
    pricer.save(folder)
    (folder / "curve.json").write_text(json.dumps(curve))
    return folder


def distil_all(args: argparse.Namespace, material: Material, labels: Labels) -> tuple[LlamaPricer, dict[str, Any]]:
    """The average of args.runs students, and what is to be said of it: errors and loss curves."""
    lessons, devices = lessons_of(args, material, labels), devices_of(args.device, args.at_a_time)
    folders = run_jobs([partial(distil, args, lessons, args.seed + run) for run in range(args.runs)], devices)
    mean, errors, curves = Average(), {}, {}
    for folder in folders:
        pricer = LlamaPricer(folder, devices[0], args.max_text_tokens)
        mean.add(pricer.model.state_dict())
        errors[folder.name] = _errors(pricer, material)
        curves[folder.name] = json.loads((folder / "curve.json").read_text())
    pricer.model.load_state_dict(mean.mean)
    errors["average"] = _errors(pricer, material)
    return pricer, {"errors": errors, "curves": curves}


def mean_curve(curves: Iterable[list[dict[str, float]]]) -> list[dict[str, float]]:
    """Records {"step", "loss"}: the mean loss of runs that took the same steps."""
    return [{"step": same[0]["step"], "loss": round(fmean(each["loss"] for each in same), 4)} for same in zip(*curves, strict=True)]


def _errors(pricer: LlamaPricer, material: Material) -> dict[str, float]:
    found = {}
    for name in ("held", "dev"):
        probabilities = pricer.probabilities(material.texts(name, 0))
        found[name] = round(mean_absolute_error(probabilities, getattr(material.parts, name)), 2)
    print(f"student: {found}", flush=True)
    return found
