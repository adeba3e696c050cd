"""What a run of the adapter is told, and what a model is that was trained so or not at all. Data alone; needs no torch."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from specialist.price_classes import PriceClasses

PUBLISHED_HIGHEST, HIGHEST = 999, 9999  # dollars: of the published recipe, whose prices are one token each; of two tokens


@dataclass(frozen=True)
class Adapter:
    """LoRA of rank `lora`; `lora_alpha` 0 is twice the rank; `targets`: layers' names, or "attention" alone."""

    lora: int
    lora_alpha: int
    dropout: float
    targets: tuple[str, ...]


@dataclass(frozen=True)
class Steps:
    """The optimizer's: `max_steps` 0 leaves it to `epochs`; `batch` rows x `accumulate` x processes make one step.

    `warmup`: a share of the steps, from 1 on their number; `max_length`: tokens of prompt and price; `schedule` and `optimizer` by
    transformers' names.
    """

    epochs: int
    max_steps: int
    batch: int
    accumulate: int
    lr: float
    schedule: str
    warmup: float
    weight_decay: float
    max_grad_norm: float
    optimizer: str
    max_length: int
    gradient_checkpointing: bool


@dataclass(frozen=True)
class Watching:
    """What is measured on how many held-out rows, told and kept while it trains, each after so many steps."""

    log_steps: int
    eval_rows: int
    eval_steps: int
    eval_batch: int
    save_steps: int
    keep: int
    report_to: str


@dataclass(frozen=True)
class AdapterRun:
    """From a base, by its name on the hub or a folder, to the calibrated adapter in `out`.

    `highest_price`: PUBLISHED_HIGHEST for the published recipe's rows and prices; HIGHEST for all rows, brand goods too.
    """

    data: Path | None
    limit: int | None
    balance: float
    balance_rest: float
    seed: int
    highest_price: int
    base: str
    quantization: str
    max_text_tokens: int
    device: str
    adapter: Adapter
    steps: Steps
    watching: Watching
    out: Path
    resume: bool
    calibration_rows: int
    hub_name: str

    @property
    def classes(self) -> PriceClasses:
        """What the adapter's distribution is over."""
        return PriceClasses.dollars(self.highest_price + 1)


@dataclass(frozen=True)
class AskedBase:
    """A base to be asked for prices, with an adapter or without; what is None or empty is as the adapter was trained."""

    base: str
    adapter: Path | None
    quantization: str | None
    max_text_tokens: int | None
    batch: int
    device: str


def settings_of(run: AdapterRun) -> dict[str, Any]:
    """The run as JSON, flat and by its arguments' names: what meta.json tells and --resume compares."""
    told: dict[str, Any] = {"preset": "seed"}
    for name, value in asdict(run).items():
        told |= value if isinstance(value, dict) else {name: value}
    told |= {"targets": list(run.adapter.targets)}
    return {name: str(value) if isinstance(value, Path) else value for name, value in sorted(told.items())}
