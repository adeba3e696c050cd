"""Distils the teachers' judgement into the small model: several runs of other seeds, and their average, and the best of these."""

import argparse
import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

from training.specialist.small.devices import devices_of, run_jobs
from training.specialist.small.lessons import Lessons, priced_lessons, taught_lessons
from training.specialist.small.pricer import LlamaPricer
from training.specialist.small.teachers import Labels, Material, balance_of, mean_absolute_error
from training.specialist.small.tune import Average, tune


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
    """Of args.runs students and the average of their weights the one that errs least on held-out rows; errors and loss curves.

    The average is no luck of a seed, but the further students are tuned the further apart they are, and it may fall between them.
    """
    lessons, devices = lessons_of(args, material, labels), devices_of(args.device, args.at_a_time)
    folders = run_jobs([partial(distil, args, lessons, args.seed + run) for run in range(args.runs)], devices)
    pricers = {folder.name: LlamaPricer(folder, devices[0], args.max_text_tokens) for folder in folders}
    mean = Average()
    for pricer in pricers.values():
        mean.add(pricer.model.state_dict())
    pricers["average"] = LlamaPricer(args.base, devices[0], args.max_text_tokens)
    pricers["average"].model.load_state_dict(mean.mean)
    errors = {name: _errors(name, pricer, material) for name, pricer in pricers.items()}
    chosen = min(errors, key=lambda name: errors[name]["held"])
    curves = {folder.name: json.loads((folder / "curve.json").read_text()) for folder in folders}
    return pricers[chosen], {"chosen": chosen, "errors": errors, "curves": curves}


def mean_curve(curves: Iterable[list[dict[str, float]]]) -> list[dict[str, float]]:
    """Records {"step", "loss"}: the mean loss of runs that took the same steps."""
    return [{"step": same[0]["step"], "loss": round(fmean(each["loss"] for each in same), 4)} for same in zip(*curves, strict=True)]


def _errors(name: str, pricer: LlamaPricer, material: Material) -> dict[str, float]:
    found = {}
    for part in ("held", "dev"):
        probabilities = pricer.probabilities(material.texts(part, 0))
        found[part] = round(mean_absolute_error(probabilities, getattr(material.parts, part)), 2)
    print(f"{name}: {found}", flush=True)
    return found
