"""QLoRA on a real base (Llama, Qwen, Gemma, Phi; a name on the hub or a folder), as published for the 8B fine-tune.

Called by specialist_train --preset seed; on several GPUs: `accelerate launch --num_processes N -m training.specialist_train
--preset seed`. The loss is on the price alone. SPECIALIST_ADAPTER takes the folder that this leaves.
"""

import argparse
import json
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.data.parts import Parts, data_folder, data_hashes, load_parts, sampling_weights
from training.data.rows import Row

# As published for the 8B fine-tune.
DEFAULTS: dict[str, object] = {
    "base": "meta-llama/Llama-3.1-8B",
    "out": Path("runs/specialist/adapter"),
    "epochs": 1,
    "batch": 4,
    "lr": 1e-4,
    "weight_decay": 0.001,
    "lora": 32,
    "max_text_tokens": 160,
}
# What a resumed run must share with the one that it goes on with.
KEPT = (
    *("base", "quantization", "lora", "lora_alpha", "dropout", "targets", "max_text_tokens", "max_length"),
    *("epochs", "max_steps", "batch", "accumulate", "lr", "schedule", "warmup", "weight_decay", "max_grad_norm", "optimizer"),
    *("seed", "limit", "balance", "balance_rest"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this preset alone takes."""
    add = parser.add_argument_group("seed: base and adapter").add_argument
    add("--quantization", choices=("nf4", "int8", "none"), default="nf4", help="of the base: 4 bits, 8 bits, or bf16")
    add("--lora-alpha", type=int, default=0, help="scale of the adapter; 0: twice --lora")
    add("--dropout", type=float, default=0.1, help="of the adapter")
    add("--targets", nargs="+", default=["attention"], help="layers that get an adapter: attention, or names as q_proj down_proj")
    add = parser.add_argument_group("seed: steps").add_argument
    add("--max-steps", type=int, default=0, help="stop after this many steps; 0: --epochs decides")
    add("--accumulate", type=int, default=1, help="batches in one step of the optimizer")
    add("--schedule", default="cosine", help="of the learning rate, by transformers' name")
    add("--warmup", type=float, default=0.03, help="share of the steps, or from 1 on their number")
    add("--max-grad-norm", type=float, default=0.3, help="gradients are scaled down to this norm")
    add(
        "--optimizer",
        default="paged_adamw_32bit",
        help="by transformers' name; paged: its state moves to the CPU's memory when the GPU's is short",
    )
    add("--max-length", type=int, default=182, help="tokens of prompt and price")
    add("--gradient-checkpointing", action=argparse.BooleanOptionalAction, default=False, help="less memory, slower")
    add = parser.add_argument_group("seed: watching, keeping, sharing").add_argument
    add("--log-steps", type=int, default=10, help="steps between records of the loss")
    add("--eval-rows", type=int, default=500, help="held-out rows whose loss and dollar error are measured while training; 0: none")
    add("--eval-steps", type=int, default=500, help="steps between evaluations")
    add("--eval-batch", type=int, default=16, help="rows in one forward pass of an evaluation")
    add("--save-steps", type=int, default=500, help="steps between checkpoints")
    add("--keep", type=int, default=3, help="newest checkpoints that are kept")
    add("--resume", action="store_true", help="go on from the last checkpoint in --out; starts anew where there is none")
    add("--calibration-rows", type=int, default=0, help="held-out rows that the intervals are fitted on; 0: all")
    add("--report-to", choices=("none", "tensorboard", "wandb"), default="none", help="where curves are sent beside --out")
    add("--hub-name", default="", help="push the adapter to this repository (user/name), private; needs HF_TOKEN")


def draw(rows: Sequence[Row], args: argparse.Namespace) -> list[Row]:
    """As many rows as there are, drawn by the sampling weights: the published sample is balanced by price."""
    weights = sampling_weights(rows, args.balance, args.balance_rest)
    return random.Random(args.seed).choices(rows, weights.tolist(), k=len(rows))


def watched(rows: Sequence[Row], args: argparse.Namespace) -> list[Row]:
    """The held-out rows that are measured while training: a sample, since files are sorted by shop."""
    return random.Random(args.seed).sample(list(rows), min(args.eval_rows, len(rows)))


def settings_of(args: argparse.Namespace) -> dict[str, Any]:
    """The arguments as JSON."""
    return {name: str(value) if isinstance(value, Path) else value for name, value in sorted(vars(args).items())}


def check_report(report_to: str) -> None:
    """SystemExit where the package that --report-to needs is not installed."""
    from importlib.util import find_spec

    if report_to != "none" and find_spec(report_to) is None:
        raise SystemExit(f"--report-to {report_to}: the package {report_to} is not installed (uv pip install {report_to})")


def read_parts(args: argparse.Namespace) -> tuple[Path, Parts]:
    """Folder of the data and its rows; SystemExit where a file is missing or no row is left."""
    folder = data_folder(args.data)
    try:
        parts = load_parts(folder, args.limit)
    except OSError as exc:
        raise SystemExit(
            f"no data: {exc.filename or exc}: {exc.strerror or ''}; --data names the folder with products-*.jsonl.xz"
        ) from exc
    if not parts.fit or not parts.held:
        raise SystemExit(f"no data: {folder} leaves {len(parts.fit)} rows to fit and {len(parts.held)} held out; raise --limit")
    return folder, parts


def take_folder(args: argparse.Namespace) -> Path:
    """The folder of the run's checkpoints, with run.json in it; SystemExit where it is another run's."""
    work = Path(args.out) / "run"
    note, settings = work / "run.json", settings_of(args)
    if not args.resume and list(work.glob("checkpoint-*")):
        raise SystemExit(f"{work} holds the checkpoints of an earlier run: give --resume to go on, or another --out")
    if args.resume and note.is_file():
        former = json.loads(note.read_text(encoding="utf-8"))
        changed = [name for name in KEPT if former.get(name) != settings[name]]
        if changed:
            told = ", ".join(f"--{name.replace('_', '-')} {former.get(name)} (now {settings[name]})" for name in changed)
            raise SystemExit(f"--resume: the run in {work} had {told}; give the same, or another --out")
    work.mkdir(parents=True, exist_ok=True)
    return work


def note_settings(args: argparse.Namespace, work: Path) -> None:
    """Keep the arguments for a later --resume."""
    part = work / "run.json.part"
    part.write_text(json.dumps(settings_of(args), indent=2), encoding="utf-8")
    os.replace(part, work / "run.json")


def run(args: argparse.Namespace) -> None:
    """Train the adapter, calibrate it, and leave it in --out; the last line says where and how good it is."""
    from training.specialist.adapter.base import check_device
    from training.specialist.adapter.examples import LengthError
    from training.specialist.adapter.lora_layers import BaseError
    from training.specialist.adapter.sft import process_place

    rank, world = process_place()
    check_report(args.report_to)
    if args.hub_name:
        from training.data.hub import PushError, hub_token

        try:
            hub_token()
        except PushError as exc:
            raise SystemExit(f"--hub-name: {exc}") from exc
    try:
        check_device(args.device, args.quantization)
        work = take_folder(args)
        folder, parts = read_parts(args)
        if rank == 0:
            note_settings(args, work)
        done = _train(args, parts, work)
    except (BaseError, LengthError) as exc:
        raise SystemExit(str(exc)) from exc
    if done is None:
        raise SystemExit(128 + 15)
    trainer, model = done
    from training.specialist.adapter.finish import finish

    result = finish(trainer, model, parts, args, {"data": data_hashes(folder), "processes": world})
    if rank == 0:
        print(json.dumps(result), flush=True)


def _train(args: argparse.Namespace, parts: Parts, work: Path) -> tuple[Any, Any] | None:
    """(trainer, price model) after the last step; None when a signal ended the run."""
    import torch

    from training.specialist.adapter.sft import StopSignal, last_checkpoint

    stop = StopSignal()
    with stop.listening():
        trainer, model = build(args, parts, work, stop)
        checkpoint = last_checkpoint(work) if args.resume else None
        if trainer.is_world_process_zero():
            print(f"going on from {checkpoint.name}" if checkpoint else "starting", flush=True)
        try:
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        except torch.cuda.OutOfMemoryError as exc:
            raise SystemExit(out_of_memory(args)) from exc
    if stop.is_set and trainer.state.global_step < trainer.state.max_steps:
        if trainer.is_world_process_zero():
            print(f"stopped by a signal after step {trainer.state.global_step}, which is kept: go on with --resume", flush=True)
        return None
    return trainer, model


def out_of_memory(args: argparse.Namespace) -> str:
    """What to do about it."""
    advice = [f"--batch {max(1, args.batch // 2)} --accumulate {args.accumulate * 2}"] if args.batch > 1 else []
    advice += ["--gradient-checkpointing"] if not args.gradient_checkpointing else []
    advice += ["--quantization nf4"] if args.quantization != "nf4" else []
    advice += [f"--eval-batch {args.eval_batch // 2}"] if args.eval_batch > 1 else []
    return (
        f"out of GPU memory: try {', or '.join(advice) or 'a shorter --max-text-tokens'}; --resume goes on from the last checkpoint"
    )


def build(args: argparse.Namespace, parts: Parts, work: Path, stop: Any) -> tuple[Any, Any]:
    """(trainer with its callbacks, price model over the same weights)."""
    from datasets import Dataset
    from transformers import PrinterCallback, set_seed
    from trl import SFTTrainer

    from training.specialist.adapter.base import load_model, load_tokenizer
    from training.specialist.adapter.examples import PromptTokens, check_length, examples
    from training.specialist.adapter.hf_model import HfPriceModel
    from training.specialist.adapter.lora_layers import linear_names, lora_config
    from training.specialist.adapter.sft import DollarError, Progress, facts_of, keep_adapter_exact, process_place, sft_config

    tokenizer = load_tokenizer(args.base)
    tokens = PromptTokens.of(tokenizer, args.max_text_tokens)
    check_length(tokens, args.max_length)
    local = f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if args.device == "cuda" else args.device
    set_seed(args.seed)
    base = load_model(args.base, args.quantization, local)
    footprint = base.get_memory_footprint() / 1e6
    lora = lora_config(args, linear_names(base))
    config = sft_config(args, work)
    if config.world_size == 1:
        config._n_gpu = 1  # several GPUs are for accelerate: the trainer's own way (DataParallel) copies the base at every step
    held = watched(parts.held, args)
    trainer = SFTTrainer(
        model=base,
        args=config,
        train_dataset=Dataset.from_list(list(examples(draw(parts.fit, args), tokens))),
        eval_dataset=Dataset.from_list(list(examples(held, tokens))) if held else None,
        processing_class=tokenizer,
        peft_config=lora,
    )
    keep_adapter_exact(trainer.model)
    trainer.remove_callback(PrinterCallback)
    model = HfPriceModel(trainer.model, tokens, args.eval_batch)
    for callback in (Progress(), stop, *([DollarError(trainer, model, held)] if held else [])):
        trainer.add_callback(callback)
    if process_place()[0] == 0:
        print(facts_of(args, trainer, footprint), flush=True)
    return trainer, model
