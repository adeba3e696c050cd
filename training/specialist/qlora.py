"""QLoRA on a real base (Llama, Qwen, Gemma, Phi; a name on the hub or a folder), as published for the 8B fine-tune.

Called by specialist_train --preset seed; several GPUs through `accelerate launch -m training.specialist_train --preset seed`.
The loss is on the price alone (TRL's prompt/completion rows). SPECIALIST_ADAPTER takes the folder that this leaves.
"""

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig, prepare_model_for_kbit_training
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer

from specialist.prompt import ANSWER, PRICES, QUESTION, tidy
from training.data import data_folder, data_hashes, load_parts, sampling_weights
from training.rows import Row, product_text

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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this preset alone takes."""
    add = parser.add_argument_group("seed").add_argument
    add("--dropout", type=float, default=0.1, help="of the adapter")
    add("--targets", nargs="+", default=["q_proj", "k_proj", "v_proj", "o_proj"], help="layers that get an adapter")
    add("--quantization", choices=("nf4", "int8", "none"), default="nf4")
    add("--warmup", type=float, default=0.03, help="share of the steps")
    add("--max-grad-norm", type=float, default=0.3)
    add("--optimizer", default="paged_adamw_32bit")
    add("--accumulate", type=int, default=1, help="batches in one step")
    add("--max-length", type=int, default=182, help="tokens of prompt and price")
    add("--eval-rows", type=int, default=500, help="held-out rows evaluated while training")
    add("--save-steps", type=int, default=500)
    add("--resume", action="store_true", help="go on from the last checkpoint in --out")
    add("--report-to", default="none", help="wandb, tensorboard or none")
    add("--hub-name", default="", help="push the adapter to this (private) repository")


def split_numbers(tokenizer: Any) -> list[int]:
    """Prices of 0..999 that the tokenizer does not keep in one token: the price read-out needs that there are none."""
    return [price for price in range(PRICES) if len(tokenizer(str(price), add_special_tokens=False)["input_ids"]) != 1]


def prompt_of(tokenizer: Any, text: str, max_text_tokens: int) -> str:
    """The served prompt as text: the product cut to `max_text_tokens`, question and answer whole."""
    ids = tokenizer(tidy(text), add_special_tokens=False)["input_ids"][:max_text_tokens]
    return f"{QUESTION}{tokenizer.decode(ids)}{ANSWER}"


def dataset_of(rows: Sequence[Row], tokenizer: Any, max_text_tokens: int) -> Dataset:
    """Prompt/completion rows; the completion is the price in whole dollars and ".00", as published."""
    prompts = [prompt_of(tokenizer, product_text(row), max_text_tokens) for row in rows]
    completions = [f"{min(PRICES - 1, round(row.price or 0.0))}.00" for row in rows]
    return Dataset.from_dict({"prompt": prompts, "completion": completions})


def quantization_of(kind: str) -> BitsAndBytesConfig | None:
    """NF4 with double quantisation and bf16 arithmetic, 8-bit, or none."""
    if kind == "nf4":
        return BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
    return BitsAndBytesConfig(load_in_8bit=True) if kind == "int8" else None


def load_base(args: argparse.Namespace) -> tuple[Any, Any]:
    """(model, tokenizer) of the base; says how much memory the weights take."""
    tokenizer = AutoTokenizer.from_pretrained(args.base)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    options = {} if (config := quantization_of(args.quantization)) is None else {"quantization_config": config}
    # Under `accelerate launch` every process holds the model on its own device.
    device = {"": torch.cuda.current_device()} if args.device == "cuda" else args.device
    model = AutoModelForCausalLM.from_pretrained(args.base, dtype=torch.bfloat16, device_map=device, **options)
    if options:
        model = prepare_model_for_kbit_training(model)
    print(f"{args.base}: {model.get_memory_footprint() / 1e6:,.1f} MB in {args.quantization}")
    if found := split_numbers(tokenizer):
        print(f"warning: the tokenizer splits {len(found)} of 0..999 (first: {found[0]}); the one-token read-out cannot serve it")
    return model, tokenizer


def sft_config(args: argparse.Namespace, steps: int) -> SFTConfig:
    """TRL's settings from ours."""
    return SFTConfig(
        output_dir=str(args.out),
        num_train_epochs=args.epochs,
        per_device_train_batch_size=args.batch,
        per_device_eval_batch_size=args.batch,
        gradient_accumulation_steps=args.accumulate,
        learning_rate=args.lr,
        lr_scheduler_type="cosine",
        warmup_steps=int(args.warmup * steps),
        weight_decay=args.weight_decay,
        max_grad_norm=args.max_grad_norm,
        optim=args.optimizer,
        max_length=args.max_length,
        completion_only_loss=True,
        bf16=args.device == "cuda",
        use_cpu=args.device == "cpu",
        logging_steps=25,
        eval_strategy="steps" if args.eval_rows else "no",
        eval_steps=args.save_steps,
        save_steps=args.save_steps,
        save_total_limit=3,
        seed=args.seed,
        report_to=args.report_to,
        push_to_hub=bool(args.hub_name),
        hub_model_id=args.hub_name or None,
        hub_private_repo=True,
    )


def draw(rows: Sequence[Row], args: argparse.Namespace) -> list[Row]:
    """As many rows as there are, drawn by the sampling weights: the published sample is balanced by price."""
    weights = sampling_weights(rows, args.balance, args.balance_rest)
    return random.Random(args.seed).choices(rows, weights.tolist(), k=len(rows))


def run(args: argparse.Namespace) -> None:
    """Train the adapter and leave it in --out, with seed.json beside it."""
    folder = data_folder(args.data)
    parts = load_parts(folder, args.limit)
    model, tokenizer = load_base(args)
    fit = dataset_of(draw(parts.fit, args), tokenizer, args.max_text_tokens)
    held = dataset_of(parts.held[: args.eval_rows], tokenizer, args.max_text_tokens)
    steps = args.epochs * len(fit) // (args.batch * args.accumulate)
    lora = LoraConfig(
        r=args.lora, lora_alpha=2 * args.lora, lora_dropout=args.dropout, target_modules=args.targets, task_type="CAUSAL_LM"
    )
    trainer = SFTTrainer(
        model=model,
        args=sft_config(args, steps),
        train_dataset=fit,
        eval_dataset=held if args.eval_rows else None,
        processing_class=tokenizer,
        peft_config=lora,
    )
    trainable = sum(p.numel() for p in trainer.model.parameters() if p.requires_grad)
    print(f"adapter: {trainable:,} parameters; {len(fit)} rows, about {steps} steps", flush=True)
    trainer.train(resume_from_checkpoint=args.resume or None)
    trainer.save_model(str(args.out))
    settings = {name: str(value) for name, value in vars(args).items()}
    log = {"trainable": trainable, "arguments": settings, "data": data_hashes(folder), "history": trainer.state.log_history}
    (args.out / "seed.json").write_text(json.dumps(log, indent=2))
    if args.hub_name:
        trainer.push_to_hub()
