"""Turns a causal language model of transformers into what is served: its decoder with other linear layers, and the rows of
its head that are read. Layer by layer, so that the card never holds more than the served form and one layer in bf16.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from common.errors import ArtifactError
from specialist.cuda import attention
from specialist.cuda.fused import FusedDecoder, FusedLayer, heads_of, is_fusible
from specialist.cuda.linear import Lora, Quantization, Source, served, through_nf4
from specialist.cuda.steps import Heads

FP8_CAPABILITY = (8, 9)  # compute capability of the first cards that multiply FP8: Ada


@dataclass(frozen=True)
class Recipe:
    """How weights are brought into their served form. `was_nf4`: the adapter was trained on weights in NF4, so they go through
    it before the adapter is added. `loras`: by the name of the linear layer within the decoder.
    """

    quantization: Quantization
    device: str
    was_nf4: bool = False
    loras: Mapping[str, Lora] | None = None


@dataclass(frozen=True)
class Head:
    """The language model's head, cut to the tokens that are asked for: weight [tokens, size], bias [tokens] or None."""

    weight: Any
    bias: Any
    softcap: float | None

    def logits(self, hidden: Any) -> Any:
        """[n, size] to float32 [n, tokens], from products in float32."""
        found = hidden.float() @ self.weight.float().t()
        if self.bias is not None:
            found = found + self.bias.float()
        return found if self.softcap is None else torch.tanh(found / self.softcap) * self.softcap


@dataclass(frozen=True)
class Served:
    """What the forward pass needs of a model. `decoder` is transformers' own; `attentions` its attention modules."""

    decoder: Any
    layers: Sequence[Any]
    attentions: Sequence[Any]
    head: Head
    config: Any
    device: str
    is_fused: bool = False

    @property
    def weight_bytes(self) -> int:
        """Memory of all weights and scales. A bitsandbytes state shares its tensors with the layer's."""
        seen = {each.data_ptr(): each.nbytes for each in (*self.decoder.parameters(), *self.decoder.buffers(), self.head.weight)}
        return sum(seen.values())


def convert(model: Any, recipe: Recipe, tokens: Sequence[int] | None = None, *, is_packed: bool = True) -> Served:
    """Bring `model` (which is taken apart) to the device in its served form. `tokens`: the head's rows to keep; None: all.

    is_packed: it will see rows of prompts; not so trees, which the fused decoder does not take.
    """
    attention.register()
    model.eval().requires_grad_(requires_grad=False)
    model.set_attn_implementation(attention.NAME)
    head = _head(model, recipe, tokens)
    decoder = model.model
    names = {id(module): name for name, module in decoder.named_modules() if isinstance(module, nn.Linear)}
    is_fused = is_packed and recipe.quantization == "fp8" and is_fusible(decoder, model.config)
    if is_fused:
        heads = heads_of(model.config)
        decoder = FusedDecoder(decoder, [_fused_layer(decoder, at, names, recipe, heads) for at in range(len(decoder.layers))])
    else:
        for layer in decoder.layers:
            _convert_layer(layer, names, recipe)
    decoder.to(recipe.device)
    attentions = [
        module
        for layer in decoder.layers
        for module in layer.modules()
        if hasattr(module, "layer_idx") and hasattr(module, "scaling")
    ]
    return Served(decoder, list(decoder.layers), attentions, head, model.config, recipe.device, is_fused)


def _head(model: Any, recipe: Recipe, tokens: Sequence[int] | None) -> Head:
    head = model.get_output_embeddings()
    rows = slice(None) if tokens is None else torch.tensor(tokens, device=head.weight.device)
    bias = getattr(head, "bias", None)
    weight, bias = (None if each is None else each.detach()[rows].to(recipe.device) for each in (head.weight, bias))
    return Head(weight, bias, getattr(model.config, "final_logit_softcapping", None))


def _convert_layer(layer: Any, names: Mapping[int, str], recipe: Recipe) -> None:
    layer.to(recipe.device)
    for parent, name, child in _linears(layer, names):
        setattr(parent, name, served(_source(child, names, recipe), recipe.quantization))


def _fused_layer(decoder: Any, at: int, names: Mapping[int, str], recipe: Recipe, heads: Heads) -> FusedLayer:
    """The layer at `at`, which is let go of."""
    layer = decoder.layers[at].to(recipe.device)
    decoder.layers[at] = nn.Identity()
    return FusedLayer(layer, {name: _source(child, names, recipe) for _, name, child in _linears(layer, names)}, heads)


def _linears(layer: Any, names: Mapping[int, str]) -> list[tuple[Any, str, Any]]:
    return [(parent, name, child) for parent in layer.modules() for name, child in parent.named_children() if id(child) in names]


def _source(linear: Any, names: Mapping[int, str], recipe: Recipe) -> Source:
    weight = linear.weight.detach()
    lora = (recipe.loras or {}).get(names[id(linear)])
    if lora is not None:
        lora = Lora(lora.a.to(recipe.device), lora.b.to(recipe.device))
    if recipe.was_nf4 and recipe.quantization != "nf4":
        weight = through_nf4(weight)
    return Source(weight, None if linear.bias is None else linear.bias.detach(), lora)


def choose(quantization: str, device: str) -> Quantization:
    """What `quantization` ("auto", "none" or a form) means on `device`; ArtifactError where the card cannot do it."""
    on_gpu = device.startswith("cuda")
    has_fp8 = on_gpu and torch.cuda.get_device_capability(device) >= FP8_CAPABILITY
    if quantization == "auto":
        return "fp8" if has_fp8 else "nf4" if on_gpu else "bf16"
    if quantization in {"none", "bf16"}:
        return "bf16"
    if quantization == "nf4":
        return "nf4"
    if quantization != "fp8":
        raise ArtifactError(f"SPECIALIST_QUANTIZATION={quantization} is none of auto, bf16, fp8, nf4")
    if on_gpu and not has_fp8:
        card = torch.cuda.get_device_name(device)
        raise ArtifactError(
            f"{card} does not multiply FP8 (compute capability 8.9 or higher does); set SPECIALIST_QUANTIZATION=nf4"
        )
    return "fp8"
