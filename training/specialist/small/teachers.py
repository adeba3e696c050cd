"""The teachers' judgement: pre-trained models tuned on all but one fold, and what they say of texts that they did not see priced.

A fitted row's label comes only from runs that left its fold out, else the student would learn what teachers have memorised.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.data.market import LISTING, family_of
from training.data.parts import data_folder, data_hashes
from training.data.rows import Row, product_text
from training.specialist.devices import devices_of, run_jobs
from training.specialist.errors import BaseError
from training.specialist.figures import mean_absolute_error, mean_log_error
from training.specialist.small.examples import priced_examples
from training.specialist.small.pricer import HEAD_FILE, LlamaPricer, Pricer
from training.specialist.small.products import Products
from training.specialist.small.run import CLASSES, SmallRun, labels_folder
from training.specialist.small.served import DOLLARS_FILE, ServedPricer
from training.specialist.small.tune import tune

Probabilities = npt.NDArray[np.float16]
SETS = ("fold", "unpriced", "held", "dev")  # a run's answers: for the fold that it left out, and for three whole sets


@dataclass(frozen=True)
class Labels:
    """Shares of the price classes [n, classes], averaged over the folds of the `chosen` teachers; loss curves of all runs."""

    fit: Probabilities
    unpriced: Probabilities
    held: Probabilities
    dev: Probabilities
    chosen: tuple[str, ...]
    curves: dict[str, list[dict[str, float]]]


@dataclass(frozen=True)
class TeacherRun:
    """One base tuned on all folds but one; what it says is kept in `folder`."""

    base: Path
    fold: int
    folder: Path

    def answers(self, name: str) -> Probabilities:
        """Shares of the price classes [n, classes] for one of SETS."""
        return np.asarray(np.load(self.folder / f"{name}.npy"))

    def curve(self) -> list[dict[str, float]]:
        """The loss curve."""
        return list(json.loads((self.folder / "curve.json").read_text()))


def check_base(base: Path) -> None:
    """BaseError where a teacher's folder holds no model."""
    if base.exists() and not (base / "config.json").is_file():
        raise BaseError(f"{base} holds no config.json: a teacher is a folder with a pre-trained model, or a name on the hub")


def open_pricer(base: Path, device: str, max_text_tokens: int) -> Pricer:
    """A Llama of ours, a language model or sentence encoder of others, by what lies in the folder; no folder: a name on the hub."""
    if (base / "pretrain.json").is_file() or (base / HEAD_FILE).is_file():
        return LlamaPricer(base, device, max_text_tokens)
    config = base / "config.json"
    if base.exists() and not any("CausalLM" in name for name in json.loads(config.read_text()).get("architectures") or []):
        from training.specialist.small.encoder import EncoderPricer

        return EncoderPricer(base, device, max_text_tokens)
    from training.specialist.small.causal import CausalPricer

    return CausalPricer(base, device, max_text_tokens)


def teach(run: SmallRun, products: Products, teacher: TeacherRun, device: str) -> None:
    """Tune, and write the answers to the teacher's folder, unless they are there."""
    if (teacher.folder / "curve.json").is_file():
        return
    parts = products.parts
    seen = [row for row, fold in zip(parts.fit, products.folds, strict=True) if fold != teacher.fold]
    pricer = open_pricer(teacher.base, device, run.max_text_tokens)
    examples = priced_examples(seen, parts.auxiliary, run.sampling)
    curve = tune(pricer, examples, run.teaching.tuning, run.seed + teacher.fold)
    teacher.folder.mkdir(parents=True, exist_ok=True)
    for name in SETS:
        np.save(teacher.folder / f"{name}.npy", pricer.probabilities(products.texts(name, teacher.fold)))
    (teacher.folder / "curve.json").write_text(json.dumps(curve))
    held, dev = (mean_absolute_error(teacher.answers(name), getattr(parts, name), CLASSES) for name in ("held", "dev"))
    print(f"{teacher.folder.name}: loss {curve[-1]['loss']}, error on held-out rows {held:.2f}, on dev {dev:.2f}", flush=True)


def average(several: Iterable[Probabilities]) -> Probabilities:
    """Mean of distributions."""
    first, *rest = several
    total = first.astype(np.float32)
    for each in rest:
        total += each
    return np.asarray(total / (1 + len(rest)), np.float16)


def best_of(answers: dict[str, Probabilities], rows: list[Row]) -> tuple[str, ...]:
    """The names whose average errs least on `rows`."""
    subsets = [names for size in range(1, len(answers) + 1) for names in combinations(answers, size)]
    return min(subsets, key=lambda names: mean_log_error(average(answers[name] for name in names), rows, CLASSES))


def left_out_answers(runs: list[TeacherRun], folds: npt.NDArray[np.int64]) -> Probabilities:
    """Of one base's runs: for each fitted row what the run says that left its fold out."""
    parts = {run.fold: run.answers("fold") for run in runs}
    found = np.empty((len(folds), parts[0].shape[1]), np.float16)
    for fold, part in parts.items():
        found[folds == fold] = part
    return found


def with_served(
    run: SmallRun, products: Products, fit: Probabilities, unpriced: Probabilities
) -> tuple[Probabilities, Probabilities]:
    """The labels of listings and of texts without price, half from the served specialist that the base was, where it was one.

    So the student keeps what that was once taught. Its listings' prices were in that teaching, as half of the targets.
    """
    if not (run.base / DOLLARS_FILE).is_file():
        return fit, unpriced
    served = ServedPricer(run.base, devices_of(run.device)[0], run.max_text_tokens)
    is_listing = np.array([family_of(row) == LISTING for row in products.parts.fit])
    listings = [product_text(row) for row, wanted in zip(products.parts.fit, is_listing.tolist(), strict=True) if wanted]
    fit = fit.copy()
    fit[is_listing] = average([fit[is_listing], served.probabilities(listings)])
    return fit, average([unpriced, served.probabilities(products.unpriced)])


def ask_teachers(run: SmallRun, products: Products) -> Labels:
    """Tune the teachers that have not been tuned, each base once for each fold, and put the best bases' answers together."""
    folder, parts = labels_folder(run, data_hashes(data_folder(run.data))), products.parts
    folds = range(run.teaching.folds)
    teachers = {base.name: [TeacherRun(base, fold, folder / f"{base.name}-{fold}") for fold in folds] for base in run.bases}
    jobs = [partial(teach, run, products, teacher) for each in teachers.values() for teacher in each]
    run_jobs(jobs, devices_of(run.device, run.at_a_time))
    chosen = best_of({name: average(one.answers("held") for one in each) for name, each in teachers.items()}, parts.held)
    found = {name: average(one.answers(name) for base in chosen for one in teachers[base]) for name in SETS[1:]}
    fit = average(left_out_answers(teachers[base], products.folds) for base in chosen)
    for name, probabilities in (("fit", fit), ("held", found["held"]), ("dev", found["dev"])):
        error = mean_absolute_error(probabilities, getattr(parts, name), CLASSES)
        print(f"teachers {', '.join(chosen)}: error on {name} {error:.2f}", flush=True)
    fit, unpriced = with_served(run, products, fit, found["unpriced"])
    curves = {one.folder.name: one.curve() for each in teachers.values() for one in each}
    return Labels(fit, unpriced, found["held"], found["dev"], chosen, curves)
