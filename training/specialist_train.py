"""Trains the specialist to price: the small default that artifacts/ carries, or a QLoRA adapter on a real base.

    uv run python -m training.specialist_train            # --preset small, after training.specialist_pretrain
    uv run python -m training.specialist_train --preset seed --base meta-llama/Llama-3.1-8B

A preset is a set of defaults: every argument can be given beside it. Six minutes (small) on one H200.
"""

import argparse
import json
from pathlib import Path

import torch

from common.settings import artifacts_dir
from specialist.prompt import MAX_TEXT_TOKENS
from training.data import data_folder, data_hashes, load_parts

PRESETS: dict[str, dict[str, object]] = {
    # LoRA on every linear layer, eight runs averaged: what measured best of 21 variants (training/LOG.md).
    "small": {"base": "runs/specialist/pretrained", "out": artifacts_dir() / "specialist", "epochs": 4, "batch": 64}
    | {"lr": 1e-3, "weight_decay": 0.05, "lora": 32, "max_text_tokens": MAX_TEXT_TOKENS},
    # As published for the 8B fine-tune.
    "seed": {"base": "meta-llama/Llama-3.1-8B", "out": Path("runs/specialist/adapter"), "epochs": 1, "batch": 4}
    | {"lr": 1e-4, "weight_decay": 0.001, "lora": 32, "max_text_tokens": 160},
}


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    """Arguments; the preset gives the defaults."""
    first = argparse.ArgumentParser(add_help=False)
    first.add_argument("--preset", choices=PRESETS, default="small")
    preset = PRESETS[first.parse_known_args(argv)[0].preset]
    parser = argparse.ArgumentParser(parents=[first], description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", type=Path, help="folder with products-*.jsonl.xz (default: data/ of the shared folder)")
    add("--base", default=preset["base"], help="folder of pre-trained weights; for the seed preset also a name on the hub")
    add("--out", type=Path, default=preset["out"])
    add("--limit", type=int, help="take only this many rows: a smoke test")
    add("--epochs", type=int, default=preset["epochs"])
    add("--batch", type=int, default=preset["batch"])
    add("--lr", type=float, default=preset["lr"])
    add("--weight-decay", type=float, default=preset["weight_decay"])
    add("--lora", type=int, default=preset["lora"], help="rank of the adapter, alpha is twice that; 0 (small): all parameters")
    add("--max-text-tokens", type=int, default=preset["max_text_tokens"])
    add("--seed", type=int, default=42)
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    _add_small(parser)
    _add_seed(parser)
    return parser.parse_args(argv)


def _add_small(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("small").add_argument
    add("--sigma", type=float, default=0.2, help="width of the soft target in log(1 + price)")
    add("--crps", type=float, default=1.0, help="weight of the ranked probability score beside the cross-entropy")
    add("--balance", type=float, default=0.4, help="exponent of the price in the sampling weights (Amazon's categories)")
    add("--balance-rest", type=float, default=0.2, help="the same for appliances and the shops' rows")
    add("--auxiliary", type=float, default=0.15, help="PC parts drawn per fitted row")
    add("--token-dropout", type=float, default=0.05, help="share of the text's tokens that are left out")
    add("--runs", type=int, default=8, help="tuning runs with seeds from --seed on, averaged into one model")
    add("--tuned", type=Path, default=Path("runs/specialist/tuned"), help="where the tuned weights are kept")
    add("--export-only", action="store_true", help="make the artifact from what --tuned holds")


def _add_seed(parser: argparse.ArgumentParser) -> None:
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


def run_small(args: argparse.Namespace) -> None:
    """Tune or take up tuned weights, and make the artifact."""
    from training.specialist.export import write_artifact
    from training.specialist.tune import Pricer, tune_runs

    folder = data_folder(args.data)
    parts = load_parts(folder, args.limit)
    note = args.tuned / "tune.json"
    if args.export_only:
        pricer = Pricer(args.tuned, "cpu", args.max_text_tokens)
    else:
        pricer, losses = tune_runs(Path(args.base), parts, args)
        pricer.save(args.tuned)
        settings = {name: value for name, value in vars(args).items() if not isinstance(value, Path) and name != "export_only"}
        note.write_text(json.dumps({"arguments": settings, "losses": losses}, indent=2))
    pretrained = json.loads((Path(args.base) / "pretrain.json").read_text())
    pretrained = {name: pretrained[name] for name in ("parameters", "tokens", "arguments")}
    facts = {**json.loads(note.read_text()), "pretraining": pretrained, "data": data_hashes(folder)}
    print(json.dumps(write_artifact(args.out, pricer, parts, facts)))


def main(argv: list[str] | None = None) -> None:
    """Run the preset."""
    args = parse(argv)
    if args.preset == "small":
        run_small(args)
    else:
        from training.specialist.qlora import run

        run(args)


if __name__ == "__main__":
    main()
