"""Loads a base, with an adapter or without, as a PriceModel for specialist_eval: what was trained, asked plainly."""

import argparse
import json
from typing import Any

import torch

from common.artifact import read_artifact
from common.errors import ArtifactError
from specialist.app import FORMAT_VERSION
from specialist.readout import UNCALIBRATED, Calibration
from training.specialist.adapter.base import load_model, load_tokenizer
from training.specialist.adapter.examples import PromptTokens
from training.specialist.adapter.finish import COMMAND
from training.specialist.adapter.hf_model import HfPriceModel
from training.specialist.adapter.lora_layers import BaseError

MAX_TEXT_TOKENS = 160  # of the published recipe


def load_adapted(args: argparse.Namespace) -> tuple[HfPriceModel, Calibration]:
    """The model that args.base, args.adapter, ... name, and its calibration; ArtifactError says what is wrong."""
    meta = _meta(args)
    base = args.base or str(meta.get("base") or "")
    quantization = args.quantization or str(meta.get("quantization") or "none")
    device = args.device or ("cuda:0" if torch.cuda.is_available() else "cpu")
    try:
        tokenizer = load_tokenizer(base)
        model = load_model(base, quantization, device)
    except BaseError as exc:
        raise ArtifactError(str(exc)) from exc
    if args.adapter:
        model = _with_adapter(model, args)
    tokens = PromptTokens.of(tokenizer, args.max_text_tokens or int(meta.get("max_text_tokens") or MAX_TEXT_TOKENS))
    calibration = Calibration.read(meta["calibration"]) if "calibration" in meta else UNCALIBRATED
    return HfPriceModel(model.eval(), tokens, args.batch), calibration


def _meta(args: argparse.Namespace) -> dict[str, Any]:
    """The adapter's meta.json, its files checked. An adapter of others has none: then its own configuration names the base."""
    if not args.adapter:
        return {}
    if (args.adapter / "meta.json").is_file():
        return read_artifact(args.adapter, format_version=FORMAT_VERSION, command=COMMAND).meta
    try:
        config = json.loads((args.adapter / "adapter_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise ArtifactError(f"{args.adapter} holds no adapter ({exc}); make it with: {COMMAND}") from exc
    return {"base": config.get("base_model_name_or_path")}


def _with_adapter(model: Any, args: argparse.Namespace) -> Any:
    from peft import PeftModel

    try:
        return PeftModel.from_pretrained(model, str(args.adapter))
    except (OSError, ValueError, RuntimeError) as exc:
        raise ArtifactError(f"{args.adapter} does not fit the base {model.name_or_path}: {exc}; give --base") from exc
