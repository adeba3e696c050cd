"""How well a specialist prices: error, RMSLE and coverage per split, the calibration of its intervals, and a table of both.

    uv run python -m training.specialist_eval [--data FOLDER] [--artifact artifacts/specialist]
    uv run python -m training.specialist_eval --adapter runs/specialist/adapter            # or --base NAME alone

training.evaluate is the general tool; this one also shows every estimator and the held-out rows. A base with an adapter is asked
through transformers, plainly; what the service makes of it on a GPU is bench/specialist.py's matter.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.artifact import read_artifact
from common.errors import ArtifactError
from common.settings import artifacts_dir
from specialist.adapter_meta import classes_of
from specialist.app import COMMAND, FORMAT_VERSION
from specialist.onnx_model import OnnxPriceModel
from specialist.price_classes import WHOLE_DOLLARS, PriceClasses
from specialist.readout import Calibration, distribution
from specialist.service import PriceModel
from training.command_line.arguments import made_from
from training.data.parts import Parts, data_folder, load_market, load_parts
from training.data.rows import product_text
from training.specialist.adapter.run import AskedBase
from training.specialist.figures import by_group, compare_estimators, constant_mae, truths


@dataclass(frozen=True)
class Evaluation:
    """The rows, and the model: the small one's artifact, or a base in its place."""

    data: Path | None
    limit: int | None
    artifact: Path
    base: AskedBase | None


def table(figures: dict[str, dict[str, float]]) -> str:
    """One line per group."""
    keys = ("n", "mae", "rmsle", "hits", "coverage80")
    lines = [f"{'':12}" + "".join(f"{key:>12}" for key in keys)]
    return "\n".join(lines + [f"{name:12}" + "".join(f"{f[key]:>12}" for key in keys) for name, f in figures.items()])


def parse(argv: list[str] | None = None) -> Evaluation:
    """Every argument has a default."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", type=Path, help="folder with products-*.jsonl.xz (default: data/ of the shared folder)")
    add("--limit", type=int, help="take only this many rows to fit and hold out, and of products-dev (default: all)")
    add("--artifact", type=Path, default=artifacts_dir() / "specialist", help="of the small specialist (default: %(default)s)")
    add("--base", default="", help="a base instead: name on the hub or folder (default: the one that --adapter was trained on)")
    add("--adapter", type=Path, help="an adapter that specialist_train --preset seed left, on its base (default: none)")
    add("--quantization", choices=("nf4", "int8", "none"), help="of the base (default: what the adapter was trained on, else none)")
    add("--max-text-tokens", type=int, help="of a product (default: what the adapter was trained on, else 160)")
    add("--batch", type=int, default=16, help="prompts in one forward pass of a base (default: %(default)s)")
    add("--device", default="", help="of a base: cuda or cpu (default: cuda where there is one)")
    args = parser.parse_args(argv)
    return made_from(Evaluation, args, base=made_from(AskedBase, args) if args.base or args.adapter else None)


def load(evaluation: Evaluation) -> tuple[PriceModel, Calibration, PriceClasses]:
    """The model, its calibration (a base without an adapter has none) and its classes. ArtifactError says what is wrong."""
    if evaluation.base:
        from training.specialist.adapter.trained import load_trained

        trained, calibration = load_trained(evaluation.base)
        return trained, calibration, trained.classes
    artifact = read_artifact(evaluation.artifact, format_version=FORMAT_VERSION, command=COMMAND)
    model = OnnxPriceModel(artifact.path("model.onnx"), artifact.path("tokenizer.json"))
    return model, Calibration.read(artifact.meta["calibration"]), classes_of(artifact.meta, artifact.folder, COMMAND)


def rows_of(evaluation: Evaluation, classes: PriceClasses) -> Parts:
    """The rows that a model of such classes is trained on: those of the published recipe where its prices end at $999, else all."""
    folder = data_folder(evaluation.data)
    is_published = len(classes) == len(WHOLE_DOLLARS)
    return load_parts(folder, evaluation.limit).listings() if is_published else load_market(folder, evaluation.limit)


def main(argv: list[str] | None = None) -> None:
    """Print the tables of the held-out rows and of products-dev."""
    asked = parse(argv)
    try:
        model, calibration, classes = load(asked)
    except ArtifactError as exc:
        raise SystemExit(str(exc)) from exc
    parts = rows_of(asked, classes)
    result: dict[str, object] = {"constant": constant_mae(parts.dev, float(np.median(truths(parts.fit))))}
    for name, rows in (("held", parts.held), ("dev", parts.dev[: asked.limit])):
        logits = model.logits([product_text(row) for row in rows])
        result[name] = figures = by_group(logits, rows, calibration, classes)
        print(f"{name}\n{table(figures)}\n{compare_estimators(distribution(logits), truths(rows), classes)}", flush=True)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
