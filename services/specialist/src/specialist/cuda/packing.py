"""Lays prompts of any length behind one another in one row of tokens, so that a forward pass computes no padding between them.

A few sizes of row only, since each is a captured CUDA graph. Pure numpy: knows no model and no torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from specialist.price_trie import PriceTrie

Ints = npt.NDArray[np.int32]
SIZES = (128, 192, 256, 320, 384, 512, 640, 768, *range(1024, 4097, 256))  # past 1,024 at most a fifth of a row is idle
MULTIPLE = 64  # of tokens in a row
QUAD = 4
TOKENS_PER_PROMPT = 32  # fewer on average, and a row runs out of places for prompts before it runs out of tokens


@dataclass(frozen=True)
class Shape:
    """A row: `tokens` places, at most `prompts` prompts, of which `prefix` first tokens are known and not computed.

    Tokens and prompts come in fours, so that each part of a row's buffer begins at a multiple of 16 bytes, as kernels like it.
    """

    tokens: int
    prompts: int
    prefix: int

    @property
    def keys(self) -> int:
        """Places for the keys of all prompts, those of the known prefix again for each."""
        return self.tokens + self.prompts * self.prefix

    @property
    def fields(self) -> dict[str, int]:
        """What a row is made of, with its number of 32-bit integers, in the order of its one buffer."""
        return {
            "ids": self.tokens,
            "positions": self.tokens,
            "last": self.prompts,
            "starts": 2 * (self.prompts + QUAD),
            "key_rows": self.keys,
        }


def shapes(budget: int, longest: int, prefix: int) -> list[Shape]:
    """The rows for a `budget` of tokens, ascending, the last of them `budget` long or as long as the longest prompt."""
    largest = -(-max(budget, longest) // MULTIPLE) * MULTIPLE
    sizes = [size for size in SIZES if size < largest] + [largest]
    while sizes[-1] > 2 * SIZES[-1] and len(sizes) < 32 and sizes[-1] > 2 * sizes[-2]:
        sizes.insert(-1, 2 * sizes[-2])
    return [Shape(size, max(1, size // TOKENS_PER_PROMPT // QUAD) * QUAD, prefix) for size in sizes]


def fill(lengths: Sequence[int], tokens: int, prompts: int) -> list[list[int]]:
    """Indices of the prompts of each row, in their order: at most `prompts` of them and `tokens` tokens in a row.

    A prompt longer than `tokens` has a row for itself.
    """
    rows: list[list[int]] = []
    used = 0
    for index, length in enumerate(lengths):
        if not rows or used + length > tokens or len(rows[-1]) == prompts:
            rows.append([])
            used = 0
        rows[-1].append(index)
        used += length
    return rows


def pack(prompts: Sequence[Sequence[int]], shape: Shape) -> Ints:
    """The row's buffer: `shape.fields` behind one another.

    positions count from the prefix on. last: the row of each prompt's last token. starts: [2, more than prompts], where
    each prompt begins among the queries and among the keys, empty prompts behind the last. key_rows: where each key lies in
    [prefix, row]. Places behind the last prompt belong to none: attention leaves them undefined, and no one reads them.
    """
    lengths = np.array([len(ids) for ids in prompts])
    row = {name: np.zeros(size, np.int32) for name, size in shape.fields.items()}
    total = int(lengths.sum())
    row["ids"][:total] = np.concatenate([np.asarray(ids) for ids in prompts])
    ends = np.cumsum(lengths)
    row["positions"][:total] = shape.prefix + np.arange(total) - np.repeat(ends - lengths, lengths)
    row["last"][: len(ends)] = ends - 1
    starts = row["starts"].reshape(2, -1)
    starts[:, 1 : len(ends) + 1] = ends, ends + shape.prefix * np.arange(1, len(ends) + 1)
    starts[:, len(ends) + 1 :] = starts[:, len(ends), None]
    head = np.arange(shape.prefix)
    parts = [part for end, n in zip(ends, lengths, strict=True) for part in (head, shape.prefix + np.arange(end - n, end))]
    found = np.concatenate(parts)
    row["key_rows"][: len(found)] = found
    return np.concatenate(list(row.values()))


@dataclass(frozen=True)
class TreeRow:
    """Prompts, each with the nodes of the price tree behind it. `reach`: a token is seen by those from itself to before there."""

    ids: Ints
    positions: Ints
    reach: Ints
    nodes: npt.NDArray[np.int64]  # [prompts, inner nodes]: the row of each; a prompt's last token is the root


def pack_tree(prompts: Sequence[Sequence[int]], trie: PriceTrie, tokens: int) -> TreeRow:
    """Lay `prompts` out in a row of `tokens` places. With the nodes in depth-first order, one number a token tells its heirs:

    i sees j where j <= i < reach[j]. A token of a prompt reaches to the end of its block, a node to the end of its subtree.
    """
    ids, positions, nodes = np.zeros(tokens, np.int32), np.zeros(tokens, np.int32), []
    reach = np.arange(1, tokens + 1, dtype=np.int32)
    depths, ends = np.array(trie.depths[1:], np.int32), np.array(trie.ends[1:], np.int32)
    start = 0
    for prompt in prompts:
        root = start + len(prompt) - 1
        end = root + len(trie.tokens)
        ids[start:end] = [*prompt, *trie.tokens[1:]]
        positions[start:end] = np.concatenate((np.arange(len(prompt)), len(prompt) - 1 + depths))
        reach[start : root + 1] = end
        reach[root + 1 : end] = root + ends
        nodes.append(root + np.arange(len(trie.tokens)))
        start = end
    return TreeRow(ids, positions, reach, np.stack(nodes))
