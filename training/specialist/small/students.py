"""Distils the teachers' judgement into the small model: several runs of other seeds, and their average, and the best of these."""

import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

from training.specialist.devices import devices_of, run_jobs
from training.specialist.figures import points_by_split
from training.specialist.small.examples import Examples, Mixture, priced_examples, taught_examples
from training.specialist.small.pricer import LlamaPricer
from training.specialist.small.products import Products
from training.specialist.small.run import CLASSES, SmallRun
from training.specialist.small.teachers import Labels
from training.specialist.small.tune import Average, tune


def examples_of(run: SmallRun, products: Products, labels: Labels) -> Examples:
    """Prices blended with the teachers' labels, and labelled texts without prices."""
    priced = priced_examples(products.parts.fit, products.parts.auxiliary, run.sampling)
    mixture = Mixture(run.distilling.trust, run.distilling.unpriced_share, run.sampling.balance)
    return taught_examples(priced, labels.fit, products.unpriced, labels.unpriced, mixture)


def distil(run: SmallRun, examples: Examples, seed: int, device: str) -> Path:
    """One student, tuned from the pre-trained small model and saved; returns its folder."""
    folder = run.work / f"student-{seed}"
    pricer = LlamaPricer(run.base, device, run.max_text_tokens)
    curve = tune(pricer, examples, run.distilling.tuning, seed)
    pricer.save(folder)
    (folder / "curve.json").write_text(json.dumps(curve))
    return folder


def distil_all(run: SmallRun, products: Products, labels: Labels) -> tuple[LlamaPricer, dict[str, Any]]:
    """Of the run's students and the average of their weights the one that errs least on held-out rows; errors and loss curves.

    The average is no luck of a seed, but the further students are tuned the further apart they are, and it may fall between them.
    """
    examples, devices = examples_of(run, products, labels), devices_of(run.device, run.at_a_time)
    folders = run_jobs([partial(distil, run, examples, run.seed + number) for number in range(run.distilling.runs)], devices)
    pricers = {folder.name: LlamaPricer(folder, devices[0], run.max_text_tokens) for folder in folders}
    mean = Average()
    for pricer in pricers.values():
        mean.add(pricer.model.state_dict())
    pricers["average"] = LlamaPricer(run.base, devices[0], run.max_text_tokens)
    pricers["average"].model.load_state_dict(mean.mean)
    errors = {name: _errors(name, pricer, products) for name, pricer in pricers.items()}
    chosen = min(errors, key=lambda name: errors[name]["held"]["all"]["log_error"])
    curves = {folder.name: json.loads((folder / "curve.json").read_text()) for folder in folders}
    return pricers[chosen], {"chosen": chosen, "errors": errors, "curves": curves}


def mean_curve(curves: Iterable[list[dict[str, float]]]) -> list[dict[str, float]]:
    """Records {"step", "loss"}: the mean loss of runs that took the same steps."""
    return [{"step": same[0]["step"], "loss": round(fmean(each["loss"] for each in same), 4)} for same in zip(*curves, strict=True)]


def _errors(name: str, pricer: LlamaPricer, products: Products) -> dict[str, dict[str, dict[str, float]]]:
    found = {}
    for part in ("held", "dev"):
        probabilities = pricer.probabilities(products.texts(part, 0))
        found[part] = points_by_split(probabilities, getattr(products.parts, part), CLASSES)
    print(f"{name}: {found}", flush=True)
    return found
