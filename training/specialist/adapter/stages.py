"""QLoRA on a real base (Llama, Qwen, Gemma, Phi; a name on the hub or a folder), stage by stage: read, build, train.

The loss is on the price alone. finish.py then calibrates the adapter and leaves it where SPECIALIST_ADAPTER takes it.
"""

import os
import random
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow
import torch
from datasets import Dataset
from transformers import PrinterCallback, set_seed
from trl import SFTTrainer

from training.data.parts import Parts, data_folder, load_market, load_parts, sampling_weights
from training.data.rows import Row
from training.specialist.adapter.base import load_model, load_tokenizer
from training.specialist.adapter.checks import out_of_memory
from training.specialist.adapter.examples import PromptTokens, check_length, examples
from training.specialist.adapter.hf_model import HfPriceModel
from training.specialist.adapter.lora_layers import linear_names, lora_config
from training.specialist.adapter.run import PUBLISHED_HIGHEST, AdapterRun
from training.specialist.adapter.run_folder import last_checkpoint
from training.specialist.adapter.sft import DollarError, OwnDraws, Progress, StopSignal, keep_adapter_exact, sft_config, told_before
from training.specialist.devices import process_place
from training.specialist.errors import RunError

AT_A_TIME = 5_000  # examples that are held as lists


def read_parts(run: AdapterRun) -> Parts:
    """The rows of the run's data folder: all of them, or those of the published recipe where prices end at $999.

    RunError where a file is missing or no row is left.
    """
    folder = data_folder(run.data)
    try:
        parts = (
            load_parts(folder, run.limit).listings() if run.highest_price == PUBLISHED_HIGHEST else load_market(folder, run.limit)
        )
    except OSError as exc:
        missing = f"{exc.filename or exc}: {exc.strerror or ''}"
        raise RunError(f"no data: {missing}; --data names the folder with products-*.jsonl.xz") from exc
    if not parts.fit or not parts.held:
        raise RunError(f"no data: {folder} leaves {len(parts.fit)} rows to fit and {len(parts.held)} held out; raise --limit")
    return parts


def draw(rows: Sequence[Row], run: AdapterRun) -> list[Row]:
    """As many rows as there are, drawn by the sampling weights: the published sample is balanced by price."""
    weights = sampling_weights(rows, run.balance, run.balance_rest)
    return random.Random(run.seed).choices(rows, weights.tolist(), k=len(rows))


def watched(rows: Sequence[Row], run: AdapterRun) -> list[Row]:
    """The held-out rows that are measured while training: a sample, since files are sorted by shop."""
    return random.Random(run.seed).sample(list(rows), min(run.watching.eval_rows, len(rows)))


def dataset_of(rows: Sequence[Row], tokens: PromptTokens) -> Dataset:
    """The rows' examples. As Arrow holds them, 2 KB each: as lists they would take ten times as much, in every process."""
    parts = [pyarrow.Table.from_pylist(few) for few in _few(examples(rows, tokens))]
    return Dataset(pyarrow.concat_tables(parts))


def _few(found: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while part := list(islice(found, AT_A_TIME)):
        yield part


def build(run: AdapterRun, parts: Parts, work: Path, stop: StopSignal) -> tuple[SFTTrainer, HfPriceModel]:
    """(trainer with its callbacks, price model over the same weights)."""
    tokenizer = load_tokenizer(run.base)
    tokens = PromptTokens.of(tokenizer, run.max_text_tokens, run.highest_price)
    check_length(tokens, run.steps.max_length)
    local = f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if run.device == "cuda" else run.device
    set_seed(run.seed)
    base = load_model(run.base, run.quantization, local)
    footprint = base.get_memory_footprint() / 1e6
    lora = lora_config(run.adapter, linear_names(base))
    config = sft_config(run, work)
    if config.world_size == 1:
        config._n_gpu = 1  # several GPUs are for accelerate: the trainer's own way (DataParallel) copies the base at every step
    held = watched(parts.held, run)
    trainer = SFTTrainer(
        model=base,
        args=config,
        train_dataset=dataset_of(draw(parts.fit, run), tokens),
        eval_dataset=dataset_of(held, tokens) if held else None,
        processing_class=tokenizer,
        peft_config=lora,
    )
    keep_adapter_exact(trainer.model)
    trainer.remove_callback(PrinterCallback)
    model = _price_model(trainer.model, tokens, run)
    for callback in (Progress(), OwnDraws(), stop, *([DollarError(trainer, model, held)] if held else [])):
        trainer.add_callback(callback)
    if process_place()[0] == 0:
        print(told_before(run, trainer, footprint), flush=True)
    return trainer, model


def _price_model(model: Any, tokens: PromptTokens, run: AdapterRun) -> HfPriceModel:
    try:
        return HfPriceModel(model, tokens, run.watching.eval_batch, run.classes)
    except ValueError as exc:
        raise RunError(f"--base {run.base}: {exc}") from exc


def train(run: AdapterRun, parts: Parts, work: Path) -> tuple[SFTTrainer, HfPriceModel] | None:
    """(trainer, price model) after the last step, from the last checkpoint in `work` with --resume; None when a signal ended it."""
    stop = StopSignal()
    with stop.listening():
        trainer, model = build(run, parts, work, stop)
        checkpoint = last_checkpoint(work) if run.resume else None
        _say(trainer, f"going on from {checkpoint.name}" if checkpoint else "starting")
        try:
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        except torch.cuda.OutOfMemoryError as exc:
            raise RunError(out_of_memory(run)) from exc
    if stop.is_set and trainer.state.global_step < trainer.state.max_steps:
        _say(trainer, f"stopped by a signal after step {trainer.state.global_step}, which is kept: go on with --resume")
        return None
    return trainer, model


def _say(trainer: Any, words: str) -> None:
    if trainer.is_world_process_zero():
        print(words, flush=True)
