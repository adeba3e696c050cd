"""Attention over packed prompts, plugged into the models of transformers by name. Knows no weights and no tokenizer.

Three forms: variable-length flash attention on a GPU; the same one prompt at a time, as its reference and for the CPU; and a
dense one over the whole row for the tree of prices and for models that cap their attention scores.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import torch
from torch.nn import functional
from transformers import AttentionInterface

NAME = "specialist_packed"  # transformers make no mask for an implementation they do not know the mask of


def register() -> None:
    """Make NAME known to transformers as an attention implementation."""
    AttentionInterface.register(NAME, attend)


def attend(module: Any, query: Any, key: Any, value: Any, mask: Any, **options: Any) -> tuple[Any, None]:
    """The interface of transformers: [1, heads, n, size] each in, [1, n, heads, size] out.

    Layout, given to the model's forward: `starts`, `key_rows`, `longest`, as packing.pack makes them; or
    `reach`, as packing.pack_tree does; or `store`, a dict to leave keys and values of the one prompt in, by layer.
    """
    scale = options.get("scaling") or query.shape[-1] ** -0.5
    if (store := options.get("store")) is not None:
        store[module.layer_idx] = (key[0].transpose(0, 1).contiguous(), value[0].transpose(0, 1).contiguous())
    if (reach := options.get("reach")) is not None:
        return _dense(query, key, value, visible(reach), scale, options.get("softcap")), None
    queries, keys, values = (each[0].transpose(0, 1) for each in (query, key, value))
    if (prefix := getattr(module, "prefix_keys", None)) is not None:
        rows = options["key_rows"]
        keys = torch.cat((prefix, keys)).index_select(0, rows)
        values = torch.cat((module.prefix_values, values)).index_select(0, rows)
    found = packed_attention(queries, keys, values, options["starts"], options["longest"], float(scale))
    return found[None], None


def visible(reach: Any) -> Any:
    """[n] reach to [n, n] bool: who sees whom (packing.pack_tree)."""
    place = torch.arange(len(reach), device=reach.device)
    return (place[None, :] <= place[:, None]) & (place[:, None] < reach[None, :])


def _dense(query: Any, key: Any, value: Any, seen: Any, scale: float, softcap: float | None) -> Any:
    groups = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
    if softcap is None:
        found = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen, scale=scale)
    else:
        scores = (query @ key.transpose(2, 3)).float() * scale
        scores = (torch.tanh(scores / softcap) * softcap).masked_fill(~seen, float("-inf"))
        found = scores.softmax(-1).to(value.dtype) @ value
    return found.transpose(1, 2)


@torch.library.custom_op("specialist::packed_attention", mutates_args=())
def packed_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    starts: torch.Tensor,
    longest: int,
    scale: float,
) -> torch.Tensor:
    """Causal attention of each prompt's queries [n, heads, size] to its keys [m, key heads, size], ends aligned.

    starts: [2, prompts + 1] int32, where each prompt begins among the queries and among the keys, and where the last ends. A
    prompt has at least as many keys as queries. Rows past the last prompt are undefined.
    """
    if query.is_cuda:
        found = torch.ops.aten._flash_attention_forward(
            query, key, value, starts[0], starts[1], longest, longest, 0.0, True, False, scale=scale
        )[0]
        return torch.as_tensor(found).contiguous()
    return _one_by_one(query, key, value, zip(_spans(starts[0]), _spans(starts[1]), strict=True), scale)


@packed_attention.register_fake
def _(query: Any, key: Any, value: Any, starts: Any, longest: int, scale: float) -> Any:
    return torch.empty_like(query, memory_format=torch.contiguous_format)


def _one_by_one(query: Any, key: Any, value: Any, spans: Iterable[tuple[slice, slice]], scale: float) -> Any:
    # Not a number where no prompt is, so that a reader of these rows would be noticed.
    found = torch.full_like(query, float("nan"), memory_format=torch.contiguous_format)
    for rows, among in spans:
        if rows.start == rows.stop:
            continue
        q, k, v = (each.transpose(0, 1)[None] for each in (query[rows], key[among], value[among]))
        count, known = q.shape[2], k.shape[2]
        seen = torch.ones(count, known, dtype=torch.bool, device=q.device).tril(known - count)
        found[rows] = functional.scaled_dot_product_attention(q, k, v, attn_mask=seen, scale=scale, enable_gqa=True)[0].transpose(
            0, 1
        )
    return found


def _spans(starts: Any) -> list[slice]:
    return [slice(first, last) for first, last in pairwise(starts.tolist())]
