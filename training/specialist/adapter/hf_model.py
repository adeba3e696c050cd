"""A transformers model as the service's PriceModel: logits of the prices to $999 in one forward pass, whatever the tokenizer.

Where numbers are split, all their beginnings are appended to the prompt as a tree: each token sees the prompt and its own
beginning only (a four-dimensional attention mask), so one pass gives the distribution after every beginning. Prices to $9,999 take
a second pass with the likeliest openings behind the prompt (specialist.fourth_digit), as the service does it.
Plain and exact; specialist.cuda is the fast form.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from specialist.fourth_digit import choose, go_on, is_long
from specialist.price_classes import WHOLE_DOLLARS, PriceClasses
from specialist.price_tokens import end_of_price, fourth_digit, is_one_token, price_sequences
from specialist.price_trie import Tree, branches, price_trie
from training.specialist.adapter.examples import PromptTokens


def sees(tree: Tree) -> npt.NDArray[np.bool_]:
    """[nodes, nodes] without the root: whether the row's node sees the column's, its own beginnings and itself."""
    starts, ends = np.arange(1, len(tree.tokens)), np.array(tree.ends)[1:]
    return np.asarray((starts[None] <= starts[:, None]) & (starts[:, None] < ends[None]))


class HfPriceModel:
    """`model` is in evaluation mode and on its device; `batch` prompts of similar length go through at once.

    `classes`: whole dollars to 999 or 9999. ValueError where the tokenizer cannot say them.
    """

    def __init__(self, model: Any, tokens: PromptTokens, batch: int = 16, classes: PriceClasses = WHOLE_DOLLARS) -> None:
        self.model, self.tokens, self.batch, self.classes = model, tokens, batch, classes
        sequences = price_sequences(tokens.encoder.encode)
        self.trie = None if is_one_token(sequences) else price_trie(sequences, end_of_price(tokens.encoder.encode))
        self.price_ids = [ids[0] for ids in sequences]
        self.fourth = fourth_digit(tokens.encoder.encode, sequences) if is_long(classes) else None

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[n, classes] price logits."""
        return self.of_prompts([self.tokens.encoder.ids(text) for text in texts])

    def of_prompts(self, prompts: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
        """[n, classes] price logits after prompts of token ids."""
        order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
        found = np.empty((len(prompts), len(self.classes)), np.float32)
        for start in range(0, len(order), self.batch):
            chosen = order[start : start + self.batch]
            with torch.no_grad():  # not inference_mode: a trainer goes on with the same model
                found[chosen] = self._forward([prompts[index] for index in chosen])
        return found

    def _forward(self, prompts: Sequence[Sequence[int]]) -> npt.NDArray[Any]:
        first = self._first(prompts)
        if self.fourth is None:
            return first
        rows, dollars = choose(first)
        if not len(rows):
            return go_on(first, rows, dollars, [])
        openings = self.fourth.tokens(dollars)
        behind = self._behind([prompts[row] for row in rows], [branches(each) for each in openings])
        answers = behind[:, self.fourth.length :: self.fourth.length][..., self.fourth.following]
        return go_on(first, rows, dollars, answers.float().cpu().numpy())

    def _first(self, prompts: Sequence[Sequence[int]]) -> npt.NDArray[Any]:
        if self.trie is None:
            ids, lengths = self._padded(prompts)
            mask = (torch.arange(ids.shape[1])[None] >= ids.shape[1] - lengths[:, None]).long()
            logits = self._ask(ids, mask, (mask.cumsum(1) - 1).clamp_min(0), 1)
            return np.asarray(logits[:, -1, self.price_ids].float().cpu().numpy())
        logits = self._behind(prompts, [self.trie] * len(prompts))
        asked = logits[..., self.trie.columns].float() - logits.float().logsumexp(-1, keepdim=True)
        return self.trie.log_probabilities(asked.double().cpu().numpy())

    def _behind(self, prompts: Sequence[Sequence[int]], trees: Sequence[Tree]) -> Tensor:
        """Logits [n, nodes, vocabulary] behind each node of the prompts' trees, which differ in their tokens alone."""
        ids, lengths = self._padded(prompts)
        mask, positions = self._tree_mask(trees[0], ids.shape[1], lengths)
        appended = torch.tensor([list(tree.tokens[1:]) for tree in trees])
        return self._ask(torch.cat((ids, appended), 1), mask, positions, len(trees[0].tokens))

    def _padded(self, prompts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Ids padded on the left, [n, longest], and lengths [n]."""
        lengths = torch.tensor([len(prompt) for prompt in prompts])
        ids = torch.zeros((len(prompts), int(lengths.max())), dtype=torch.long)
        for row, prompt in zip(ids, prompts, strict=True):
            row[-len(prompt) :] = torch.tensor(prompt)
        return ids, lengths

    def _tree_mask(self, tree: Tree, longest: int, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """What each of the prompt's and the tree's tokens sees, [n, 1, all, all] to be added, and their positions [n, all]."""
        behind = len(tree.tokens) - 1
        everything = longest + behind
        seen = torch.zeros((everything, everything), dtype=torch.bool)
        seen[:longest, :longest] = torch.ones(longest, longest, dtype=torch.bool).tril()
        seen[longest:, :longest] = True
        seen[longest:, longest:] = torch.from_numpy(sees(tree))
        padding = torch.arange(everything)[None] < (longest - lengths)[:, None]
        each = seen[None] & ~padding[:, None, :] | torch.eye(everything, dtype=torch.bool)[None]  # no row without any
        depths = torch.tensor(tree.depths[1:])
        prompt = (torch.arange(longest)[None] - (longest - lengths)[:, None]).clamp_min(0)
        positions = torch.cat((prompt, lengths[:, None] - 1 + depths[None]), 1)
        dtype = next(p.dtype for p in self.model.parameters() if p.is_floating_point())
        return torch.where(each, 0.0, torch.finfo(dtype).min).to(dtype)[:, None], positions

    def _ask(self, ids: Tensor, mask: Tensor, positions: Tensor, keep: int) -> Tensor:
        device = self.model.device
        answer = self.model(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            position_ids=positions.to(device),
            logits_to_keep=keep,
            use_cache=False,
        )
        return answer.logits
