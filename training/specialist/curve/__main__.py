"""The loss curve of a training run as a PNG, and its records as JSON beside it, from which it can be drawn again.

    uv run python -m training.specialist.curve runs/specialist/adapter/loss.json --out docs/specialist-loss.png
    uv run python -m training.specialist.curve runs/specialist/small/pretrain.json runs/specialist/tuned/tune.json --out small.png

A record is {"step", "loss"} of a training step, or {"step", "eval_loss"} and {"step", "eval_mae"} of an evaluation.
Uses matplotlib's objects, not pyplot: no state is shared and no display is looked for. Knows nothing of models.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.command_line.arguments import made_from
from training.specialist.curve.drawing import figure, figure_of, read_curve, save


@dataclass(frozen=True)
class Drawing:
    """Files with records, the picture, and what stands above each run's curve where it is not the run's own title."""

    runs: Sequence[Path]
    out: Path
    title: Sequence[str]


def parse(argv: list[str] | None = None) -> Drawing:
    """Every argument has a default."""
    name = "python -m training.specialist.curve"
    parser = argparse.ArgumentParser(prog=name, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("runs", type=Path, nargs="*", default=[Path("runs/specialist/adapter/loss.json")], help="JSON with a run's records")
    add("--out", type=Path, default=Path("docs/specialist-loss.png"), help="the picture")
    add("--title", nargs="*", default=[], help="above each run's curve (default: the run's own)")
    return made_from(Drawing, parser.parse_args(argv))


def main(argv: list[str] | None = None) -> None:
    """Draw; the last line says where and how many records."""
    drawing = parse(argv)
    runs = [read_curve(run) for run in drawing.runs]
    titles = [*drawing.title, *(title for _, title, _ in runs[len(drawing.title) :])]
    runs = [(records, title, unit) for (records, _, unit), title in zip(runs, titles, strict=False)]
    try:
        save(figure(*runs[0]) if len(runs) == 1 else figure_of(runs), drawing.out)
    except (OSError, ValueError) as exc:
        raise SystemExit(f"{', '.join(map(str, drawing.runs))}: {exc}") from exc
    print(json.dumps({"out": str(drawing.out), "records": sum(len(records) for records, _, _ in runs)}))


if __name__ == "__main__":
    main()
