"""The prices 0..999 of a tokenizer that splits numbers, as a tree of their tokens, and the probability of each price by it.

Pure numpy; knows no model. A price that other prices begin with (2 of 25) is over only where the token behind it ends it
("."); one that none begins with needs no end, which saves asking the model after 900 of 1,000 numbers. The thousand
probabilities need not sum to 1 (the model may go on with anything): the reader's softmax sees to that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tree:
    """Nodes in depth-first order, the root (the prompt's end) first: what can be asked for the next token.

    `tokens`: the token that leads to the node (-1 for the root). `depths`: tokens from the root. `ends`: one past the last
    node of its subtree.
    """

    tokens: Sequence[int]
    depths: Sequence[int]
    ends: Sequence[int]


@dataclass(frozen=True)
class PriceTrie(Tree):
    """The inner nodes of all prices. `steps`: for each the (node, column) pairs whose log probabilities add up to the price's.

    `columns`: the tokens to ask for, so that column c stands for token columns[c].
    """

    steps: Sequence[Sequence[tuple[int, int]]]
    columns: Sequence[int]

    def log_probabilities(self, asked: Floats) -> Floats:
        """[n, nodes, columns] log probabilities of the columns' tokens at each inner node to [n, prices]."""
        longest = max(map(len, self.steps))
        pairs = np.full((len(self.steps), longest, 2), -1)
        for price, steps in enumerate(self.steps):
            pairs[price, : len(steps)] = steps
        found = asked[:, pairs[..., 0], pairs[..., 1]]
        return np.asarray(np.where(pairs[..., 0] < 0, 0.0, found).sum(-1))


def price_trie(sequences: Sequence[Sequence[int]], end: int) -> PriceTrie:
    """The tree of `sequences`, the tokens of each price. `end`: the token that finishes a number."""
    whole = [tuple(ids) for ids in sequences]
    inner = sorted({ids[:size] for ids in whole for size in range(len(ids))})  # sorted tuples are in depth-first order
    node = {prefix: index for index, prefix in enumerate(inner)}
    columns = sorted({token for ids in whole for token in ids} | {end})
    column = {token: index for index, token in enumerate(columns)}
    steps = [
        [(node[ids[:size]], column[ids[size]]) for size in range(len(ids))] + ([(node[ids], column[end])] if ids in node else [])
        for ids in whole
    ]
    ends = [
        next((i for i in range(at, len(inner)) if inner[i][: len(prefix)] != prefix), len(inner)) for at, prefix in enumerate(inner)
    ]
    return PriceTrie([prefix[-1] if prefix else -1 for prefix in inner], [len(prefix) for prefix in inner], ends, steps, columns)


def branches(sequences: Sequence[Sequence[int]]) -> Tree:
    """A tree in which each of `sequences` is a branch of its own from the root, whatever it shares with others."""
    tokens, depths, ends = [-1], [0], [1 + sum(map(len, sequences))]
    for ids in sequences:
        ends += [len(tokens) + len(ids)] * len(ids)
        tokens += ids
        depths += range(1, len(ids) + 1)
    return Tree(tokens, depths, ends)
