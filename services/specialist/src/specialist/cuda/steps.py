"""What lies between the products of a fused decoder layer: norms, rotations and gates, each ending where FP8 begins.

On a GPU each step is one kernel (kernels.py), which reads what it needs once; elsewhere the same in plain arithmetic, which is
also what the kernels are tested against. Knows no weights but those of norms.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import torch

from specialist.cuda.linear import to_fp8

Fp8Rows: TypeAlias = tuple[Any, Any]  # e4m3 [n, size], and the scale [n, 1] by which each row is multiplied back


@dataclass(frozen=True)
class Heads:
    """How a row of queries, keys and values is divided."""

    queries: int
    keys: int
    size: int

    @property
    def width(self) -> int:
        """Numbers of all queries of a token, behind which its keys and values lie."""
        return self.queries * self.size


@dataclass(frozen=True)
class Known:
    """Keys and values [n, heads, size] of the prefix that all prompts have in common."""

    keys: Any
    values: Any


def norm_to_fp8(rows: Any, added: Any, weight: Any, epsilon: float) -> tuple[Any, Fp8Rows]:
    """rows [n, size] plus `added` (None: nothing), in bf16, and of that the root-mean-square norm in FP8."""
    if rows.is_cuda:
        from specialist.cuda import kernels

        return kernels.norm_to_fp8(rows, added, weight, epsilon)
    total = rows if added is None else rows + added
    return total, to_fp8(normed(total, weight, epsilon))


def normed(rows: Any, weight: Any, epsilon: float) -> Any:
    """Root-mean-square norm in float32 (arXiv:1910.07467)."""
    values = rows.float()
    return values * torch.rsqrt(values.square().mean(-1, keepdim=True) + epsilon) * weight.float()


def gated_to_fp8(both: Any) -> Fp8Rows:
    """Gates and what they let through, side by side [n, 2 * size]: silu(gate) * other in FP8 (SwiGLU, arXiv:2002.05202)."""
    if both.is_cuda:
        from specialist.cuda import kernels

        return kernels.gated_to_fp8(both)
    gate, other = both.float().chunk(2, -1)
    return to_fp8(torch.nn.functional.silu(gate) * other)


def rows_to_fp8(rows: Any) -> Fp8Rows:
    """[n, size] in FP8."""
    if rows.is_cuda:
        from specialist.cuda import kernels

        return kernels.rows_to_fp8(rows)
    return to_fp8(rows)


def rotated(mixed: Any, turns: tuple[Any, Any], heads: Heads, key_rows: Any, known: Known | None) -> tuple[Any, Any, Any]:
    """Queries [n, heads, size] of `mixed` [n, queries, keys and values side by side], and keys and values [m, key heads, size].

    turns: cosines and sines [n, size] of each token's place (rotary embedding, arXiv:2104.09864). key_rows: where each key lies in
    [known, mixed]; known keys are rotated already. The queries may lie in `mixed`, which is written over.
    """
    if mixed.is_cuda:
        from specialist.cuda import kernels

        return kernels.rotated(mixed, turns, heads, key_rows, known)
    widths = [heads.width, heads.keys * heads.size, heads.keys * heads.size]
    queries, keys, values = (each.unflatten(-1, (-1, heads.size)) for each in mixed.split(widths, -1))
    queries, keys = (_turned(each, *turns) for each in (queries, keys))
    if known is not None:
        keys, values = torch.cat((known.keys, keys)), torch.cat((known.values, values))
    return queries, keys.index_select(0, key_rows), values.index_select(0, key_rows)


def _turned(heads: Any, cosines: Any, sines: Any) -> Any:
    values = heads.float()
    low, high = values.chunk(2, -1)
    found = values * cosines[:, None].float() + torch.cat((-high, low), -1) * sines[:, None].float()
    return found.to(heads.dtype)
