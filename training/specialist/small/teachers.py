"""The teachers' judgement: pre-trained models tuned on all but one fold, and what they say of texts that they did not see priced.

A fitted row's label comes only from runs that left its fold out, else the student would learn what teachers have memorised.
"""

import argparse
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from specialist.readout import estimate
from training.data.folds import folds_of
from training.data.parts import Parts, data_folder, data_hashes, load_parts, unpriced_texts
from training.data.rows import Row, product_text
from training.specialist.adapter.lora_layers import BaseError
from training.specialist.small.devices import devices_of, run_jobs
from training.specialist.small.lessons import Balance, priced_lessons
from training.specialist.small.pricer import LlamaPricer, Pricer
from training.specialist.small.tune import tune

Probabilities = npt.NDArray[np.float16]
SETS = ("fold", "unpriced", "held", "dev")  # a run's answers: for the fold that it left out, and for three whole sets
DECIDING: tuple[str, ...] = (
    "epochs",
    "batch",
    "lr",
    "weight_decay",
    "lora",
    "sigma",
    "crps",
    "balance",
    "balance_rest",
    "auxiliary",
)
DECIDING += ("causal_lr", "encoder_lr", "token_dropout", "max_text_tokens", "folds", "unpriced", "limit", "seed")


@dataclass(frozen=True)
class Material:
    """Priced rows in their parts, a fold for each fitted row, and texts without price that repeat nothing of dev or held out."""

    parts: Parts
    folds: npt.NDArray[np.int64]
    unpriced: list[str]

    def texts(self, name: str, fold: int) -> list[str]:
        """The texts of one of SETS."""
        left_out = [row for row, its in zip(self.parts.fit, self.folds, strict=True) if its == fold]
        rows = {"fold": left_out, "held": self.parts.held, "dev": self.parts.dev}
        return self.unpriced if name == "unpriced" else [product_text(row) for row in rows[name]]


@dataclass(frozen=True)
class Labels:
    """Shares of the dollar classes [n, 1000], averaged over the folds of the `chosen` teachers; loss curves of all runs."""

    fit: Probabilities
    unpriced: Probabilities
    held: Probabilities
    dev: Probabilities
    chosen: tuple[str, ...]
    curves: dict[str, list[dict[str, float]]]


def gather(args: argparse.Namespace) -> Material:
    """Read the data folder; at most args.unpriced texts without price are drawn."""
    folder = data_folder(args.data)
    parts = load_parts(folder, args.limit)
    texts = unpriced_texts(folder, parts, args.limit)
    chosen = np.random.default_rng(args.seed).permutation(len(texts))[: args.unpriced]
    return Material(parts, folds_of(parts.fit, args.folds), [texts[i] for i in chosen])


def balance_of(args: argparse.Namespace) -> Balance:
    """The sampling weights that the arguments ask for."""
    return Balance(args.balance, args.balance_rest, args.auxiliary)


def mean_absolute_error(probabilities: npt.ArrayLike, rows: list[Row]) -> float:
    """Of the distributions' medians, in dollars."""
    prices = estimate(np.asarray(probabilities, np.float64), "median")
    return float(np.abs(prices - [row.price or 0.0 for row in rows]).mean())


@dataclass(frozen=True)
class TeacherRun:
    """One base tuned on all folds but one; what it says is kept in `folder`."""

    base: Path
    fold: int
    folder: Path

    def answers(self, name: str) -> Probabilities:
        """Shares of the dollar classes [n, 1000] for one of SETS."""
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
    if (base / "pretrain.json").is_file():
        return LlamaPricer(base, device, max_text_tokens)
    config = base / "config.json"
    if base.exists() and not any("CausalLM" in name for name in json.loads(config.read_text()).get("architectures") or []):
        from training.specialist.small.encoder import EncoderPricer

        return EncoderPricer(base, device, max_text_tokens)
    from training.specialist.small.causal import CausalPricer

    return CausalPricer(base, device, max_text_tokens)


def teach(args: argparse.Namespace, material: Material, run: TeacherRun, device: str) -> None:
    """Tune, and write the answers to the run's folder, unless they are there."""
    if (run.folder / "curve.json").is_file():
        return
    seen = [row for row, fold in zip(material.parts.fit, material.folds, strict=True) if fold != run.fold]
    pricer = open_pricer(run.base, device, args.max_text_tokens)
    curve = tune(pricer, priced_lessons(seen, material.parts.auxiliary, balance_of(args)), args, args.seed + run.fold)
    run.folder.mkdir(parents=True, exist_ok=True)
    for name in SETS:
        np.save(run.folder / f"{name}.npy", pricer.probabilities(material.texts(name, run.fold)))
    (run.folder / "curve.json").write_text(json.dumps(curve))
    held, dev = (mean_absolute_error(run.answers(name), getattr(material.parts, name)) for name in ("held", "dev"))
    print(f"{run.folder.name}: loss {curve[-1]['loss']}, error on held-out rows {held:.2f}, on dev {dev:.2f}", flush=True)


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
    return min(subsets, key=lambda names: mean_absolute_error(average(answers[name] for name in names), rows))


def left_out_answers(runs: list[TeacherRun], folds: npt.NDArray[np.int64]) -> Probabilities:
    """Of one base's runs: for each fitted row what the run says that left its fold out."""
    parts = {run.fold: run.answers("fold") for run in runs}
    found = np.empty((len(folds), parts[0].shape[1]), np.float16)
    for fold, part in parts.items():
        found[folds == fold] = part
    return found


def ask_teachers(args: argparse.Namespace, material: Material, bases: list[Path]) -> Labels:
    """Do the runs that have not been done, each base once for each fold, and put the best bases' answers together."""
    deciding = [{name: getattr(args, name) for name in DECIDING}, data_hashes(data_folder(args.data))]
    folder = args.work / f"labels-{hashlib.sha256(json.dumps(deciding).encode()).hexdigest()[:8]}"
    runs = {base.name: [TeacherRun(base, fold, folder / f"{base.name}-{fold}") for fold in range(args.folds)] for base in bases}
    run_jobs(
        [partial(teach, args, material, run) for each in runs.values() for run in each], devices_of(args.device, args.at_a_time)
    )
    chosen = best_of({name: average(run.answers("held") for run in each) for name, each in runs.items()}, material.parts.held)
    found = {name: average(run.answers(name) for base in chosen for run in runs[base]) for name in SETS[1:]}
    fit = average(left_out_answers(runs[base], material.folds) for base in chosen)
    for name, probabilities in (("fit", fit), ("held", found["held"]), ("dev", found["dev"])):
        error = mean_absolute_error(probabilities, getattr(material.parts, name))
        print(f"teachers {', '.join(chosen)}: error on {name} {error:.2f}", flush=True)
    curves = {run.folder.name: run.curve() for each in runs.values() for run in each}
    return Labels(fit, found["unpriced"], found["held"], found["dev"], chosen, curves)
