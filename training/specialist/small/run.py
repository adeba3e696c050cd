"""What the small specialist's runs are told: how its models are pre-trained, and how it is taught. Data alone; needs no torch."""

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from specialist.price_classes import PriceClasses

# 2 % wide each, from below the cheapest thing to above the dearest: as fine as prices are known, at 50 cents and at 5,000 dollars.
CLASSES_META = {"lowest": 0.4, "highest": 12_000.0, "count": 512}
CLASSES = PriceClasses.read(CLASSES_META)
# What the teachers' labels depend on.
DECIDING = (
    *("epochs", "batch", "lr", "weight_decay", "lora", "sigma", "crps", "balance", "balance_rest", "auxiliary"),
    *("causal_lr", "encoder_lr", "token_dropout", "max_text_tokens", "folds", "unpriced", "limit", "seed"),
)


@dataclass(frozen=True)
class Shape:
    """A Llama's sizes: layers, width, width inside the feed-forward part, query heads and key/value heads."""

    layers: int
    width: int
    inner: int
    heads: int
    kv_heads: int


@dataclass(frozen=True)
class Recipe:
    """How to pre-train: passes over the corpus, tokens a sequence, sequences a step, rate, decay, dropout, steps of warm-up.

    `minutes` is an upper limit: the learning rate then falls with the clock, so that the end is always annealed.
    """

    epochs: float
    lr: float
    weight_decay: float
    dropout: float
    seed: int
    block: int = 512
    batch: int = 64
    warmup: int = 150
    minutes: float = math.inf
    compile: bool = False


@dataclass(frozen=True)
class Plan:
    """One model to pre-train; `name` is its folder's."""

    name: str
    shape: Shape
    recipe: Recipe


@dataclass(frozen=True)
class PretrainingRun:
    """Models to pre-train on one corpus of at most `limit` rows of each file, with a tokenizer of `vocab` tokens."""

    data: Path | None
    out: Path
    limit: int | None
    vocab: int
    seed: int
    device: str
    plans: tuple[Plan, ...]


@dataclass(frozen=True)
class Sampling:
    """Exponents of the price in the rows' chance (see data.parts.sampling_weights), and auxiliary rows drawn per fitted row."""

    balance: float
    balance_rest: float
    auxiliary: float


@dataclass(frozen=True)
class Tuning:
    """How a pre-trained model is tuned to price. `lora` is an adapter's rank, 0 tunes all parameters.

    `lr`, `causal_lr` and `encoder_lr` are the highest rates of a Llama of ours, of a language model and of a sentence encoder of
    others; `sigma` the width of the soft target in log(1 + price); `crps` the weight of the ranked probability score.
    """

    epochs: int
    batch: int
    lr: float
    weight_decay: float
    lora: int
    sigma: float
    crps: float
    token_dropout: float
    causal_lr: float
    encoder_lr: float


@dataclass(frozen=True)
class Teaching:
    """Who judges: `teachers` (None: those that were pre-trained beside the base, and the base), each once without each fold.

    `unpriced`: texts without price that they label.
    """

    teachers: tuple[Path, ...] | None
    folds: int
    unpriced: int
    tuning: Tuning


@dataclass(frozen=True)
class Distilling:
    """Who learns from it: students of `runs` seeds. `trust`: weight of a row's price beside the teachers' label."""

    runs: int
    trust: float
    unpriced_share: float
    tuning: Tuning


@dataclass(frozen=True)
class SmallRun:
    """From the pre-trained `base` to the artifact in `out`; what is finished on the way is kept in `work`."""

    data: Path | None
    limit: int | None
    base: Path
    out: Path
    work: Path
    seed: int
    device: str
    at_a_time: int
    max_text_tokens: int
    sampling: Sampling
    teaching: Teaching
    distilling: Distilling
    export: bool
    export_only: bool

    @property
    def bases(self) -> list[Path]:
        """The teachers' folders, or names on the hub."""
        return list(self.teaching.teachers or (*sorted(self.base.parent.glob("teacher-*")), self.base))

    @property
    def tuned(self) -> Path:
        """Folder of the best student's weights, with tune.json beside them."""
        return self.work / "tuned"


def settings_of(run: SmallRun) -> dict[str, Any]:
    """The run by its arguments' names, as meta.json tells it: without folders, which are another machine's matter."""
    teachers, students = run.teaching.tuning, run.distilling.tuning
    told: dict[str, Any] = {"preset": "small"}
    told |= {name: None for name, value in (("data", run.data), ("teachers", run.teaching.teachers)) if value is None}
    told |= {name: getattr(run, name) for name in ("limit", "max_text_tokens", "seed", "device", "at_a_time", "export")}
    told |= asdict(run.sampling) | asdict(teachers)
    told |= {name: getattr(run.teaching, name) for name in ("folds", "unpriced")}
    told |= {name: getattr(run.distilling, name) for name in ("runs", "trust", "unpriced_share")}
    return told | {f"student_{name}": getattr(students, name) for name in ("epochs", "batch", "lr", "lora")}


def labels_folder(run: SmallRun, hashes: dict[str, str]) -> Path:
    """Where the answers of a run's teachers are kept: another folder for other data (by their sha256) or other tuning."""
    settings = settings_of(run)
    deciding = [{name: settings[name] for name in DECIDING}, hashes]
    return run.work / f"labels-{hashlib.sha256(json.dumps(deciding).encode()).hexdigest()[:8]}"
