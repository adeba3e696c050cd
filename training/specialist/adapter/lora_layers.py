"""Chooses the layers of a base that get an adapter, by the names of its linear layers: architectures call them differently.

Knows names alone: neither torch nor weights.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from training.specialist.adapter.run import Adapter
from training.specialist.errors import BaseError

# The projections into attention: of Llama, Qwen, Gemma and Phi-2; fused, of Phi-3 and Phi-4; of Falcon and older ones.
INWARD = (("q_proj", "k_proj", "v_proj"), ("qkv_proj",), ("query_key_value",), ("c_attn",))
OUTWARD = ("o_proj", "out_proj", "dense", "c_proj")
ATTENTION = "attention"  # instead of names: the projections of the published recipe
NOT_TEXT = re.compile(r"(^|\.)(vision|visual|audio|multi_modal|mm_)", re.IGNORECASE)


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


def lora_config(adapter: Adapter, names: Sequence[str]) -> Any:
    """LoRA on the layers that adapter.targets names ("attention": those of the published recipe), alpha twice the rank."""
    from peft import LoraConfig

    is_automatic = adapter.targets == (ATTENTION,)
    targets = attention_targets(names) if is_automatic else check_targets(adapter.targets, names)
    others = sorted(name for name in names if NOT_TEXT.search(name) and name.rpartition(".")[2] in targets)
    return LoraConfig(
        r=adapter.lora,
        lora_alpha=adapter.lora_alpha or 2 * adapter.lora,
        lora_dropout=adapter.dropout,
        target_modules=targets,
        exclude_modules=others or None,
        bias="none",
        task_type="CAUSAL_LM",
    )
