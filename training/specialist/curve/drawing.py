"""The loss curve of a training run as a PNG, and its records as JSON beside it, from which it can be drawn again.

A record is {"step", "loss"} of a training step, or {"step", "eval_loss"} and {"step", "eval_mae"} of an evaluation.
Uses matplotlib's objects, not pyplot: no state is shared and no display is looked for. Knows nothing of models.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from training.curation.chart_look import AFTER, BEFORE, INK, LOOK, MARK, new_figure

Records = Sequence[Mapping[str, Any]]
SMOOTHED = 25  # records in the running mean at most, and a twentieth of them all


def series(records: Records, key: str) -> tuple[list[float], list[float]]:
    """(steps, values) of the records that hold `key`, by step; of a step that was logged twice (resumed) the later."""
    found = {float(record["step"]): float(record[key]) for record in records if key in record and "step" in record}
    steps = sorted(found)
    return steps, [found[step] for step in steps]


def running_mean(values: Sequence[float], width: int) -> list[float]:
    """Mean of each value and those around it, `width` in all, fewer at the ends."""
    half = width // 2
    means = []
    for at in range(len(values)):
        near = values[max(0, at - half) : at + half + 1]
        means.append(sum(near) / len(near))
    return means


def _draw_losses(axes: Any, records: Records, unit: str) -> None:
    steps, losses = series(records, "loss")
    is_noisy, width = len(losses) > 2 * SMOOTHED, min(SMOOTHED, len(losses) // 20)
    axes.plot(steps, losses, color=BEFORE if is_noisy else AFTER, linewidth=0.8 if is_noisy else 1.8, label="training")
    if is_noisy:
        axes.plot(steps, running_mean(losses, width), color=AFTER, linewidth=1.8, label=f"training, mean of {width} records")
    eval_steps, eval_losses = series(records, "eval_loss")
    if eval_steps:
        axes.plot(eval_steps, eval_losses, color=MARK, linewidth=1.6, marker="o", markersize=3.5, label="held out")
    axes.set_ylabel(f"loss ({unit})")
    axes.legend()


def _draw_errors(axes: Any, records: Records) -> None:
    steps, errors = series(records, "eval_mae")
    axes.plot(steps, errors, color=MARK, linewidth=1.6, marker="o", markersize=3.5)
    best, apart = errors.index(min(errors)), 0.15 * (steps[-1] - steps[0])
    is_told = all(abs(steps[best] - steps[end]) > apart for end in (0, -1))  # else the numbers would overlap
    for at in {0, len(errors) - 1, *([best] if is_told else [])}:
        place = {"xytext": (0, 7), "textcoords": "offset points", "ha": "center", "color": INK}
        axes.annotate(f"${errors[at]:,.1f}", (steps[at], errors[at]), **place)
    axes.set_ylim(0, max(errors) * 1.2)
    axes.set_ylabel("mean absolute error, held-out rows ($)")


def _check(records: Records) -> None:
    if not series(records, "loss")[0]:
        raise ValueError("there is no record of a loss to draw")


def _finish(panels: Iterable[Any]) -> None:
    for axes in panels:
        axes.set_xlabel("steps")
        axes.grid(axis="y")


def figure(records: Records, title: str, unit: str = "nats a token") -> Any:
    """A matplotlib Figure: the losses over the steps and, where there is one, the error in dollars beside them.

    ValueError where no record holds a loss.
    """
    import matplotlib as mpl

    _check(records)
    has_errors = bool(series(records, "eval_mae")[0])
    with mpl.rc_context(LOOK):
        drawn = new_figure((10.5, 4.2) if has_errors else (7.5, 4.2))
        panels = drawn.subplots(1, 2, width_ratios=(3, 2)) if has_errors else [drawn.subplots()]
        _draw_losses(panels[0], records, unit)
        if has_errors:
            _draw_errors(panels[1], records)
        _finish(panels)
        drawn.suptitle(title)
    return drawn


def figure_of(runs: Sequence[tuple[Records, str, str]]) -> Any:
    """A matplotlib Figure of several runs, (records, title, unit) each: their losses side by side.

    ValueError where a run has no record of a loss.
    """
    import matplotlib as mpl

    for records, _, _ in runs:
        _check(records)
    with mpl.rc_context(LOOK):
        drawn = new_figure((5.25 * len(runs), 4.2))
        panels = drawn.subplots(1, len(runs), squeeze=False)[0]
        for axes, (records, title, unit) in zip(panels, runs, strict=True):
            _draw_losses(axes, records, unit)
            axes.set_title(title)
        _finish(panels)
    return drawn


def write_curve(records: Records, target: Path, title: str, unit: str = "nats a token") -> None:
    """Write the curve to `target` (a .png) and its records to a .json of the same name; each through a rename."""
    kept = target.with_suffix(".json")
    _replace(kept, json.dumps({"title": title, "unit": unit, "records": [dict(each) for each in records]}, indent=1).encode())
    save(figure(records, title, unit), target)


def save(drawn: Any, target: Path) -> None:
    """Write a Figure as a PNG, through a rename."""
    from io import BytesIO

    page = BytesIO()
    drawn.savefig(page, format="png", metadata={"Software": None})
    _replace(target, page.getvalue())


def _replace(target: Path, content: bytes) -> None:
    part = target.with_name(target.name + ".part")
    part.write_bytes(content)
    os.replace(part, target)


def read_curve(path: Path) -> tuple[list[dict[str, Any]], str, str]:
    """(records, title, unit) of a run's loss.json, pretrain.json ("curve") or trainer_state.json; SystemExit where it is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        records = next(found[key] for key in ("records", "curve", "log_history") if key in found)
    except (OSError, ValueError, StopIteration, TypeError) as exc:
        raise SystemExit(f"{path} holds no records of a training run: {exc or 'no key records, curve or log_history'}") from exc
    return records, str(found.get("title", path.parent.name)), str(found.get("unit", "nats a token"))
