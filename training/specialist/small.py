"""The small specialist's preset: tunes the pre-trained Llama to price and makes the artifact that the service carries.

Called by specialist_train --preset small.
"""

import argparse
import json
from pathlib import Path

from common.settings import artifacts_dir
from specialist.prompt import MAX_TEXT_TOKENS
from training.data import data_folder, data_hashes, load_parts

# LoRA on every linear layer, eight runs averaged: what measured best of 21 variants (training/LOG.md).
DEFAULTS: dict[str, object] = {
    "base": "runs/specialist/pretrained",
    "out": artifacts_dir() / "specialist",
    "epochs": 4,
    "batch": 64,
    "lr": 1e-3,
    "weight_decay": 0.05,
    "lora": 32,
    "max_text_tokens": MAX_TEXT_TOKENS,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this preset alone takes."""
    add = parser.add_argument_group("small").add_argument
    add("--sigma", type=float, default=0.2, help="width of the soft target in log(1 + price)")
    add("--crps", type=float, default=1.0, help="weight of the ranked probability score beside the cross-entropy")
    add("--auxiliary", type=float, default=0.15, help="PC parts drawn per fitted row")
    add("--token-dropout", type=float, default=0.05, help="share of the text's tokens that are left out")
    add("--runs", type=int, default=8, help="tuning runs with seeds from --seed on, averaged into one model")
    add("--tuned", type=Path, default=Path("runs/specialist/tuned"), help="where the tuned weights are kept")
    add("--export-only", action="store_true", help="make the artifact from what --tuned holds")


def run(args: argparse.Namespace) -> None:
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
