"""Pre-trains the small specialist (32 M parameters) and its teachers on product texts without prices.

    uv run python -m training.specialist_pretrain [--data FOLDER] [--out runs/specialist]

Leaves OUT/small and OUT/teacher-1, -2, ...: specialist_train goes on from there. Teachers are large (88 M parameters), or of the
small one's shape with another seed: two that differ judge better together than two alike. The models are spread over the GPUs; on
one H200 each takes nine minutes; on a CPU only a tiny `--limit` is sensible. A model that is there already for the same data and
arguments is kept.
"""

import argparse
import json
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import Any

from training.command_line.arguments import made_from
from training.data.parts import data_folder, data_hashes
from training.specialist.devices import devices_of, has_gpu, run_jobs
from training.specialist.small.corpus import Corpus, kept_corpus
from training.specialist.small.run import Plan, PretrainingRun, Recipe, Shape

SMALL = {"layers": 8, "width": 512, "inner": 1408, "heads": 8, "kv_heads": 4, "epochs": 14.0, "weight_decay": 0.1, "dropout": 0.0}
TEACHER = {
    "layers": 12,
    "width": 768,
    "inner": 2048,
    "heads": 12,
    "kv_heads": 4,
    "epochs": 10.0,
    "weight_decay": 0.4,
    "dropout": 0.1,
}
HELP = {
    "inner": "width inside the feed-forward part",
    "epochs": "passes over the corpus",
    "dropout": "share dropped of what each attention and feed-forward part adds",
}


def parse(argv: list[str] | None = None) -> PretrainingRun:
    """Every argument has a default. The teachers come first in the run, as they take longest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", type=Path, help="folder with products-*.jsonl.xz (default: data/ of the shared folder)")
    add("--out", type=Path, default=Path("runs/specialist"))
    add("--limit", type=int, help="take only this many rows of each file: a smoke test")
    add("--vocab", type=int, default=16_384)
    add("--teachers", type=int, default=1, help="how many larger models to pre-train beside the small one")
    add("--twins", type=int, default=1, help="how many more teachers of the small one's shape")
    add("--block", type=int, default=512, help="tokens in one training sequence")
    add("--batch", type=int, default=64, help="sequences in one step")
    add("--lr", type=float, default=2e-3)
    add("--warmup", type=int, default=150, help="steps")
    add("--minutes", type=float, default=1e9, help="upper limit for each model: the learning rate then falls with the clock")
    add("--seed", type=int, default=42)
    add("--device", default="cuda" if has_gpu() else "cpu")
    add("--compile", action=argparse.BooleanOptionalAction, default=has_gpu())
    for prefix, defaults in (("", SMALL), ("teacher-", TEACHER)):
        group = parser.add_argument_group("teachers" if prefix else "small model")
        for name, value in defaults.items():
            flag = f"--{prefix}{name.replace('_', '-')}"
            group.add_argument(flag, type=type(value), default=value, help=f"{HELP.get(name, '')} ({value})")
    args = parser.parse_args(argv)
    order = [*range(1, args.teachers + args.twins + 1), 0]
    return made_from(PretrainingRun, args, plans=tuple(plan_of(args, number) for number in order))


def plan_of(args: argparse.Namespace, number: int) -> Plan:
    """Model `number`: 0 is the small one, then come the teachers, then its twins, each with another seed."""
    prefix = "teacher_" if 1 <= number <= args.teachers else ""
    shape = Shape(**{each.name: getattr(args, prefix + each.name) for each in fields(Shape)})
    own = {name: getattr(args, prefix + name) for name in ("epochs", "weight_decay", "dropout")}
    return Plan(f"teacher-{number}" if number else "small", shape, made_from(Recipe, args, seed=args.seed + number, **own))


def corpus_of(run: PretrainingRun) -> Corpus:
    """What all models read; made once, then kept."""
    return kept_corpus(data_folder(run.data), run.out / "corpus", limit=run.limit, vocab=run.vocab, seed=run.seed)


def pretrain_one(run: PretrainingRun, plan: Plan, device: str) -> dict[str, Any]:
    """Pre-train a model on `device` and save it, unless it is there; returns its figures."""
    import torch

    from training.specialist.small.pretraining import build_llama, pretrain

    folder, shape, recipe = run.out / plan.name, plan.shape, plan.recipe
    hashes = data_hashes(data_folder(run.data))
    key = {"shape": asdict(shape), "recipe": asdict(recipe), "data": hashes, "limit": run.limit, "vocab": run.vocab}
    note = folder / "pretrain.json"
    if note.is_file() and (known := json.loads(note.read_text()))["key"] == json.loads(json.dumps(key)):
        return dict(known["figures"])
    corpus = corpus_of(run)
    torch.manual_seed(recipe.seed)
    torch.set_float32_matmul_precision("high")
    model = build_llama(shape, corpus.tokenizer.get_vocab_size()).to(device)
    print(f"{folder.name}: {model.num_parameters():,} parameters, {len(corpus.ids):,} tokens, on {device}", flush=True)
    curve = pretrain(model, corpus.ids, recipe)
    model.save_pretrained(folder)
    corpus.tokenizer.save(str(folder / "tokenizer.json"))
    last: dict[str, Any] = {name: curve[-1][name] for name in ("loss", "eval_loss", "seconds") if name in curve[-1]}
    figures: dict[str, Any] = {"model": folder.name, "parameters": model.num_parameters(), "tokens": len(corpus.ids), **last}
    note.write_text(json.dumps({"figures": figures, "key": key, "curve": curve}, indent=2))
    return figures


def main(argv: list[str] | None = None) -> None:
    """Make the corpus once, then pre-train every model."""
    run = parse(argv)
    corpus_of(run)
    figures = run_jobs([partial(pretrain_one, run, plan) for plan in run.plans], devices_of(run.device))
    print(json.dumps({"models": figures}))


if __name__ == "__main__":
    main()
