"""Prompts as tokens of a base's own tokenizer, and what it makes of the prices. Knows tokenizers, not models."""

from collections.abc import Sequence
from typing import Any

from common.errors import ArtifactError
from specialist.fourth_digit import FourthDigit, is_long
from specialist.price_classes import WHOLE_DOLLARS, PriceClasses
from specialist.price_tokens import end_of_price, fourth_digit, is_one_token, opening_ids, price_sequences
from specialist.price_trie import PriceTrie, price_trie
from specialist.prompt import PromptEncoder, bounded


class Prompts:
    """`prefix`: what all prompts begin with, special tokens and question. `price_ids`: the tokens of 0..999, each one token; or
    None and a `trie` where the tokenizer splits numbers. `fourth`: how prices go on where `classes` reach past $999.
    `longest`: tokens of the longest prompt, its prefix included, with the opening of a price behind it where those are asked.
    """

    def __init__(self, tokenizer: Any, max_text_tokens: int, classes: PriceClasses = WHOLE_DOLLARS) -> None:
        # Below transformers, whose wrapper sets padding and cutting at each call and so cannot be shared by threads.
        self.backend = tokenizer.backend_tokenizer
        self.backend.no_truncation()
        self.backend.no_padding()
        encoder = PromptEncoder(self._ids, max_text_tokens)
        self.prefix = [*opening_ids(lambda text: tokenizer(text)["input_ids"], self._ids), *encoder.question]
        self.longest = len(self.prefix) + max_text_tokens + len(encoder.answer)
        encoder.question = []
        self.encoder = encoder
        self.price_ids: list[int] | None = None
        self.trie: PriceTrie | None = None
        self.fourth: FourthDigit | None = None
        try:
            sequences = price_sequences(self._ids)
            if is_one_token(sequences):
                self.price_ids = [ids[0] for ids in sequences]
            else:
                self.trie = price_trie(sequences, end_of_price(self._ids))
            if is_long(classes):
                self.fourth = fourth_digit(self._ids, sequences)
                self.longest += self.fourth.length
        except ValueError as exc:
            raise ArtifactError(f"this base's tokenizer cannot be asked for a price: {exc}; use a base such as Llama 3") from exc

    @property
    def head(self) -> list[int] | None:
        """The tokens that are asked for: those of the prices, then what may follow an opening; None: all, for a tree."""
        return None if self.price_ids is None else [*self.price_ids, *(self.fourth.following if self.fourth else ())]

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each prompt behind the prefix. Releases the interpreter's lock while it works."""
        found = self.backend.encode_batch_fast([bounded(text) for text in texts], add_special_tokens=False)
        return [self.encoder.around(each.ids) for each in found]

    def _ids(self, text: str) -> list[int]:
        return list(self.backend.encode(text, add_special_tokens=False).ids)
