"""What a base with an adapter weighs and how fast it trains, measured on a device: random weights, TRL's own steps.

Imports torch and its family when it measures. Knows nothing of prices.
"""

import json
import math
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.specialist.adapter.base_facts import Shape

WARM_UP = 3  # steps that are not timed
COMPLETION = 4  # tokens of a price: the number, the point, the cents, the end


@dataclass(frozen=True)
class Trial:
    """The adapter, and for each of the batch sizes `batches` (none: only memory) `steps` timed steps on rows of `length` tokens."""

    lora: int
    targets: tuple[str, ...]
    batches: tuple[int, ...]
    length: int
    steps: int
    gradient_checkpointing: bool


def measure_memory(model: Any) -> dict[str, float]:
    """Sizes of a model that has its adapter; the same keys as in facts."""
    adapter = [p for p in model.parameters() if p.requires_grad]
    whole, own = model.get_memory_footprint(), sum(p.numel() * p.element_size() for p in adapter)
    return {
        "nf4_mb": round((whole - own) / 1e6, 1),
        "with_adapter_mb": round(whole / 1e6, 1),
        "adapter_parameters": sum(p.numel() for p in adapter),
    }


def with_adapter(shape: Shape, trial: Trial, device: str) -> Any:
    """The random base with a fresh adapter."""
    from peft import LoraConfig, get_peft_model

    from training.specialist.adapter.random_base import random_llama

    lora = LoraConfig(
        r=trial.lora, lora_alpha=2 * trial.lora, lora_dropout=0.1, target_modules=list(trial.targets), task_type="CAUSAL_LM"
    )
    return get_peft_model(random_llama(shape, "nf4", device), lora)


def rows_of(count: int, trial: Trial, vocab: int) -> Any:
    """Rows of random tokens, `trial.length` long, with the loss on the last COMPLETION of them."""
    from datasets import Dataset

    rng = np.random.default_rng(0)
    ids = rng.integers(0, min(vocab, 1000), (count, trial.length)).tolist()
    labels = [[-100] * (trial.length - COMPLETION) + row[-COMPLETION:] for row in ids]
    return Dataset.from_dict({"input_ids": ids, "labels": labels})


def time_training(model: Any, size: int, trial: Trial, device: str) -> dict[str, float]:
    """Rows a second, the greatest memory and the last loss of QLoRA steps by TRL's trainer with the published optimizer."""
    import torch

    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    watch = stopwatch(device)
    with tempfile.TemporaryDirectory() as folder:
        trainer = trainer_of(model, size, trial, (Path(folder), device))
        trainer.add_callback(watch)
        loss = trainer.train().training_loss
    if not math.isfinite(loss):
        raise SystemExit(f"the loss at batch {size} is {loss}")
    memory = torch.cuda.max_memory_allocated() / 1e9 if device == "cuda" else 0.0
    rate = size * trial.steps / (watch.times[-1] - watch.times[WARM_UP - 1])
    return {"batch": size, "rows_a_second": round(rate, 1), "gpu_gb": round(memory, 1), "loss": round(loss, 3)}


def stopwatch(device: str) -> Any:
    """A callback that keeps the time at which each step was really over."""
    import torch
    from transformers import TrainerCallback

    class Stopwatch(TrainerCallback):  # type: ignore[misc] # transformers carries no types
        def __init__(self) -> None:
            self.times: list[float] = []

        def on_step_end(self, *_: Any, **__: Any) -> None:
            if device == "cuda":
                torch.cuda.synchronize()
            self.times.append(time.monotonic())

    return Stopwatch()


def trainer_of(model: Any, size: int, trial: Trial, place: tuple[Path, str]) -> Any:
    """TRL's trainer around the model, on random rows. `place`: (folder, device)."""
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast
    from trl import SFTConfig, SFTTrainer

    from training.specialist.adapter.sft import keep_adapter_exact

    end = "<end>"
    words = Tokenizer(models.WordLevel({end: 0, "a": 1}, unk_token=end))
    config = SFTConfig(
        output_dir=str(place[0]),
        max_steps=WARM_UP + trial.steps,
        per_device_train_batch_size=size,
        optim="paged_adamw_32bit",
        learning_rate=1e-4,
        weight_decay=0.001,
        max_grad_norm=0.3,
        bf16=place[1] == "cuda",
        use_cpu=place[1] == "cpu",
        gradient_checkpointing=trial.gradient_checkpointing,
        max_length=trial.length,
        save_strategy="no",
        logging_steps=1000,
        disable_tqdm=True,
        report_to="none",
    )
    config._n_gpu = 1
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, eos_token=end, pad_token=end)
    rows = rows_of(size * (WARM_UP + trial.steps), trial, model.config.vocab_size)
    trainer = SFTTrainer(model=model, args=config, train_dataset=rows, processing_class=tokenizer)
    keep_adapter_exact(trainer.model)
    return trainer


def measure(shape: Shape, trial: Trial, device: str) -> dict[str, Any]:
    """Memory, and for each batch size the speed of training; a size that does not fit says so."""
    import torch

    start = time.monotonic()
    model = with_adapter(shape, trial, device)
    memory = measure_memory(model)
    print(f"built in {time.monotonic() - start:.1f} s: {json.dumps(memory)}", flush=True)
    trained: list[dict[str, Any]] = []
    for size in trial.batches:
        try:
            trained.append(time_training(model, size, trial, device))
        except torch.cuda.OutOfMemoryError:
            trained.append({"batch": size, "out_of_memory": True})
        print(json.dumps(trained[-1]), flush=True)
    name = torch.cuda.get_device_name() if device == "cuda" else "cpu"
    return {"device": name, "memory": memory, "training": trained}


def compare(computed: dict[str, float], measured: dict[str, float]) -> list[str]:
    """Where measured sizes differ from computed ones."""
    return [
        f"{key} measured {value:,}, computed {computed[key]:,}"
        for key, value in measured.items()
        if abs(value - computed[key]) > 0.0501
    ]
