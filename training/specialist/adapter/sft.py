"""TRL's SFTTrainer for a base that learns to price: its settings from ours, and what is watched while it runs.

On held-out rows the error in dollars is measured as the service would read it, in one forward pass. SIGTERM and SIGINT end the run
at the next step with a checkpoint. Knows nothing of how base and rows were loaded.
"""

import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate.utils import gather_object
from transformers import TrainerCallback, set_seed
from trl import SFTConfig, SFTTrainer

from specialist.readout import UNCALIBRATED, read_prices
from training.data.rows import Row, product_text
from training.specialist.adapter.hf_model import HfPriceModel
from training.specialist.adapter.run import AdapterRun


def sft_config(run: AdapterRun, folder: Path) -> SFTConfig:
    """TRL's settings from ours; `folder` gets the checkpoints."""
    steps, watching = run.steps, run.watching
    has_evaluation = bool(watching.eval_rows)
    return SFTConfig(
        output_dir=str(folder),
        num_train_epochs=steps.epochs,
        max_steps=steps.max_steps or -1,
        per_device_train_batch_size=steps.batch,
        per_device_eval_batch_size=watching.eval_batch,
        gradient_accumulation_steps=steps.accumulate,
        gradient_checkpointing=steps.gradient_checkpointing,
        gradient_checkpointing_kwargs={"use_reentrant": False} if steps.gradient_checkpointing else None,
        learning_rate=steps.lr,
        lr_scheduler_type=steps.schedule,
        warmup_steps=steps.warmup,  # below 1: a share of all steps
        weight_decay=steps.weight_decay,
        max_grad_norm=steps.max_grad_norm,
        optim=steps.optimizer,
        max_length=steps.max_length,
        packing=False,
        completion_only_loss=True,
        bf16=run.device == "cuda",
        use_cpu=run.device == "cpu",
        logging_steps=watching.log_steps,
        logging_first_step=True,
        eval_strategy="steps" if has_evaluation else "no",
        eval_on_start=has_evaluation,
        eval_steps=watching.eval_steps,
        save_strategy="steps",
        save_steps=watching.save_steps,
        save_total_limit=watching.keep,
        seed=run.seed,
        data_seed=run.seed,
        report_to=watching.report_to,
        run_name=run.out.name,
        ddp_find_unused_parameters=False,
        disable_tqdm=True,
    )


def keep_adapter_exact(model: Any) -> None:
    """Hold the adapter in 32 bits, as peft makes it; TRL rounds it to bf16 beside a quantised base.

    In bf16 a step of the learning rate's tail is less than half the distance to the next number, and is lost; and peft loads a
    checkpoint in 32 bits, so that a resumed run would go on otherwise than one that was not stopped.
    """
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.to(torch.float32)


class DollarError(TrainerCallback):  # type: ignore[misc] # transformers carries no types
    """At each evaluation, the mean absolute error of the served price (the median) on `rows`, logged as eval_mae.

    Every process prices its share of the rows.
    """

    def __init__(self, trainer: SFTTrainer, model: HfPriceModel, rows: Sequence[Row]) -> None:
        self.trainer, self.model, self.rows = trainer, model, rows

    def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Called by the trainer once the loss is known."""
        del state, control
        texts, truth = [product_text(row) for row in self.rows], np.array([row.price for row in self.rows])
        read = read_prices(shared_logits(self.model, texts, args.process_index, args.world_size), UNCALIBRATED, self.model.classes)
        error = float(np.abs(np.array([one.price for one in read]) - truth).mean())
        self.trainer.log({"eval_mae": round(error, 4)})


def shared_logits(model: HfPriceModel, texts: Sequence[str], rank: int, world: int) -> Any:
    """[n, classes] price logits; each of `world` processes asks the model for every world-th text and gets all of them."""
    training = model.model.training
    model.model.eval()
    mine = model.logits(texts[rank::world]) if len(texts[rank::world]) else np.empty((0, len(model.classes)), np.float32)
    model.model.train(training)
    if world == 1:
        return mine
    found = np.empty((len(texts), mine.shape[1]), np.float32)
    for place, part in enumerate(gather_object([mine])):
        found[place::world] = part
    return found


class StopSignal(TrainerCallback):  # type: ignore[misc] # transformers carries no types
    """After SIGTERM or SIGINT: a checkpoint at the end of the step, and no further step. Processes agree on it first."""

    def __init__(self) -> None:
        self.is_set = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Signals set it, within the block; a second signal acts as it did before."""
        former = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

        def stop(number: int, _: object) -> None:
            self.is_set = True
            signal.signal(number, former[signal.Signals(number)])

        for number in former:
            signal.signal(number, stop)
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Called by the trainer after each step of the optimizer."""
        if self._agreed(args) and state.global_step < state.max_steps:
            self.is_set = True
            control.should_save = control.should_training_stop = True

    def _agreed(self, args: Any) -> bool:
        if args.world_size == 1:
            return self.is_set
        flag = torch.tensor([float(self.is_set)], device=args.device)
        torch.distributed.all_reduce(flag)
        return bool(flag.item())


class OwnDraws(TrainerCallback):  # type: ignore[misc] # transformers carries no types
    """Random numbers (of dropout) of its own for each process, and after a resume for processes that the run did not have before.

    The trainer then sets back those of processes that it had: a resume on the same number of them changes nothing. The order of the
    rows has a seed of its own and is the same on any number of processes.
    """

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Called by the trainer before it reads a checkpoint's random states."""
        del control
        if args.world_size > 1 or state.global_step:
            set_seed((args.seed + 7919 * args.process_index + 104_729 * state.global_step) % 2**32)


class Progress(TrainerCallback):  # type: ignore[misc] # transformers carries no types
    """One line of JSON for each record of the log, from the first process."""

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        """Called by the trainer."""
        del args, control
        if state.is_world_process_zero and logs:
            kept = {name: value for name, value in logs.items() if name in SHOWN}
            if kept:
                print(json.dumps({"step": state.global_step, "of": state.max_steps, **kept}), flush=True)


SHOWN = ("loss", "learning_rate", "eval_loss", "eval_mae", "train_runtime", "train_samples_per_second")


def told_before(run: AdapterRun, trainer: Any, footprint: float) -> str:
    """What is about to be trained: sizes (`footprint` in MB), layers, and how rows become steps."""
    trainable = sum(p.numel() for p in trainer.model.parameters() if p.requires_grad)
    targets = " ".join(sorted(trainer.model.peft_config["default"].target_modules))
    world, batch, accumulate = trainer.args.world_size, run.steps.batch, run.steps.accumulate
    rows, together = len(trainer.train_dataset), batch * accumulate * world
    steps = trainer.args.max_steps if trainer.args.max_steps > 0 else run.steps.epochs * -(-rows // together)
    return "\n".join(
        (
            f"{run.base}: {footprint:,.1f} MB in {run.quantization}",
            f"adapter: {trainable:,} parameters, rank {run.adapter.lora}, on {targets}",
            f"{rows:,} rows; {batch} a batch x {accumulate} batches x {world} processes"
            f" = {together} rows a step; about {steps:,} steps",
        )
    )
