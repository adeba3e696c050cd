"""A decoder of Llama's form in FP8: ten kernels a layer, four of them products, nothing computed twice.

Queries, keys and values are one product, gate and up another; between products rows are quantised by the step that makes them. Of
the last layer only each prompt's last token is asked for, so that alone is computed past its keys and values.
"""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn

from specialist.cuda.attention import packed_attention
from specialist.cuda.linear import FP8_MULTIPLE, Fp8Linear, Source
from specialist.cuda.steps import Heads, Known, gated_to_fp8, norm_to_fp8, normed, rotated, rows_to_fp8

_KINDS = ("LlamaDecoderLayer", "MistralDecoderLayer")
_MIXED, _GATED = ("q_proj", "k_proj", "v_proj"), ("gate_proj", "up_proj")


def is_fusible(decoder: Any, config: Any) -> bool:
    """Whether each layer of `decoder` is of the form that is computed here; others are computed as transformers have them."""
    sizes = (config.hidden_size, config.intermediate_size, _head_size(config))
    is_plain = getattr(config, "hidden_act", "") == "silu" and not getattr(config, "attention_bias", False)
    is_plain = is_plain and not getattr(config, "mlp_bias", False) and getattr(config, "rope_parameters", None) is not None
    fits = all(size % FP8_MULTIPLE == 0 for size in sizes) and _is_power_of_two(
        sizes[2], config.num_attention_heads, config.num_key_value_heads
    )
    return is_plain and fits and all(type(layer).__name__ in _KINDS for layer in decoder.layers)


def _head_size(config: Any) -> int:
    return int(getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads)


def _is_power_of_two(*sizes: int) -> bool:
    return all(size & (size - 1) == 0 for size in sizes)


class FusedLayer(nn.Module):
    """One layer, made of transformers' norms and the Sources of its linear layers by their own names."""

    def __init__(self, layer: Any, sources: Mapping[str, Source], heads: Heads) -> None:
        super().__init__()
        self.layer_idx, self.heads = layer.self_attn.layer_idx, heads
        self.scaling = heads.size**-0.5
        for name, norm in (("before", layer.input_layernorm), ("between", layer.post_attention_layernorm)):
            self.register_buffer(f"norm_{name}", norm.weight.detach())
        self.epsilon = float(layer.input_layernorm.variance_epsilon)
        self.mixed = Fp8Linear(_side_by_side([sources[name] for name in _MIXED]))
        self.out = Fp8Linear(sources["o_proj"])
        self.gated = Fp8Linear(_side_by_side([sources[name] for name in _GATED]))
        self.down = Fp8Linear(sources["down_proj"])

    def forward(self, rows: Any, added: Any, turns: tuple[Any, Any], layout: Mapping[str, Any]) -> tuple[Any, Any]:
        """(rows, what is to be added to them), [n, size] each, of the layer before; the same of this one.

        With `last` in the layout, of those tokens alone.
        """
        rows, quantised = norm_to_fp8(rows, added, self.norm_before, self.epsilon)
        queries, keys, values = rotated(self.mixed.product(quantised), turns, self.heads, layout["key_rows"], self._known())
        if (store := layout.get("store")) is not None:
            store[self.layer_idx] = (keys, values)
        starts = layout["starts"]
        if (last := layout.get("last")) is not None:
            rows, queries = rows.index_select(0, last), queries.index_select(0, last)
            ends = torch.arange(starts.shape[1], dtype=torch.int32, device=starts.device).clamp(max=len(last))
            starts = torch.stack((ends, starts[1]))
        seen = packed_attention(queries, keys, values, starts, layout["longest"], self.scaling)
        rows, quantised = norm_to_fp8(rows, self.out.product(rows_to_fp8(seen.flatten(1))), self.norm_between, self.epsilon)
        return rows, self.down.product(gated_to_fp8(self.gated.product(quantised)))

    def _known(self) -> Known | None:
        keys = getattr(self, "prefix_keys", None)
        return None if keys is None else Known(keys, self.prefix_values)


class FusedDecoder(nn.Module):
    """Stands where the decoder of transformers stood: called alike, with the layout of a row (attention.attend)."""

    def __init__(self, decoder: Any, layers: Sequence[FusedLayer]) -> None:
        super().__init__()
        self.embed_tokens, self.rotary_emb, self.layers = decoder.embed_tokens, decoder.rotary_emb, nn.ModuleList(layers)
        self.register_buffer("norm", decoder.norm.weight.detach())
        self.epsilon = float(decoder.norm.variance_epsilon)

    def forward(self, input_ids: Any, position_ids: Any, **layout: Any) -> SimpleNamespace:
        """[1, n] ids and places to last_hidden_state [1, n, size], or [1, len(last), size] where the layout has `last`."""
        rows, added = self.embed_tokens(input_ids[0]), None
        cosines, sines = self.rotary_emb(rows, position_ids)
        last = layout.pop("last", None)
        layout.setdefault("key_rows", torch.arange(len(rows), device=rows.device))
        for layer in self.layers[:-1]:
            rows, added = layer(rows, added, (cosines[0], sines[0]), layout)
        rows, added = self.layers[-1](rows, added, (cosines[0], sines[0]), layout | {"last": last})
        return SimpleNamespace(last_hidden_state=normed(rows + added, self.norm, self.epsilon).to(rows.dtype)[None])


def heads_of(config: Any) -> Heads:
    """Of a model's configuration."""
    return Heads(config.num_attention_heads, config.num_key_value_heads, _head_size(config))


def _side_by_side(sources: Sequence[Source]) -> Source:
    return Source(torch.cat([each.merged() for each in sources]), None)
