"""A chat model prices a product with its neighbours as context. Knows no client library."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.ttl_cache import TtlCache
from frontier_rag.chat.in_turn import AsksOnce, ChatLimits, EndpointsInTurn, Money, Understood
from frontier_rag.chat.prompt import build_messages, prompt_version, read_price
from frontier_rag.products import Neighbour

Answers = TtlCache[bytes, float]  # prices by answer_key.key_of


@dataclass(frozen=True)
class ChatAnswer:
    """A price in dollars and the model that said it."""

    price: float
    model: str


class ChatModel(EndpointsInTurn[float]):
    """Asks for prices."""

    def __init__(self, clients: Sequence[AsksOnce], limits: ChatLimits, money: Money, cache: Answers) -> None:
        super().__init__(clients, limits, money, Understood(read_price, prompt_version()), cache)

    async def price(self, text: str, near: Sequence[Neighbour], since: float | None = None) -> ChatAnswer:
        """The answer of the first endpoint that has one; see EndpointsInTurn.answer."""
        return ChatAnswer(*await self.answer(build_messages(text, near), since))

    def note(self, outcome: str) -> None:
        """Count what became of a product."""
        self.metrics.answers.labels(outcome).inc()

    def note_second(self, outcome: str) -> None:
        """Count what became of a second question."""
        self.metrics.second.labels(outcome).inc()
