"""Prices of a base whose tokenizer splits numbers: one forward pass over prompts with the price tree behind each.

Dense attention over the row, about 100 tokens more a prompt, no CUDA graph: right, and slower than a base with whole numbers.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from specialist.cuda.convert import Served
from specialist.cuda.forward import check_window, hidden_states
from specialist.cuda.packing import pack_tree
from specialist.price_trie import PriceTrie, Tree, branches

HEAD_ROWS = 256  # positions whose logits over the whole vocabulary exist at once
MULTIPLE = 64  # tokens of a row: attention with a mask wants whole eights


class TreeForward:
    """`longest`: tokens of the longest prompt, its prefix included. The head must be whole: each node needs its own normaliser.

    `following`: the tokens asked for behind the opening of a price.
    """

    def __init__(self, served: Served, prefix: Sequence[int], longest: int, trie: PriceTrie, following: Sequence[int] = ()) -> None:
        self.served, self.prefix, self.trie, self.following = served, list(prefix), trie, list(following)
        self.room = len(self.prefix) + len(trie.tokens) - 1  # tokens that a prompt needs besides those it is given with
        check_window(served.config, longest + max(trie.depths))

    @torch.no_grad()
    def log_probabilities(self, prompts: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
        """Prompts without the prefix to log probabilities [n, 1000] of the prices."""
        found = self._asked(prompts, [self.trie] * len(prompts), self.trie.columns)
        return self.trie.log_probabilities(found.double().cpu().numpy()).astype(np.float32)

    @torch.no_grad()
    def behind(self, prompts: Sequence[Sequence[int]], openings: Sequence[Sequence[Sequence[int]]]) -> Any:
        """Log probabilities [prompts, openings, following] behind each opening of a price; all are equally many and long."""
        found = self._asked(prompts, [branches(each) for each in openings], self.following)
        length = len(openings[0][0])
        return found[:, length::length]  # the root, then the tokens of each opening

    def _asked(self, prompts: Sequence[Sequence[int]], trees: Sequence[Tree], tokens: Sequence[int]) -> Any:
        """Log probabilities [prompts, nodes, tokens] of `tokens` behind each node of the prompts' trees."""
        whole = [[*self.prefix, *ids] for ids in prompts]
        needed = sum(len(ids) + len(tree.tokens) - 1 for ids, tree in zip(whole, trees, strict=True))
        row = pack_tree(whole, trees, -(-needed // MULTIPLE) * MULTIPLE)
        ids, positions, reach = (torch.from_numpy(each).to(self.served.device) for each in (row.ids, row.positions, row.reach))
        hidden = hidden_states(self.served, ids, positions, {"reach": reach})
        columns = torch.tensor(tokens, device=self.served.device)
        parts = []
        for rows in torch.from_numpy(row.nodes.ravel()).to(self.served.device).split(HEAD_ROWS):
            logits = self.served.head.logits(hidden.index_select(0, rows))
            parts.append(logits.index_select(1, columns) - logits.logsumexp(-1, keepdim=True))
        return torch.cat(parts).view(*row.nodes.shape, -1)
