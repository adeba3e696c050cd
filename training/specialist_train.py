"""Trains the specialist to price: the small default that artifacts/ carries, or a QLoRA adapter on a real base.

    uv run python -m training.specialist_train            # --preset small, after training.specialist_pretrain
    uv run python -m training.specialist_train --preset seed --base meta-llama/Llama-3.1-8B [--highest-price 9999]

A preset is a set of defaults: every argument can be given beside it. The small one takes six minutes on one H200
with teachers of our own, sixteen on two with one of 1.5 billion parameters.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

from common.settings import artifacts_dir
from specialist.prompt import MAX_TEXT_TOKENS
from training.command_line.arguments import Help, made_from
from training.data.parts import data_folder, data_hashes
from training.specialist.adapter.run import HIGHEST, PUBLISHED_HIGHEST, Adapter, AdapterRun, Steps, Watching
from training.specialist.devices import has_gpu, process_place
from training.specialist.errors import RunError
from training.specialist.small.run import Distilling, Sampling, SmallRun, Teaching, Tuning

STOPPED = 128 + 15  # exit status after a signal, as a shell gives it


def defaults_of(preset: str) -> dict[str, object]:
    """Of the arguments that both presets take."""
    if preset == "seed":  # as published for the 8B fine-tune
        recipe = {"epochs": 1, "batch": 4, "lr": 1e-4, "weight_decay": 0.001, "lora": 32, "max_text_tokens": 160}
        return {"base": "meta-llama/Llama-3.1-8B", "out": Path("runs/specialist/adapter"), **recipe}
    # LoRA on every linear layer of the teachers: what measured best of 21 variants (training/LOG.md).
    recipe = {"epochs": 4, "batch": 64, "lr": 1e-3, "weight_decay": 0.05, "lora": 32, "max_text_tokens": MAX_TEXT_TOKENS}
    return {"base": "runs/specialist/small", "out": artifacts_dir() / "specialist", **recipe}


def add_shared(parser: argparse.ArgumentParser) -> None:
    """What both presets take, each with defaults of its own."""
    add = parser.add_argument
    add("--data", type=Path, help="folder with products-*.jsonl.xz (default: data/ of the shared folder)")
    add("--base", help="folder of pre-trained weights; for the seed preset also a name on the hub")
    add("--out", type=Path, help="folder that is left behind")
    add("--limit", type=int, help="take only this many rows: a smoke test")
    add("--epochs", type=int, help="passes over the rows")
    add("--batch", type=int, help="rows in one forward and backward pass of a process")
    add("--lr", type=float, help="highest learning rate")
    add("--weight-decay", type=float, help="of AdamW")
    add("--lora", type=int, help="rank of the adapter, alpha is twice that; 0 (small): all parameters")
    add("--max-text-tokens", type=int, help="of a product; what is longer is cut")
    add("--seed", type=int, default=42, help="of the sample, the order and the adapter's start")
    add("--device", default="cuda" if has_gpu() else "cpu", help="cuda or cpu")
    add("--balance", type=float, default=0.4, help="exponent of the price in the sampling weights (Amazon's categories)")
    add("--balance-rest", type=float, default=0.2, help="the same for appliances and the shops' rows")


def add_small(parser: argparse.ArgumentParser) -> None:
    """What the small preset alone takes."""
    add = parser.add_argument_group("small: teachers and students").add_argument
    add("--sigma", type=float, default=0.2, help="width of the soft target in log(1 + price)")
    add("--crps", type=float, default=1.0, help="weight of the ranked probability score beside the cross-entropy")
    add("--auxiliary", type=float, default=0.15, help="PC parts drawn per fitted row")
    add("--token-dropout", type=float, default=0.05, help="share of the text's tokens that are left out")
    add("--at-a-time", type=int, default=1, help="runs that share a GPU: one alone leaves most of a large GPU idle")
    add("--work", type=Path, default=Path("runs/specialist"), help="where labels, students and the tuned weights are kept")
    add = parser.add_argument_group("small: teachers").add_argument
    add(
        "--teachers",
        type=Path,
        nargs="*",
        help="folders of pre-trained models: Llamas of ours, language models of others (or names on the hub), sentence encoders"
        " (default: teacher-* beside --base, and --base itself)",
    )
    add("--causal-lr", type=float, default=2e-4, help="highest learning rate of a teacher that is a language model of others")
    add("--encoder-lr", type=float, default=5e-5, help="highest learning rate of a teacher that is a pre-trained sentence encoder")
    add("--folds", type=int, default=4, help="each teacher is tuned once without each of the folds")
    add("--unpriced", type=int, default=90_000, help="texts without price that the teachers label")
    add = parser.add_argument_group("small: students").add_argument
    add("--runs", type=int, default=4, help="students of other seeds; of them and their average the best is taken")
    add("--trust", type=float, default=0.5, help="weight of a row's price beside the teachers' label")
    add("--unpriced-share", type=float, default=2.0, help="labelled texts without price drawn per fitted row")
    add("--student-epochs", type=int, default=8)
    add("--student-batch", type=int, default=128)
    add("--student-lr", type=float, default=3e-4)
    add("--student-lora", type=int, default=0, help="rank of the students' adapters; 0: all parameters")
    add("--export", action=argparse.BooleanOptionalAction, default=True, help="make the artifact")
    add("--export-only", action="store_true", help="make the artifact from what --work holds")


def add_seed(parser: argparse.ArgumentParser) -> None:
    """What the seed preset alone takes."""
    add = parser.add_argument_group("seed: base and adapter").add_argument
    add("--quantization", choices=("nf4", "int8", "none"), default="nf4", help="of the base: 4 bits, 8 bits, or bf16")
    add("--lora-alpha", type=int, default=0, help="scale of the adapter; 0: twice --lora")
    add("--dropout", type=float, default=0.1, help="of the adapter")
    add("--targets", nargs="+", default=["attention"], help="layers that get an adapter: attention, or names as q_proj down_proj")
    add(
        "--highest-price",
        type=int,
        choices=(PUBLISHED_HIGHEST, HIGHEST),
        default=PUBLISHED_HIGHEST,
        help="in dollars: the published recipe's rows, whose prices are one token, or all rows, brand goods and deals among them",
    )
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
    add(
        "--resume",
        action="store_true",
        help="go on from the last checkpoint in --out, on any number of GPUs; starts anew where there is none",
    )
    add("--calibration-rows", type=int, default=0, help="held-out rows that the intervals are fitted on; 0: all")
    add("--report-to", choices=("none", "tensorboard", "wandb"), default="none", help="where curves are sent beside --out")
    add("--hub-name", default="", help="push the adapter to this repository (user/name), private; needs HF_TOKEN")


def small_run(args: argparse.Namespace) -> SmallRun:
    """What the small preset's arguments ask for; students are tuned as teachers are, but for what is given of their own."""
    tuning = made_from(Tuning, args)
    own = {"epochs": args.student_epochs, "batch": args.student_batch, "lr": args.student_lr, "lora": args.student_lora}
    teachers = None if args.teachers is None else tuple(args.teachers)
    return made_from(
        SmallRun,
        args,
        base=Path(args.base),
        sampling=made_from(Sampling, args),
        teaching=made_from(Teaching, args, teachers=teachers, tuning=tuning),
        distilling=made_from(Distilling, args, tuning=replace(tuning, **own)),
    )


def adapter_run(args: argparse.Namespace) -> AdapterRun:
    """What the seed preset's arguments ask for."""
    adapter = made_from(Adapter, args, targets=tuple(args.targets))
    return made_from(AdapterRun, args, adapter=adapter, steps=made_from(Steps, args), watching=made_from(Watching, args))


def parse(argv: list[str] | None = None) -> SmallRun | AdapterRun:
    """The preset's run."""
    first = argparse.ArgumentParser(add_help=False)
    first.add_argument("--preset", choices=("small", "seed"), default="small", help="which set of defaults")
    preset = first.parse_known_args(argv)[0].preset
    parser = argparse.ArgumentParser(parents=[first], description=__doc__, formatter_class=Help)
    add_shared(parser)
    (add_seed if preset == "seed" else add_small)(parser)
    parser.set_defaults(**defaults_of(preset))
    args = parser.parse_args(argv)
    return adapter_run(args) if preset == "seed" else small_run(args)


def make_small(run: SmallRun) -> None:
    """Teachers, students and the artifact; the last line gives its figures on products-dev, or where the tuned weights are."""
    from training.specialist.small.stages import make_artifact, train

    if not run.export_only:
        train(run)
    print(json.dumps(make_artifact(run) if run.export else {"tuned": str(run.tuned)}))


def make_adapter(run: AdapterRun) -> None:
    """Train the adapter, calibrate it, and leave it in --out; the last line says where and how good it is."""
    from training.specialist.adapter.checks import check_push, check_report
    from training.specialist.adapter.run_folder import note_settings, spread_over, take_folder

    check_report(run.watching.report_to)
    check_push(run.hub_name)
    from training.specialist.adapter.base import check_device
    from training.specialist.adapter.finish import finish
    from training.specialist.adapter.stages import read_parts, train

    check_device(run.device, run.quantization)
    work, parts, (rank, world) = take_folder(run), read_parts(run), process_place()
    spread = spread_over(run, work, world)
    if rank == 0:
        note_settings(run, work, world)
    done = train(spread, parts, work)
    if done is None:
        raise SystemExit(STOPPED)
    result = finish(*done, parts, run, {"data": data_hashes(data_folder(run.data)), "processes": world})
    if rank == 0:
        print(json.dumps(result), flush=True)


def main(argv: list[str] | None = None) -> None:
    """Run the preset; where it cannot be, say why."""
    run = parse(argv)
    try:
        if isinstance(run, AdapterRun):
            make_adapter(run)
        else:
            make_small(run)
    except RunError as exc:
        raise SystemExit(str(exc)) from exc


if __name__ == "__main__":
    main()
