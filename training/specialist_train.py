"""Trains the specialist to price: the small default that artifacts/ carries, or a QLoRA adapter on a real base.

    uv run python -m training.specialist_train            # --preset small, after training.specialist_pretrain
    uv run python -m training.specialist_train --preset seed --base meta-llama/Llama-3.1-8B

A preset is a set of defaults: every argument can be given beside it. The small one takes six minutes on one H200
with teachers of our own, sixteen on two with one of 1.5 billion parameters.
"""

import argparse
import importlib
from pathlib import Path
from types import ModuleType

import torch


class Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """The description as written, and each argument with its default."""


PRESETS = {"small": "training.specialist.small.preset", "seed": "training.specialist.adapter.preset"}


def parse(argv: list[str] | None = None) -> tuple[ModuleType, argparse.Namespace]:
    """The preset's module, and the arguments with its defaults."""
    first = argparse.ArgumentParser(add_help=False)
    first.add_argument("--preset", choices=PRESETS, default="small", help="which set of defaults")
    preset = importlib.import_module(PRESETS[first.parse_known_args(argv)[0].preset])
    parser = argparse.ArgumentParser(parents=[first], description=__doc__, formatter_class=Help)
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
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="cuda or cpu")
    add("--balance", type=float, default=0.4, help="exponent of the price in the sampling weights (Amazon's categories)")
    add("--balance-rest", type=float, default=0.2, help="the same for appliances and the shops' rows")
    preset.add_arguments(parser)
    parser.set_defaults(**preset.DEFAULTS)
    return preset, parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Run the preset."""
    preset, args = parse(argv)
    preset.run(args)


if __name__ == "__main__":
    main()
