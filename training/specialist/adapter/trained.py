"""Loads a base, with an adapter or without, as a PriceModel for specialist_eval: what was trained, asked plainly."""

import json
from pathlib import Path
from typing import Any

import torch

from common.artifact import read_artifact
from common.errors import ArtifactError
from specialist.adapter_meta import COMMAND, FORMAT_VERSION, token_classes_of
from specialist.readout import UNCALIBRATED, Calibration
from training.specialist.adapter.base import load_model, load_tokenizer
from training.specialist.adapter.examples import PromptTokens
from training.specialist.adapter.hf_model import HfPriceModel
from training.specialist.adapter.run import AskedBase
from training.specialist.errors import BaseError

MAX_TEXT_TOKENS = 160  # of the published recipe


def load_trained(asked: AskedBase) -> tuple[HfPriceModel, Calibration]:
    """The model, which knows its price classes, and its calibration; ArtifactError says what is wrong."""
    meta = _meta(asked.adapter) if asked.adapter else {}
    base = asked.base or str(meta.get("base") or "")
    quantization = asked.quantization or str(meta.get("quantization") or "none")
    device = asked.device or ("cuda:0" if torch.cuda.is_available() else "cpu")
    try:
        tokenizer = load_tokenizer(base)
        model = load_model(base, quantization, device)
    except BaseError as exc:
        raise ArtifactError(str(exc)) from exc
    if asked.adapter:
        model = _with_adapter(model, asked.adapter)
    tokens = PromptTokens.of(tokenizer, asked.max_text_tokens or int(meta.get("max_text_tokens") or MAX_TEXT_TOKENS))
    calibration = Calibration.read(meta["calibration"]) if "calibration" in meta else UNCALIBRATED
    classes = token_classes_of(meta, asked.adapter or Path())
    try:
        return HfPriceModel(model.eval(), tokens, asked.batch, classes), calibration
    except ValueError as exc:
        raise ArtifactError(f"{base} cannot be asked for the adapter's prices: {exc}; give --base") from exc


def _meta(adapter: Path) -> dict[str, Any]:
    """The adapter's meta.json, its files checked. An adapter of others has none: then its own configuration names the base."""
    if (adapter / "meta.json").is_file():
        return read_artifact(adapter, format_version=FORMAT_VERSION, command=COMMAND).meta
    try:
        config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise ArtifactError(f"{adapter} holds no adapter ({exc}); make it with: {COMMAND}") from exc
    return {"base": config.get("base_model_name_or_path")}


def _with_adapter(model: Any, adapter: Path) -> Any:
    from peft import PeftModel

    try:
        return PeftModel.from_pretrained(model, str(adapter))
    except (OSError, ValueError, RuntimeError) as exc:
        raise ArtifactError(f"{adapter} does not fit the base {model.name_or_path}: {exc}; give --base") from exc
