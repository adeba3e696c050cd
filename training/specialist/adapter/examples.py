"""Rows to the prompt and completion that a base is fine-tuned on: the very token ids that serving asks with, then the price.

The prompt is encoded in parts, as the service does it: the same text encoded whole may join the product's last sign with the line
break behind it. Knows no model; `tokenizer` is one of transformers'.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from specialist.price_tokens import CENTS, opening_ids
from specialist.prompt import ANSWER, PromptEncoder
from training.data.rows import Row, product_text
from training.specialist.adapter.run import PUBLISHED_HIGHEST
from training.specialist.errors import LengthError


@dataclass(frozen=True)
class PromptTokens:
    """A base's way to write prompts and prices, the dearest of them `highest` dollars."""

    encoder: PromptEncoder
    tokenizer: Any
    highest: int = PUBLISHED_HIGHEST

    @classmethod
    def of(cls, tokenizer: Any, max_text_tokens: int, highest: int = PUBLISHED_HIGHEST) -> "PromptTokens":
        """With the special tokens that the tokenizer itself puts before a text, and at most `max_text_tokens` of the product."""
        encoder = PromptEncoder(lambda text: plain_ids(tokenizer, text), max_text_tokens)
        opening = opening_ids(lambda text: list(tokenizer(text)["input_ids"]), encoder.encode)
        encoder.question = [*opening, *encoder.question]
        return cls(encoder, tokenizer, highest)

    def completion(self, price: float) -> list[int]:
        """The price in whole dollars and ".00", as published, and the end of the text."""
        start = list(self.encoder.encode(ANSWER))
        told = completion_of(price, self.highest)
        whole = list(self.encoder.encode(f"{ANSWER}{told}"))
        if whole[: len(start)] != start:
            raise LengthError(f'the tokenizer joins the "$" and the number in "${told}": this base cannot be used')
        return [*whole[len(start) :], self.tokenizer.eos_token_id]

    @property
    def longest(self) -> int:
        """Tokens of the longest prompt with its price."""
        prices = max(len(self.completion(price)) for price in (0.0, 25.0, 999.0, self.highest))
        return len(self.encoder.question) + self.encoder.max_text_tokens + len(self.encoder.answer) + prices


def plain_ids(tokenizer: Any, text: str) -> list[int]:
    """Token ids of a text without special tokens; a text longer than the base can read is nothing to warn of, since it is cut."""
    return list(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])


def completion_of(price: float, highest: int) -> str:
    """What the base learns to write: at most `highest` dollars."""
    return f"{min(highest, round(price))}{CENTS}"


def check_length(tokens: PromptTokens, max_length: int) -> None:
    """LengthError says which arguments do not fit each other."""
    if tokens.longest > max_length:
        room = max_length - (tokens.longest - tokens.encoder.max_text_tokens)
        raise LengthError(
            f"question, {tokens.encoder.max_text_tokens} tokens of the product, and the price take {tokens.longest} tokens"
            f" with this tokenizer: give --max-length {tokens.longest}, or --max-text-tokens {room}"
        )


def examples(rows: Sequence[Row], tokens: PromptTokens) -> Iterator[dict[str, Any]]:
    """TRL's prompt/completion rows with their ids: `completion_mask` is 1 where the loss is taken, on the price alone."""
    completions: dict[str, list[int]] = {}
    for row in rows:
        text = completion_of(row.price or 0.0, tokens.highest)
        if text not in completions:
            completions[text] = tokens.completion(row.price or 0.0)
        asked, answer = tokens.encoder.ids(product_text(row)), completions[text]
        yield {
            "prompt": tokens.tokenizer.decode(asked),
            "completion": text,
            "input_ids": [*asked, *answer],
            "completion_mask": [0] * len(asked) + [1] * len(answer),
        }
