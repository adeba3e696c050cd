"""What an 8B base weighs in NF4, what its adapter adds, and how fast it trains: by arithmetic, and on a GPU by measurement.

    uv run python -m training.specialist_facts [--shape llama-3.1-8b] [--batches 4 16 64]

Random weights of the right shape are built in NF4 on the GPU (nothing is fetched), get the adapter, and are trained by TRL
a few steps. Without a GPU only the arithmetic is done; the last line says so. Exit status 1 where figures differ.
"""

import argparse
import json
from dataclasses import dataclass
from typing import Any

from training.command_line.arguments import made_from
from training.specialist.adapter.base_facts import ATTENTION, SHAPES, disagreements, facts
from training.specialist.adapter.base_measurement import Trial, compare, measure
from training.specialist.devices import has_gpu

PUBLISHED_RANK = 32


@dataclass(frozen=True)
class Facts:
    """Which base, by its shape's name; what is tried with it, and where."""

    shape: str
    device: str
    trial: Trial


def parse(argv: list[str] | None = None) -> Facts:
    """Every argument has a default. SystemExit where a layer is not the shape's."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    add = parser.add_argument
    add("--shape", choices=SHAPES, default="llama-3.1-8b", help="of the base")
    add("--lora", type=int, default=PUBLISHED_RANK, help="rank of the adapter")
    add("--targets", nargs="+", default=list(ATTENTION), help="layers that get an adapter")
    add("--batches", type=int, nargs="*", default=[4, 16, 64], help="batch sizes to train with; none: only memory")
    add("--length", type=int, default=182, help="tokens of a row")
    add("--steps", type=int, default=12, help="steps that are timed for each batch size")
    add("--gradient-checkpointing", action=argparse.BooleanOptionalAction, default=False, help="less memory, slower")
    add("--device", choices=("auto", "cuda", "cpu"), default="auto", help="auto: cuda where there is one, else arithmetic alone")
    args = parser.parse_args(argv)
    shape = SHAPES[args.shape]
    if unknown := [target for target in args.targets if target not in shape.linears]:
        raise SystemExit(f"--targets {' '.join(unknown)}: a layer has {', '.join(shape.linears)}")
    trial = made_from(Trial, args, targets=tuple(args.targets), batches=tuple(args.batches))
    return made_from(Facts, args, trial=trial)


def main(argv: list[str] | None = None) -> None:
    """Compute, measure where there is a GPU, compare."""
    asked = parse(argv)
    shape, trial = SHAPES[asked.shape], asked.trial
    computed = facts(shape, trial.lora, trial.targets)
    is_published = (trial.lora, trial.targets) == (PUBLISHED_RANK, ATTENTION)
    wrong = disagreements(asked.shape, computed) if is_published else []
    print(f"{asked.shape}: {json.dumps(computed)}", flush=True)
    device = "cuda" if asked.device == "auto" and has_gpu() else asked.device
    if device == "cuda" and not has_gpu():
        raise SystemExit("--device cuda: this machine has no CUDA device that torch sees")
    found: dict[str, Any] = {"shape": asked.shape, "computed": computed}
    if device == "auto":
        print("no GPU here: memory and speed were not measured")
        found["gpu"] = None
    else:
        found |= (measured := measure(shape, trial, device))
        wrong += compare(computed, measured["memory"])
    print(json.dumps({**found, "agrees": not wrong, "differences": wrong}))
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
