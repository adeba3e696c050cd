"""What passes between the planner's parts: bounds, a model's turn, the steps that were done, and what came of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias

Ending: TypeAlias = Literal["done", "failed", "steps", "tokens", "dollars"]  # failed: the model gave no usable answer
Message: TypeAlias = dict[str, Any]  # as POST /v1/chat/completions takes them


@dataclass(frozen=True)
class Bounds:
    """What one plan may cost. `dollars_in` and `dollars_out`: the model's prices for a million tokens of question and of answer."""

    steps: int = 8
    tokens: int = 20_000
    dollars: float = 0.05
    dollars_in: float = 0.40
    dollars_out: float = 1.60

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        """In dollars."""
        return (tokens_in * self.dollars_in + tokens_out * self.dollars_out) / 1e6


@dataclass(frozen=True)
class ToolCall:
    """A tool that the model wants used; `arguments` is JSON as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Turn:
    """A model's answer: no calls where it is done. Tokens are None where the endpoint does not tell them."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    tokens_in: int | None = None
    tokens_out: int | None = None


@dataclass(frozen=True)
class Step:
    """One use of a tool. `tokens` and `dollars`: of the plan until then."""

    tool: str
    arguments: str
    result: str
    tokens: int
    dollars: float


@dataclass(frozen=True)
class Plan:
    """What a planner did. `chosen`: ids of the deals to be pushed, among those that it was `shown`."""

    id: str
    created: datetime
    ending: Ending
    chosen: frozenset[int]
    steps: tuple[Step, ...]
    tokens: int
    dollars: float
    shown: frozenset[int] = frozenset()


class ToolModel(Protocol):
    """A chat model that uses tools."""

    async def turn(self, messages: list[Message], tools: list[Message], most_tokens: int) -> Turn | None:
        """Its next answer, of at most so many tokens; None where it fails."""
        ...
