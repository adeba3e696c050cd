"""The steps of steps.py as Triton kernels, a program for each row: what a row needs is read once and stays in registers.

Imported only where there is a GPU: Triton has no CPU build. Sizes are the model's, so each kernel is compiled once. Kernels have no
annotations but constants': Triton reads them, and knows no types of Python.
"""

from typing import TYPE_CHECKING, Any

import torch
import triton
import triton.language as tl

from specialist.cuda.linear import FP8, FP8_MAX

if TYPE_CHECKING:
    from specialist.cuda.steps import Fp8Rows, Heads, Known

_WIDE = 8192  # numbers in a row from which on 16 warps share it
_LEAST = tl.constexpr(1e-12)  # of a scale: a row of zeros is not divided by zero
_MOST = tl.constexpr(FP8_MAX)


def norm_to_fp8(rows: Any, added: Any, weight: Any, epsilon: float) -> "tuple[Any, Fp8Rows]":
    """See steps.norm_to_fp8."""
    count, size = rows.shape
    total = rows if added is None else torch.empty_like(rows)
    found, scales = _fp8_like(rows, size)
    _norm_to_fp8[(count,)](rows, added, weight, total, found, scales, size, epsilon, HAS_ADDED=added is not None, **_launch(size))
    return total, (found, scales)


def gated_to_fp8(both: Any) -> "Fp8Rows":
    """See steps.gated_to_fp8."""
    size = both.shape[1] // 2
    found, scales = _fp8_like(both, size)
    _gated_to_fp8[(len(both),)](both, found, scales, size, **_launch(size))
    return found, scales


def rows_to_fp8(rows: Any) -> "Fp8Rows":
    """See steps.rows_to_fp8."""
    size = rows.shape[1]
    found, scales = _fp8_like(rows, size)
    _rows_to_fp8[(len(rows),)](rows, found, scales, size, **_launch(size))
    return found, scales


def rotated(mixed: Any, turns: tuple[Any, Any], heads: "Heads", key_rows: Any, known: "Known | None") -> tuple[Any, Any, Any]:
    """See steps.rotated."""
    tokens, places = len(mixed), len(key_rows)
    keys, values = (torch.empty(places, heads.keys, heads.size, dtype=mixed.dtype, device=mixed.device) for _ in range(2))
    cosines, sines = turns
    _rotate[(tokens + places,)](
        mixed,
        cosines,
        sines,
        key_rows,
        keys if known is None else known.keys,
        values if known is None else known.values,
        keys,
        values,
        tokens,
        0 if known is None else len(known.keys),
        QUERIES=heads.queries,
        KEYS=heads.keys,
        SIZE=heads.size,
        num_warps=4,
    )
    return mixed[:, : heads.width].unflatten(-1, (heads.queries, heads.size)), keys, values


def _fp8_like(rows: Any, size: int) -> tuple[Any, Any]:
    found = torch.empty(len(rows), size, dtype=FP8, device=rows.device)
    return found, torch.empty(len(rows), 1, dtype=torch.float32, device=rows.device)


def _launch(size: int) -> dict[str, int]:
    return {"BLOCK": triton.next_power_of_2(size), "num_warps": 16 if size >= _WIDE else 8}


@triton.jit
def _store_fp8(values, found, scales, row, columns, size):
    scale = tl.maximum(tl.max(tl.abs(values), 0) / _MOST, _LEAST / _MOST)
    tl.store(scales + row, scale)
    tl.store(found + row * size + columns, (values / scale).to(tl.float8e4nv), mask=columns < size)


@triton.jit
def _norm_to_fp8(
    rows,
    added,
    weight,
    total,
    found,
    scales,
    size,
    epsilon,
    HAS_ADDED: tl.constexpr,
    BLOCK: tl.constexpr,
):
    row = tl.program_id(0).to(tl.int64)
    columns = tl.arange(0, BLOCK)
    is_there = columns < size
    place = row * size + columns
    values = tl.load(rows + place, mask=is_there, other=0.0).to(tl.float32)
    if HAS_ADDED:
        summed = (values + tl.load(added + place, mask=is_there, other=0.0).to(tl.float32)).to(tl.bfloat16)
        tl.store(total + place, summed, mask=is_there)
        values = summed.to(tl.float32)
    values = values * tl.rsqrt(tl.sum(values * values, 0) / size + epsilon)
    values = values * tl.load(weight + columns, mask=is_there, other=0.0).to(tl.float32)
    _store_fp8(values, found, scales, row, columns, size)


@triton.jit
def _gated_to_fp8(both, found, scales, size, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    columns = tl.arange(0, BLOCK)
    is_there = columns < size
    gate = tl.load(both + 2 * row * size + columns, mask=is_there, other=0.0).to(tl.float32)
    other = tl.load(both + 2 * row * size + size + columns, mask=is_there, other=0.0).to(tl.float32)
    _store_fp8(gate * tl.sigmoid(gate) * other, found, scales, row, columns, size)


@triton.jit
def _rows_to_fp8(rows, found, scales, size, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    columns = tl.arange(0, BLOCK)
    values = tl.load(rows + row * size + columns, mask=columns < size, other=0.0).to(tl.float32)
    _store_fp8(values, found, scales, row, columns, size)


@triton.jit
def _rotate(
    mixed,
    cosines,
    sines,
    key_rows,
    known_keys,
    known_values,
    keys,
    values,
    tokens,
    known,
    QUERIES: tl.constexpr,
    KEYS: tl.constexpr,
    SIZE: tl.constexpr,
):
    # The first programs turn the queries of a token where they lie, the others fetch a key and its value, each from where it is.
    program = tl.program_id(0).to(tl.int64)
    width = (QUERIES + 2 * KEYS) * SIZE
    half = tl.arange(0, SIZE // 2)
    if program < tokens:
        low_turn = tl.load(cosines + program * SIZE + half).to(tl.float32)
        high_turn = tl.load(sines + program * SIZE + half).to(tl.float32)
        place = mixed + program * width + tl.arange(0, QUERIES)[:, None] * SIZE + half[None, :]
        low, high = tl.load(place).to(tl.float32), tl.load(place + SIZE // 2).to(tl.float32)
        tl.store(place, (low * low_turn[None, :] - high * high_turn[None, :]).to(tl.bfloat16))
        tl.store(place + SIZE // 2, (high * low_turn[None, :] + low * high_turn[None, :]).to(tl.bfloat16))
    else:
        to = program - tokens
        source = tl.load(key_rows + to).to(tl.int64)
        within = tl.arange(0, KEYS)[:, None] * SIZE + half[None, :]
        there = to * KEYS * SIZE + within
        if source < known:
            known_at = source * KEYS * SIZE + within
            tl.store(keys + there, tl.load(known_keys + known_at))
            tl.store(keys + there + SIZE // 2, tl.load(known_keys + known_at + SIZE // 2))
            tl.store(values + there, tl.load(known_values + known_at))
            tl.store(values + there + SIZE // 2, tl.load(known_values + known_at + SIZE // 2))
        else:
            row = source - known
            key_low_turn = tl.load(cosines + row * SIZE + half).to(tl.float32)
            key_high_turn = tl.load(sines + row * SIZE + half).to(tl.float32)
            here = mixed + row * width + QUERIES * SIZE + within
            key_low, key_high = tl.load(here).to(tl.float32), tl.load(here + SIZE // 2).to(tl.float32)
            tl.store(keys + there, (key_low * key_low_turn[None, :] - key_high * key_high_turn[None, :]).to(tl.bfloat16))
            tl.store(
                keys + there + SIZE // 2, (key_high * key_low_turn[None, :] + key_low * key_high_turn[None, :]).to(tl.bfloat16)
            )
            tl.store(values + there, tl.load(here + KEYS * SIZE))
            tl.store(values + there + SIZE // 2, tl.load(here + KEYS * SIZE + SIZE // 2))
