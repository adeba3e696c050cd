"""Loads a base to fine-tune: a Llama, Qwen, Gemma or Phi by its name on the hub or from a folder, quantised or not.

Says in one line what is wrong. Knows nothing of rows and adapters.
"""

import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import torch

from training.data.hub import FETCH_DEADLINE, FetchError, fetch_files
from training.specialist.errors import BaseError

QUANTIZATIONS = ("nf4", "int8", "none")


def quantization_of(kind: str, device: str) -> Any:
    """BitsAndBytesConfig of NF4 with double quantisation and bf16 arithmetic, of 8 bits, or None."""
    from transformers import BitsAndBytesConfig

    if kind == "nf4":
        return BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=dtype_of(device),
        )
    return BitsAndBytesConfig(load_in_8bit=True) if kind == "int8" else None


def dtype_of(device: str) -> torch.dtype:
    """Of weights that are not quantised, and of arithmetic: bf16 on a GPU, full precision where a CPU has nothing faster."""
    return torch.bfloat16 if device.startswith("cuda") else torch.float32


def check_device(device: str, quantization: str) -> None:
    """BaseError where the device is not there, or bitsandbytes is not."""
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise BaseError("--device cuda: this machine has no CUDA device that torch sees; --device cpu suits a tiny base")
    if quantization == "none":
        return
    try:
        import bitsandbytes  # noqa: F401 - whether it is there
    except ImportError as exc:
        raise BaseError(f"--quantization {quantization} needs bitsandbytes ({exc}): make training; or --quantization none") from exc


@cache
def hub_options(name: str, deadline: float = FETCH_DEADLINE) -> dict[str, Any]:
    """Options to load `name` with: from the cache alone where the hub does not answer within `deadline` seconds.

    BaseError where there is no such base, or neither hub nor cache has it. Asked first, since transformers would wait for minutes.
    """
    if Path(name).exists() or os.environ.get("HF_HUB_OFFLINE"):
        return {}
    if Path(name).is_absolute() or name.startswith(".") or name.count("/") > 1:
        raise BaseError(f"there is no base {name}: give --base a folder with config.json, or a name on huggingface.co")
    from huggingface_hub import try_to_load_from_cache

    try:
        fetch_files(name, ("config.json",), deadline=deadline)
    except FetchError as exc:
        if not isinstance(try_to_load_from_cache(name, "config.json"), str):
            raise BaseError(f"--base {name}: {exc}") from exc
        print(f"{exc}; taking what this machine keeps of it", flush=True)
        return {"local_files_only": True}
    return {}


def load_tokenizer(name: str) -> Any:
    """The base's tokenizer, with an end and a padding token."""
    from transformers import AutoConfig, AutoTokenizer

    options = hub_options(name)
    config = _from_pretrained(AutoConfig, name, **options)
    tokenizer = _from_pretrained(AutoTokenizer, name, **options)
    if tokenizer.eos_token is None:  # a bare tokenizer.json names none
        ends = getattr(config, "eos_token_id", None)
        end = ends[0] if isinstance(ends, list) else ends
        if end is None:
            raise BaseError(f"{name}: neither its tokenizer nor its config.json names an end-of-text token")
        tokenizer.eos_token = tokenizer.convert_ids_to_tokens(end)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(name: str, quantization: str, device: str) -> Any:
    """The base's weights on `device` ("cpu", "cuda", "cuda:1")."""
    from transformers import AutoModelForCausalLM

    check_device(device, quantization)
    config = quantization_of(quantization, device)
    options = hub_options(name) | ({} if config is None else {"quantization_config": config})
    return _from_pretrained(AutoModelForCausalLM, name, dtype=dtype_of(device), device_map={"": device}, **options)


def _from_pretrained(kind: Any, name: str, **options: Any) -> Any:
    try:
        return kind.from_pretrained(name, **options)
    except (OSError, ValueError, KeyError) as exc:
        raise BaseError(reason_of(name, exc)) from exc
    except torch.cuda.OutOfMemoryError as exc:
        raise BaseError(f"{name} does not fit the GPU's memory: --quantization nf4 takes the least") from exc


def reason_of(name: str, exc: Exception) -> str:
    """Why a base cannot be loaded, and what to do."""
    told = str(exc) + str(exc.__cause__ or "")
    first = next((line.strip() for line in str(exc).splitlines() if line.strip()), type(exc).__name__)
    if re.search(r"gated repo|awaiting a review|GatedRepo", told, re.IGNORECASE):
        where = f"https://huggingface.co/{name}"
        return f"{name} is gated: accept its licence at {where}, then set HF_TOKEN to a token of yours that may read it"
    if "out of memory" in told:
        return f"{name} does not fit the memory: --quantization nf4 takes the least"
    if re.search(r"not a valid model identifier|Repository Not Found|is not a local folder|Repo id must", told, re.IGNORECASE):
        where = "a name on huggingface.co (a private one needs HF_TOKEN) or a folder with config.json"
        return f"there is no base {name}: give --base {where}"
    if re.search(r"couldn't connect|offline|Connection|timed out", told, re.IGNORECASE):
        return f"{name} is not on this machine and the hub cannot be reached: give --base a folder, or try again ({first})"
    return f"{name} cannot be loaded: {first}"
