"""The forward pass over one packed row: price logits at the end of each prompt. Knows tokens, not texts.

The question is the same in all prompts, so its keys and values are computed once at start and kept.
"""

from collections.abc import Sequence
from typing import Any

import torch

from common.errors import ArtifactError
from specialist.cuda.convert import Served
from specialist.cuda.packing import Ints, Shape, pack, shape_of
from specialist.prompt import PRICES


class PackedForward:
    """`longest`: tokens of the longest prompt, its prefix included."""

    def __init__(self, served: Served, prefix: Sequence[int], longest: int) -> None:
        self.served, self.longest, self.prefix = served, longest, list(prefix)
        check_window(served.config, longest)
        if getattr(served.config, "attn_logit_softcapping", None) is not None:
            raise ArtifactError("this base caps its attention scores, which flash attention does not do; take one that does not")
        self._keep_prefix()

    @torch.no_grad()
    def _keep_prefix(self) -> None:
        """Leave keys [prefix, heads, size] and values of the prefix in each attention module."""
        found: dict[int, tuple[Any, Any]] = {}
        ids = torch.tensor(self.prefix, dtype=torch.int32, device=self.served.device)
        starts = torch.tensor([[0, len(ids)]] * 2, dtype=torch.int32, device=self.served.device)
        layout = {"starts": starts, "longest": self.longest, "store": found}
        hidden_states(self.served, ids, torch.arange(len(ids), device=self.served.device), layout)
        for module in self.served.attentions:
            keys, values = found[module.layer_idx]
            module.register_buffer("prefix_keys", keys, persistent=False)
            module.register_buffer("prefix_values", values, persistent=False)

    def run(self, buffer: Any, shape: Shape) -> Any:
        """The row in `buffer` (packing.pack, on the device) to float32 logits [shape.prompts, tokens], empty prompts included."""
        row = dict(zip(shape.fields, buffer.split(list(shape.fields.values())), strict=True))
        ids, positions, last = row.pop("ids"), row.pop("positions"), row.pop("last")
        layout = row | {"starts": row["starts"].view(2, -1), "longest": self.longest}
        if self.served.is_fused:  # which computes no more of the last layer
            return self.served.head.logits(hidden_states(self.served, ids, positions, layout | {"last": last}))
        return self.served.head.logits(hidden_states(self.served, ids, positions, layout).index_select(0, last))

    @torch.no_grad()
    def behind(self, prompts: Sequence[Sequence[int]], openings: Sequence[Sequence[Sequence[int]]]) -> Any:
        """Logits [prompts, openings, following] behind each opening of a price, as many of them behind each prompt.

        The head's tokens are those of the prices 0..999, then those that may follow.
        """
        shape = shape_of(prompts, openings, len(self.prefix))
        places = 1 + len(openings[0])
        found = self.run(on_device(pack(prompts, shape, openings), self.served.device), shape)
        return found[: len(prompts) * places].view(len(prompts), places, -1)[:, 1:, PRICES:]

    def example(self, shape: Shape) -> Any:
        """A row of `shape` full of prompts of equal length, on the device."""
        size = min(self.longest - len(self.prefix), -(-shape.tokens // shape.prompts))
        prompts = [[self.prefix[-1]] * size for _ in range(min(shape.prompts, shape.tokens // size))]
        return on_device(pack(prompts, shape), self.served.device)

    @torch.no_grad()
    def try_out(self, shape: Shape) -> Any:
        """Run an example and wait for it."""
        return self.run(self.example(shape), shape).cpu()


def on_device(packed: Ints, device: str) -> Any:
    """The row's buffer on `device`, without waiting for the copy."""
    found = torch.from_numpy(packed)
    return found.pin_memory().to(device, non_blocking=True) if device.startswith("cuda") else found.to(device)


def hidden_states(served: Served, ids: Any, positions: Any, layout: dict[str, Any]) -> Any:
    """The decoder's last hidden states [n, size] of a row of tokens; `layout` is what attention.attend takes."""
    answer = served.decoder(input_ids=ids[None], position_ids=positions[None], use_cache=False, **layout)
    return answer.last_hidden_state[0]


def check_window(config: Any, longest: int) -> None:
    """ArtifactError where attention over a window would not see the whole of a prompt of `longest` tokens."""
    window = getattr(config, "sliding_window", None) if getattr(config, "use_sliding_window", True) else None
    if window is not None and window < longest:
        raise ArtifactError(
            f"this base sees back {window} tokens, fewer than a prompt has ({longest}); lower SPECIALIST_MAX_TEXT_TOKENS"
        )
