"""Writes the ensemble's artifact: the weights, and what meta.json says of each rule in words."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from common.artifact import write_meta
from ensemble.combine import COMMAND, FORMAT_VERSION, Weights
from training.data.whole_files import whole_folder


def write(weights: Weights, out: Path, facts: Mapping[str, Any]) -> None:
    """Write beside the artifact, then take its place."""
    with whole_folder(out) as folder:
        weights.save(folder / "weights.json")
        write_meta(folder, format_version=FORMAT_VERSION, command=COMMAND, files=["weights.json"], name=out.name, **facts)


def in_one_line(weights: Weights) -> dict[str, str]:
    """What meta.json says of each rule."""
    return {
        key: " + ".join(f"{weight:.3f} {name}" for name, weight in rule.weights.items())
        + f", each over its relative width ** {rule.sharpness:g}"
        + _shift_told(rule.shift.offsets)
        for key, rule in weights.subsets.items()
    }


def _shift_told(offsets: Sequence[float]) -> str:
    if not any(offsets):
        return ""
    return f", times {math.exp(offsets[0]):.3f}" if len(offsets) == 1 else f", shift at {len(offsets)} levels"
