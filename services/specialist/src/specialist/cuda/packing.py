"""Lays prompts of any length behind one another in one row of tokens, so that a forward pass computes no padding between them.

A few sizes of row only, since each is a captured CUDA graph. Pure numpy: knows no model and no torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from specialist.price_trie import Tree

Ints = npt.NDArray[np.int32]
SIZES = (128, 192, 256, 320, 384, 512, 640, 768, *range(1024, 4097, 256))  # past 1,024 at most a fifth of a row is idle
MULTIPLE = 64  # of tokens in a row
QUAD = 4
TOKENS_PER_PROMPT = 32  # fewer on average, and a row runs out of places for prompts before it runs out of tokens


@dataclass(frozen=True)
class Shape:
    """A row: `tokens` places, at most `prompts` prompts, of which `prefix` first tokens are known and not computed.

    `again`: keys of prompts that are seen once more, by what may follow them.
    Tokens and prompts come in fours, so that each part of a row's buffer begins at a multiple of 16 bytes, as kernels like it.
    """

    tokens: int
    prompts: int
    prefix: int
    again: int = 0

    @property
    def keys(self) -> int:
        """Places for the keys of all prompts, those of the known prefix again for each."""
        return self.tokens + self.prompts * self.prefix + self.again

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


def pack(prompts: Sequence[Sequence[int]], shape: Shape, behind: Sequence[Sequence[Sequence[int]]] | None = None) -> Ints:
    """The row's buffer: `shape.fields` behind one another. `behind`: for each prompt the sequences that may follow it.

    Each of these has a place of its own in the row, as a prompt has, and sees its prompt and itself alone. positions count from the
    prefix on. last: the row of each one's last token. starts: [2, more than prompts], where each begins among the queries and among
    the keys, empty ones behind the last. key_rows: where each key lies in [prefix, row]. Places behind the last belong to none:
    attention leaves them undefined, and no one reads them.
    """
    row = {name: np.zeros(size, np.int32) for name, size in shape.fields.items()}
    starts, key_rows = row["starts"].reshape(2, -1), []
    at = number = 0
    for prompt, following in zip(prompts, behind or [()] * len(prompts), strict=True):
        before = np.arange(shape.prefix)
        for part in (prompt, *following):
            end = at + len(part)
            row["ids"][at:end] = part
            row["positions"][at:end] = len(before) + np.arange(len(part))
            row["last"][number] = end - 1
            number += 1
            seen = np.concatenate((before, shape.prefix + np.arange(at, end)))
            starts[:, number] = end, starts[1, number - 1] + len(seen)
            key_rows.append(seen)
            before, at = (seen if part is prompt else before), end
    starts[:, number + 1 :] = starts[:, number, None]
    found = np.concatenate(key_rows)
    row["key_rows"][: len(found)] = found
    return np.concatenate(list(row.values()))


def shape_of(prompts: Sequence[Sequence[int]], behind: Sequence[Sequence[Sequence[int]]], prefix: int) -> Shape:
    """The smallest row for `prompts` with the sequences `behind` each."""
    pairs = list(zip(prompts, behind, strict=True))
    tokens = sum(len(prompt) + sum(map(len, following)) for prompt, following in pairs)
    again = sum(len(prompt) * len(following) for prompt, following in pairs)
    places = sum(1 + len(following) for following in behind)
    return Shape(-(-tokens // MULTIPLE) * MULTIPLE, -(-places // QUAD) * QUAD, prefix, -(-again // QUAD) * QUAD)


@dataclass(frozen=True)
class TreeRow:
    """Prompts, each with the nodes of a tree behind it. `reach`: a token is seen by those from itself to before there."""

    ids: Ints
    positions: Ints
    reach: Ints
    nodes: npt.NDArray[np.int64]  # [prompts, nodes]: the row of each; a prompt's last token is the root


def pack_tree(prompts: Sequence[Sequence[int]], trees: Sequence[Tree], tokens: int) -> TreeRow:
    """Lay `prompts` out in a row of `tokens` places, each with its tree, of as many nodes as the others'.

    With the nodes in depth-first order, one number a token tells its heirs: i sees j where j <= i < reach[j]. A token of a prompt
    reaches to the end of its block, a node to the end of its subtree.
    """
    ids, positions, nodes = np.zeros(tokens, np.int32), np.zeros(tokens, np.int32), []
    reach = np.arange(1, tokens + 1, dtype=np.int32)
    start = 0
    for prompt, tree in zip(prompts, trees, strict=True):
        root = start + len(prompt) - 1
        end = root + len(tree.tokens)
        ids[start:end] = [*prompt, *tree.tokens[1:]]
        positions[start:end] = np.concatenate((np.arange(len(prompt)), len(prompt) - 1 + np.array(tree.depths[1:], np.int32)))
        reach[start : root + 1] = end
        reach[root + 1 : end] = root + np.array(tree.ends[1:], np.int32)
        nodes.append(root + np.arange(len(tree.tokens)))
        start = end
    return TreeRow(ids, positions, reach, np.stack(nodes))
