"""The small specialist's preset: teachers are tuned and asked, what they say is distilled into the small model, the artifact made.

Called by specialist_train --preset small, on what specialist_pretrain left. What is finished is kept in --work and not done again.
"""

import argparse
import json
from pathlib import Path

from common.settings import artifacts_dir
from specialist.prompt import MAX_TEXT_TOKENS
from training.data.parts import data_folder, data_hashes

# LoRA on every linear layer of the teachers: what measured best of 21 variants (training/LOG.md).
DEFAULTS: dict[str, object] = {
    "base": "runs/specialist/small",
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


def train(args: argparse.Namespace) -> None:
    """Teachers, students, and the best of these in --work/tuned, with tune.json beside it."""
    from training.specialist.adapter.lora_layers import BaseError
    from training.specialist.small.students import distil_all, mean_curve
    from training.specialist.small.teachers import ask_teachers, check_base, gather

    bases = args.teachers or [*sorted(args.base.parent.glob("teacher-*")), args.base]
    if not (args.base / "config.json").is_file():
        raise SystemExit(f"there is no small model in {args.base} to teach: run training.specialist_pretrain first, or give --base")
    try:
        for base in bases:
            check_base(base)
        material = gather(args)
        labels = ask_teachers(args, material, bases)
    except BaseError as exc:
        raise SystemExit(str(exc)) from exc
    pricer, found = distil_all(args, material, labels)
    pricer.save(args.work / "tuned")
    settings = {name: value for name, value in vars(args).items() if not isinstance(value, Path | list) and name != "export_only"}
    note = {
        "title": "students",
        "unit": "nats a price",
        "curve": mean_curve(found["curves"].values()),
        "arguments": settings,
        "teachers": {"chosen": labels.chosen, "curves": labels.curves},
        "students": found,
    }
    (args.work / "tuned" / "tune.json").write_text(json.dumps(note, indent=2))


def run(args: argparse.Namespace) -> None:
    """Train, unless only the export is wanted, and make the artifact."""
    from training.data.parts import load_parts
    from training.specialist.small.export import write_artifact
    from training.specialist.small.pricer import LlamaPricer

    args.base, folder = Path(args.base), data_folder(args.data)
    if not args.export_only:
        train(args)
    tuned = args.work / "tuned"
    if not args.export:
        print(json.dumps({"tuned": str(tuned)}))
        return
    note = json.loads((tuned / "tune.json").read_text())
    chosen = [args.base, *(args.base.parent / name for name in note["teachers"]["chosen"])]
    known = [each for each in dict.fromkeys(chosen) if (each / "pretrain.json").is_file()]
    pretrained = {each.name: json.loads((each / "pretrain.json").read_text()) for each in known}
    facts = {
        "arguments": note["arguments"],
        "teachers": note["teachers"]["chosen"],
        "students": note["students"]["errors"],
        "pretraining": {name: {"figures": each["figures"], "key": each["key"]} for name, each in pretrained.items()},
        "data": data_hashes(folder),
    }
    pricer = LlamaPricer(tuned, "cpu", args.max_text_tokens)
    print(json.dumps(write_artifact(args.out, pricer, load_parts(folder, args.limit), facts)))
