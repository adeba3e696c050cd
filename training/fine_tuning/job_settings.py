"""What a fine-tuning job is asked to do, as the API takes it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class JobSettings:
    """The model to start from, and how it learns: `epochs`, `batch_size` and `lr_multiplier` are numbers or "auto".

    `suffix` becomes part of the new model's name; `wandb` is a project of Weights & Biases to report to.
    """

    model: str
    epochs: float | str
    batch_size: float | str
    lr_multiplier: float | str
    seed: int
    suffix: str
    wandb: str | None = None

    def request(self, training_file: str, validation_file: str) -> dict[str, Any]:
        """The body of POST /fine_tuning/jobs, by the ids of both files."""
        hyperparameters = {
            "n_epochs": self.epochs,
            "batch_size": self.batch_size,
            "learning_rate_multiplier": self.lr_multiplier,
        }
        request: dict[str, Any] = {
            "model": self.model,
            "training_file": training_file,
            "validation_file": validation_file,
            "seed": self.seed,
            "suffix": self.suffix,
            "method": {"type": "supervised", "supervised": {"hyperparameters": hyperparameters}},
        }
        if self.wandb:
            request["integrations"] = [{"type": "wandb", "wandb": {"project": self.wandb}}]
        return request
