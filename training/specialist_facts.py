"""What an 8B base weighs in NF4, what its adapter adds, and how fast it trains: by arithmetic, and on a GPU by measurement.

    uv run python -m training.specialist_facts [--shape llama-3.1-8b] [--batches 4 16 64]

Random weights of the right shape are built in NF4 on the GPU (nothing is fetched), get the adapter, and are trained by TRL
a few steps. Without a GPU only the arithmetic is done; the last line says so. Exit status 1 where figures differ.
"""

import argparse
import json
import math
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from training.specialist.adapter.base_facts import ATTENTION, SHAPES, Shape, disagreements, facts

WARM_UP = 3  # steps that are not timed
COMPLETION = 4  # tokens of a price: the number, the point, the cents, the end


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """Arguments; every one has a default."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    add = parser.add_argument
    add("--shape", choices=SHAPES, default="llama-3.1-8b", help="of the base")
    add("--lora", type=int, default=32, help="rank of the adapter")
    add("--targets", nargs="+", default=list(ATTENTION), help="layers that get an adapter")
    add("--batches", type=int, nargs="*", default=[4, 16, 64], help="batch sizes to train with; none: only memory")
    add("--length", type=int, default=182, help="tokens of a row")
    add("--steps", type=int, default=12, help="steps that are timed for each batch size")
    add("--gradient-checkpointing", action=argparse.BooleanOptionalAction, default=False, help="less memory, slower")
    add("--device", choices=("auto", "cuda", "cpu"), default="auto", help="auto: cuda where there is one, else arithmetic alone")
    return parser.parse_args(argv)


def has_gpu() -> bool:
    """Whether torch is there and sees a CUDA device."""
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


def measure_memory(model: Any) -> dict[str, float]:
    """Sizes of a model that has its adapter; the same keys as in facts."""
    adapter = [p for p in model.parameters() if p.requires_grad]
    whole, own = model.get_memory_footprint(), sum(p.numel() * p.element_size() for p in adapter)
    return {
        "nf4_mb": round((whole - own) / 1e6, 1),
        "with_adapter_mb": round(whole / 1e6, 1),
        "adapter_parameters": sum(p.numel() for p in adapter),
    }


def adapted(shape: Shape, args: argparse.Namespace, device: str) -> Any:
    """The random base with a fresh adapter."""
    from peft import LoraConfig, get_peft_model

    from training.specialist.adapter.random_base import random_llama

    lora = LoraConfig(r=args.lora, lora_alpha=2 * args.lora, lora_dropout=0.1, target_modules=args.targets, task_type="CAUSAL_LM")
    return get_peft_model(random_llama(shape, "nf4", device), lora)


def rows_of(count: int, args: argparse.Namespace, vocab: int) -> Any:
    """Rows of random tokens, `--length` long, with the loss on the last COMPLETION of them."""
    from datasets import Dataset

    rng = np.random.default_rng(0)
    ids = rng.integers(0, min(vocab, 1000), (count, args.length)).tolist()
    labels = [[-100] * (args.length - COMPLETION) + row[-COMPLETION:] for row in ids]
    return Dataset.from_dict({"input_ids": ids, "labels": labels})


def time_training(model: Any, size: int, args: argparse.Namespace, device: str) -> dict[str, float]:
    """Rows a second, the greatest memory and the last loss of QLoRA steps by TRL's trainer with the published optimizer."""
    import torch

    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    watch = stopwatch(device)
    with tempfile.TemporaryDirectory() as folder:
        trainer = trainer_of(model, size, args, (Path(folder), device))
        trainer.add_callback(watch)
        loss = trainer.train().training_loss
    if not math.isfinite(loss):
        raise SystemExit(f"the loss at batch {size} is {loss}")
    memory = torch.cuda.max_memory_allocated() / 1e9 if device == "cuda" else 0.0
    rate = size * args.steps / (watch.times[-1] - watch.times[WARM_UP - 1])
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


def trainer_of(model: Any, size: int, args: argparse.Namespace, place: tuple[Path, str]) -> Any:
    """TRL's trainer around the model, on random rows. `place`: (folder, device)."""
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast
    from trl import SFTConfig, SFTTrainer

    from training.specialist.adapter.sft import keep_adapter_exact

    end = "<end>"
    words = Tokenizer(models.WordLevel({end: 0, "a": 1}, unk_token=end))
    config = SFTConfig(
        output_dir=str(place[0]),
        max_steps=WARM_UP + args.steps,
        per_device_train_batch_size=size,
        optim="paged_adamw_32bit",
        learning_rate=1e-4,
        weight_decay=0.001,
        max_grad_norm=0.3,
        bf16=place[1] == "cuda",
        use_cpu=place[1] == "cpu",
        gradient_checkpointing=args.gradient_checkpointing,
        max_length=args.length,
        save_strategy="no",
        logging_steps=1000,
        disable_tqdm=True,
        report_to="none",
    )
    config._n_gpu = 1
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, eos_token=end, pad_token=end)
    rows = rows_of(size * (WARM_UP + args.steps), args, model.config.vocab_size)
    trainer = SFTTrainer(model=model, args=config, train_dataset=rows, processing_class=tokenizer)
    keep_adapter_exact(trainer.model)
    return trainer


def measure(shape: Shape, args: argparse.Namespace, device: str) -> dict[str, Any]:
    """Memory, and for each batch size the speed of training; a size that does not fit says so."""
    import torch

    start = time.monotonic()
    model = adapted(shape, args, device)
    memory = measure_memory(model)
    print(f"built in {time.monotonic() - start:.1f} s: {json.dumps(memory)}", flush=True)
    trained: list[dict[str, Any]] = []
    for size in args.batches:
        try:
            trained.append(time_training(model, size, args, device))
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


def main(argv: list[str] | None = None) -> None:
    """Compute, measure where there is a GPU, compare."""
    args = parse(argv)
    shape, is_published = SHAPES[args.shape], args.lora == 32 and args.targets == list(ATTENTION)
    if unknown := [target for target in args.targets if target not in shape.linears]:
        raise SystemExit(f"--targets {' '.join(unknown)}: a layer has {', '.join(shape.linears)}")
    computed = facts(shape, args.lora, args.targets)
    wrong = disagreements(args.shape, computed) if is_published else []
    print(f"{args.shape}: {json.dumps(computed)}", flush=True)
    device = "cuda" if args.device == "auto" and has_gpu() else args.device
    if device == "cuda" and not has_gpu():
        raise SystemExit("--device cuda: this machine has no CUDA device that torch sees")
    found: dict[str, Any] = {"shape": args.shape, "computed": computed}
    if device == "auto":
        print("no GPU here: memory and speed were not measured")
        found["gpu"] = None
    else:
        found |= (measured := measure(shape, args, device))
        wrong += compare(computed, measured["memory"])
    print(json.dumps({**found, "agrees": not wrong, "differences": wrong}))
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
