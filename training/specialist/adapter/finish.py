"""Finishes a fine-tuned adapter: weights, calibration on held-out rows, figures, loss curve, card; meta.json last; then the hub.

The folder is what SPECIALIST_ADAPTER takes. Every process prices its share of the rows, the first alone writes.
"""

import hashlib
import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from common.artifact import write_meta
from specialist.adapter_meta import COMMAND, FORMAT_VERSION
from specialist.price_tokens import is_one_token, price_sequences
from specialist.readout import distribution
from training.data.parts import Parts
from training.data.rows import product_text
from training.specialist.adapter.card import adapter_card
from training.specialist.adapter.hf_model import HfPriceModel
from training.specialist.adapter.run import AdapterRun, settings_of
from training.specialist.adapter.sft import shared_logits
from training.specialist.calibration import fit_calibration
from training.specialist.curve.drawing import write_curve
from training.specialist.figures import by_group, compare_estimators, truths

WEIGHTS = ("adapter_config.json", "adapter_model.safetensors")


def save_weights(model: Any, folder: Path) -> None:
    """Write the adapter's two files, each through a rename; a former meta.json goes first, since it no longer holds."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meta.json").unlink(missing_ok=True)
    part = folder / "adapter.part"
    shutil.rmtree(part, ignore_errors=True)
    model.save_pretrained(part)
    for name in WEIGHTS:
        os.replace(part / name, folder / name)
    shutil.rmtree(part)


def calibrate(model: HfPriceModel, parts: Parts, run: AdapterRun, place: tuple[int, int]) -> dict[str, Any]:
    """ "calibration" fitted on the held-out rows and "metrics" of those and of products-dev, as specialist_eval gives them.

    `place`: (rank, number of processes).
    """
    held = parts.held[: run.calibration_rows or None]
    asked = {
        name: shared_logits(model, [product_text(row) for row in rows], *place)
        for name, rows in (("held", held), ("dev", parts.dev))
    }
    compared = compare_estimators(distribution(asked["held"]), truths(held), run.classes)
    estimator = min(compared, key=lambda name: compared[name]["mae"])
    calibration = fit_calibration(distribution(asked["held"]), held, estimator, run.classes)
    figures = {
        name: by_group(asked[name], rows, calibration, run.classes) for name, rows in (("held", held), ("dev", parts.dev)) if rows
    }
    return {"calibration": asdict(calibration), "metrics": {**figures, "estimators_held": compared}}


def training_facts(trainer: Any) -> dict[str, Any]:
    """How the training went."""
    logged = {name: value for record in trainer.state.log_history for name, value in record.items() if name.startswith("train_")}
    return {
        "trainable": sum(p.numel() for p in trainer.model.parameters() if p.requires_grad),
        "steps": trainer.state.global_step,
        "seconds": logged.get("train_runtime"),
        "rows_a_second": logged.get("train_samples_per_second"),
    }


def finish(trainer: Any, model: HfPriceModel, parts: Parts, run: AdapterRun, facts: dict[str, Any]) -> dict[str, Any]:
    """Leave the finished adapter in run.out and push it where run.hub_name says; returns what the run prints last."""
    found = calibrate(model, parts, run, (trainer.args.process_index, trainer.args.world_size))
    if not trainer.is_world_process_zero():
        return {}
    out, history = run.out, trainer.state.log_history
    save_weights(trainer.model, out)
    write_curve(history, out / "loss.png", f"{Path(run.base).name}, QLoRA on prices")
    meta = write_meta(
        out,
        format_version=FORMAT_VERSION,
        command=COMMAND,
        files=WEIGHTS,
        base=run.base,
        quantization=run.quantization,
        max_text_tokens=run.max_text_tokens,
        classes={"dollars": len(run.classes)},
        is_one_token=is_one_token(price_sequences(model.tokens.encoder.encode)),
        training=training_facts(trainer),
        rows={"fit": len(parts.fit), "held": len(parts.held), "dev": len(parts.dev)},
        arguments=settings_of(run),
        **found,
        **facts,
    ).meta
    (out / "README.md").write_text(adapter_card(meta), encoding="utf-8")
    told = {"out": str(out), "version": meta["version"], "held": found["metrics"]["held"]["all"], **meta["training"]}
    told |= {"dev": found["metrics"]["dev"]["all"]} if "dev" in found["metrics"] else {}
    return told | ({"pushed": push(out, run.hub_name)} if run.hub_name else {})


def contents(folder: Path) -> dict[str, bytes | Path]:
    """What goes to the hub, by its path there: nothing of the checkpoints, and no path of this machine."""
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    public = {name: value for name, value in meta.items() if name != "arguments"}
    public["arguments"] = {name: value for name, value in meta["arguments"].items() if name not in {"data", "out"}}
    public["base"] = public["arguments"]["base"] = public_base(meta["base"])
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = public["base"]
    files: dict[str, bytes | Path] = {name: folder / name for name in (*WEIGHTS, "loss.png", "loss.json")}
    if public["base"] != meta["base"]:
        files["adapter_config.json"] = changed = json.dumps(config, indent=2).encode()
        public["files"] = {**meta["files"], "adapter_config.json": hashlib.sha256(changed).hexdigest()}
    return {"README.md": adapter_card(meta).encode(), **files, "meta.json": json.dumps(public, indent=2).encode()}


def public_base(base: str) -> str:
    """The base's name as others may know it: of a folder its last part."""
    return Path(base).name if Path(base).exists() else base


def push(folder: Path, name: str) -> str:
    """Push the finished adapter in `folder` to the private model repository `name`; the commit's address or why there is none.

    What is on disk is finished: a push that fails costs nothing but itself.
    """
    from training.data.hub import PushError, push_files

    try:
        return push_files(contents(folder), name, "model", is_private=True)
    except PushError as exc:
        return f"not pushed: {exc}"
