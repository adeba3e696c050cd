"""Loads a base, its tokenizer and a LoRA adapter from the hub or folders, through transformers and peft, onto the CPU.

Every way in which that fails becomes an ArtifactError that says what to do.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from common.errors import ArtifactError
from specialist.cuda.convert import Recipe, choose
from specialist.cuda.linear import Lora

TRAIN = "uv run python -m training.specialist_train --preset seed"


@dataclass(frozen=True)
class Base:
    """Which weights to serve, and how. `quantization`: bf16, fp8, nf4, or auto: fp8 where the card multiplies it, else nf4."""

    model: str
    adapter: str = ""
    quantization: str = "auto"
    device: str = "cuda"


@dataclass(frozen=True)
class Adapter:
    """A LoRA adapter by the names of the decoder's linear layers; whether it was trained on weights in NF4."""

    loras: dict[str, Lora]
    was_nf4: bool


@dataclass(frozen=True)
class Loaded:
    """A model of transformers with its tokenizer, and what is to be made of it."""

    model: Any
    tokenizer: Any
    recipe: Recipe


def load(base: Base) -> Loaded:
    """Load `base`. ArtifactError says what is missing or does not fit, and what to do."""
    check_device(base.device)
    quantization = choose(base.quantization, base.device)
    tokenizer, model = load_tokenizer(base), load_model(base)
    if not base.adapter:
        return Loaded(model, tokenizer, Recipe(quantization, base.device))
    model, adapter = load_adapter(model, base.adapter)
    return Loaded(model, tokenizer, Recipe(quantization, base.device, adapter.was_nf4, adapter.loras))


def check_device(device: str) -> None:
    """ArtifactError where `device` is not there or too old for flash attention."""
    if not device.startswith("cuda"):
        return
    if not torch.cuda.is_available():
        raise ArtifactError("SPECIALIST_BACKEND=cuda needs a CUDA device; without one use SPECIALIST_BACKEND=onnx")
    if torch.device(device).index:
        raise ArtifactError(f"SPECIALIST_DEVICE={device}: choose the card with CUDA_VISIBLE_DEVICES, and leave the device at cuda")
    if torch.cuda.get_device_capability(device) < (8, 0):
        card = torch.cuda.get_device_name(device)
        raise ArtifactError(f"{card} is too old: flash attention needs compute capability 8.0; use SPECIALIST_BACKEND=onnx")


def load_tokenizer(base: Base) -> Any:
    """The base's tokenizer."""
    from transformers import AutoTokenizer

    return _load(AutoTokenizer, base.model)


def load_model(base: Base) -> Any:
    """The base in bf16 on the CPU: a GPU gets its layers one by one, in their served form."""
    from transformers import AutoModelForCausalLM

    return _load(AutoModelForCausalLM, base.model, dtype=torch.bfloat16)


def _load(kind: Any, name: str, **options: Any) -> Any:
    try:
        return kind.from_pretrained(name, **options)
    except (OSError, ValueError) as exc:
        raise ArtifactError(f"{name} cannot be loaded: {exc}; give SPECIALIST_BASE_MODEL a name on the hub or a folder") from exc


def load_adapter(model: Any, folder: str) -> tuple[Any, Adapter]:
    """`model` as before, and the adapter in `folder`; ArtifactError where it is none, or of another base."""
    from peft import PeftModel

    remedy = f"make it with: {TRAIN}"
    try:
        wrapped = PeftModel.from_pretrained(model, folder)
    except (OSError, ValueError, RuntimeError, KeyError) as exc:
        raise ArtifactError(f"{folder} holds no LoRA adapter for {model.name_or_path} ({exc}); {remedy}") from exc
    config = wrapped.peft_config["default"]
    foreign = [name for name in ("use_dora", "modules_to_save") if getattr(config, name, None)]
    if foreign or getattr(config, "bias", "none") != "none" or not hasattr(config, "lora_alpha"):
        raise ArtifactError(f"{folder} is not a plain LoRA adapter ({config.peft_type}, {', '.join(foreign)}); {remedy}")
    adapted = [name for name, module in model.named_modules() if hasattr(module, "lora_A")]
    loras = {name: _lora(module) for name, module in model.model.named_modules() if "default" in getattr(module, "lora_A", {})}
    if not loras or len(loras) < len(adapted):
        raise ArtifactError(f"{folder} adapts {len(adapted)} layers, {len(loras)} of them linear ones of the decoder; {remedy}")
    return wrapped.unload(), Adapter(loras, _was_nf4(Path(folder)))


def _lora(module: Any) -> Lora:
    scale = module.scaling["default"]
    a, b = module.lora_A["default"].weight.detach(), module.lora_B["default"].weight.detach()
    return Lora(a, (b.float() * scale).to(b.dtype))


def _was_nf4(folder: Path) -> bool:
    """What the adapter's meta.json says it was trained on. Without one: the published recipe's NF4."""
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return True
    except (OSError, ValueError) as exc:
        raise ArtifactError(f"{folder / 'meta.json'} cannot be read ({exc}); make it with: {TRAIN}") from exc
    return meta.get("quantization", "nf4") == "nf4" if isinstance(meta, dict) else True
