"""Loads a base to fine-tune: a Llama, Qwen, Gemma or Phi by its name on the hub or from a folder, quantised or not.

Says what is wrong in one line, and chooses the layers that get an adapter by what the model has. Knows nothing of rows.
"""

import argparse
import re
from collections.abc import Iterable, Sequence
from typing import Any

import torch

# The projections into attention, by architecture: Llama, Qwen, Gemma, Phi-2 and Phi-4-mini apart from fused ones of Phi-3.
INWARD = (("q_proj", "k_proj", "v_proj"), ("qkv_proj",), ("query_key_value",), ("c_attn",))
OUTWARD = ("o_proj", "out_proj", "dense", "c_proj")
NOT_TEXT = re.compile(r"(^|\.)(vision|visual|audio|multi_modal|mm_)", re.IGNORECASE)
QUANTIZATIONS = ("nf4", "int8", "none")


class BaseError(Exception):
    """The base cannot be loaded; the message says why and what to do."""


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


def load_tokenizer(name: str) -> Any:
    """The base's tokenizer, with an end and a padding token."""
    from transformers import AutoConfig, AutoTokenizer

    config = _from_pretrained(AutoConfig, name)
    tokenizer = _from_pretrained(AutoTokenizer, name)
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
    options = {} if config is None else {"quantization_config": config}
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


def linear_names(model: Any) -> list[str]:
    """Full names of the model's linear layers, quantised or not, by what their classes are called."""
    kinds = ("Linear", "Linear4bit", "Linear8bitLt", "Conv1D")
    return [name for name, module in model.named_modules() if type(module).__name__ in kinds]


def _attention_layers(names: Iterable[str]) -> dict[str, set[str]]:
    """By the module that holds them, the names of the linear layers in it."""
    found: dict[str, set[str]] = {}
    for name in names:
        parent, _, leaf = name.rpartition(".")
        found.setdefault(parent, set()).add(leaf)
    return found


def attention_targets(names: Sequence[str]) -> list[str]:
    """The attention's projections among linear layers of these full names, as q_proj k_proj v_proj o_proj or what stands for them.

    BaseError names the layers that the model has when none is known.
    """
    targets: dict[str, None] = {}
    for parent, leaves in _attention_layers(name for name in names if not NOT_TEXT.search(name)).items():
        inward = next((group for group in INWARD if leaves.issuperset(group)), None)
        # The fused projection's name is also used outside attention: only beside an outward one does it count.
        outward = next((leaf for leaf in OUTWARD if leaf in leaves), None)
        if inward and outward and parent:
            targets |= dict.fromkeys((*inward, outward))
    if not targets:
        raise BaseError(
            f"no attention projections are known in this base; name its layers with --targets, out of: {_leaves(names)}"
        )
    return list(targets)


def check_targets(targets: Sequence[str], names: Sequence[str]) -> list[str]:
    """`targets`, each of which must be the last part of a linear layer's name; BaseError says which are not there."""
    there = {name.rpartition(".")[2] for name in names}
    if missing := [target for target in targets if target not in there]:
        raise BaseError(f"--targets {' '.join(missing)}: this base has no such linear layer; it has: {_leaves(names)}")
    return list(targets)


def _leaves(names: Sequence[str]) -> str:
    return ", ".join(sorted({name.rpartition(".")[2] for name in names})) or "none"


def lora_config(args: argparse.Namespace, names: Sequence[str]) -> Any:
    """LoRA on the layers that args.targets names ("attention": those of the published recipe), alpha twice the rank."""
    from peft import LoraConfig

    is_automatic = args.targets == ["attention"]
    targets = attention_targets(names) if is_automatic else check_targets(args.targets, names)
    others = sorted(name for name in names if NOT_TEXT.search(name) and name.rpartition(".")[2] in targets)
    return LoraConfig(
        r=args.lora,
        lora_alpha=args.lora_alpha or 2 * args.lora,
        lora_dropout=args.dropout,
        target_modules=targets,
        exclude_modules=others or None,
        bias="none",
        task_type="CAUSAL_LM",
    )
