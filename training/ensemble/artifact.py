"""Writes the ensemble's artifact: the weights, and what meta.json says of each rule in words."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from common.artifact import write_meta
from ensemble.combine import CATEGORY_WORDS, COMMAND, FORMAT_VERSION, RULES, Weights
from ensemble.rule import Shift
from training.data.whole_files import whole_folder


def write(weights: Weights, out: Path, facts: Mapping[str, Any]) -> None:
    """Write beside the artifact, then take its place."""
    with whole_folder(out) as folder:
        weights.save(folder)
        files = [RULES, CATEGORY_WORDS]
        write_meta(folder, format_version=FORMAT_VERSION, command=COMMAND, files=files, name=out.name, **facts)


def in_one_line(weights: Weights) -> dict[str, str]:
    """What meta.json says of each rule."""
    return {
        key: " + ".join(f"{weight:.3f} {name}" for name, weight in rule.weights.items())
        + f", each over its relative width ** {rule.sharpness:g}"
        + _shift_told(rule.shift)
        for key, rule in weights.subsets.items()
    }


def _shift_told(shift: Shift) -> str:
    """The factors of usual rows at the lowest and the highest level, by kind of text."""
    ends = {kind: f"{math.exp(curve[0]):.3f} to {math.exp(curve[-1]):.3f}" for kind, curve in shift.offsets.items() if any(curve)}
    return ", times " + ", ".join(f"{told} ({kind})" for kind, told in ends.items()) if ends else ""
