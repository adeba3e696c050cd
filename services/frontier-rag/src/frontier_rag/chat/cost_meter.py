"""Counts what chat models are asked and what that costs: tokens and dollars by model, for /metrics.

Where a model has no price its tokens alone are counted, and `frontier_rag_chat_price_known` is 0. Knows no budget.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from common.errors import InvalidInputError
from frontier_rag.chat.metrics import ChatMetrics

SETTING = "FRONTIER_RAG_CHAT_PRICES"
LIST_PRICES: dict[str, Sequence[float]] = {  # dollars for a million tokens: in, out, in again (cached); list prices of late 2025
    "gpt-4.1": (2.0, 8.0, 0.5),
    "gpt-4.1-mini": (0.4, 1.6, 0.1),
    "gpt-4.1-nano": (0.1, 0.4, 0.025),
    "gpt-4o": (2.5, 10.0, 1.25),
    "gpt-4o-mini": (0.15, 0.6, 0.075),
    "gpt-5": (1.25, 10.0, 0.125),
    "gpt-5-mini": (0.25, 2.0, 0.025),
    "gpt-5-nano": (0.05, 0.4, 0.005),
    "deepseek-chat": (0.28, 0.42, 0.028),
    "deepseek-reasoner": (0.28, 0.42, 0.028),
}
_DATED = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{4}|\d{8}|latest)$")
_MILLION = 1e6
_BYTES_PER_TOKEN = 3  # English has four or more; a bound from above serves the budget


@dataclass(frozen=True)
class Usage:
    """Tokens of one call as the endpoint counts them; `cached` of the `tokens_in` were read before."""

    tokens_in: int = 0
    tokens_out: int = 0
    cached: int = 0


def most_tokens(messages: Sequence[Mapping[str, str]], max_tokens: int) -> Usage:
    """What a call may take at most, for calls that are not counted yet or were never answered."""
    size = sum(len(message["content"].encode("utf-8", "replace")) for message in messages)
    return Usage(-(-size // _BYTES_PER_TOKEN) + 100, max_tokens)  # 100: the schema and what stands around messages


@dataclass(frozen=True)
class ModelPrice:
    """Dollars for a million tokens."""

    tokens_in: float
    tokens_out: float
    cached: float

    def dollars(self, usage: Usage) -> float:
        """What a call costs."""
        fresh = max(usage.tokens_in - usage.cached, 0)
        return (fresh * self.tokens_in + usage.cached * self.cached + usage.tokens_out * self.tokens_out) / _MILLION


def price_table(given: Mapping[str, Sequence[float]]) -> dict[str, ModelPrice]:
    """The list prices and those given in their place: `{model: [in, out]}` or `[in, out, cached]`; else InvalidInputError."""
    for model, numbers in given.items():
        if len(numbers) not in (2, 3) or not all(0 <= number < _MILLION for number in numbers):
            raise InvalidInputError(f"{SETTING}: {model} needs [dollars in, dollars out] for a million tokens", SETTING)
    together = {**LIST_PRICES, **given}
    return {
        model: ModelPrice(numbers[0], numbers[1], numbers[-1] if len(numbers) > 2 else numbers[0])
        for model, numbers in together.items()
    }


class CostMeter:
    """What chat models took and cost since the start."""

    def __init__(self, prices: Mapping[str, ModelPrice], metrics: ChatMetrics) -> None:
        self.prices, self.metrics = prices, metrics

    def price_of(self, model: str) -> ModelPrice | None:
        """The price of the model, or of the one it is a dated release of."""
        bare = model.rpartition("/")[2]
        names = (model, bare, _DATED.sub("", bare))
        return next((self.prices[name] for name in names if name in self.prices), None)

    def announce(self, model: str) -> bool:
        """Show the model from the start; whether it has a price."""
        is_known = self.price_of(model) is not None
        self.metrics.price_known.labels(model).set(is_known)
        for kind in ("in", "cached", "out"):
            self.metrics.tokens.labels(model, kind)
        if is_known:
            self.metrics.dollars.labels(model)
        return is_known

    def dollars(self, model: str, usage: Usage) -> float:
        """What a call costs; 0 where nobody knows."""
        price = self.price_of(model)
        return price.dollars(usage) if price else 0.0

    def note(self, model: str, usage: Usage, *, is_assumed: bool = False) -> float:
        """Count a call; its dollars. Tokens that are only assumed are not counted as tokens."""
        dollars = self.dollars(model, usage)
        if is_assumed:
            self.metrics.assumed.labels(model).inc(dollars)
        else:
            for kind, tokens in (("in", usage.tokens_in), ("cached", usage.cached), ("out", usage.tokens_out)):
                self.metrics.tokens.labels(model, kind).inc(tokens)
        if self.price_of(model):
            self.metrics.dollars.labels(model).inc(dollars)
        return dollars
