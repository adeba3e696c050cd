"""A chat model writes drafts of product texts, at the same endpoints and within the same budget as prices. Checks nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.ttl_cache import TtlCache
from frontier_rag.chat.chat_error import ChatFailedError
from frontier_rag.chat.in_turn import AsksOnce, ChatLimits, EndpointsInTurn, Money, Understood
from frontier_rag.describe.prompt import build_messages, prompt_version, read_draft
from frontier_rag.describe.reading import Reading
from frontier_rag.describe.writing import Draft

Drafts = TtlCache[bytes, Draft]


@dataclass
class ChatWriter:
    """Writes drafts by `asked`."""

    asked: EndpointsInTurn[Draft]

    @classmethod
    def over(cls, clients: Sequence[AsksOnce], limits: ChatLimits, money: Money, cache: Drafts) -> "ChatWriter":
        """At these endpoints, in order of preference."""
        return cls(EndpointsInTurn(clients, limits, money, Understood(read_draft, prompt_version()), cache))

    async def write(self, reading: Reading) -> tuple[Draft, str]:
        """See writing.Writes."""
        try:
            return await self.asked.answer(build_messages(reading))
        except ChatFailedError as exc:
            if exc.reason == "no-price":  # what was cut off or is empty
                raise ChatFailedError("no-text", str(exc)) from exc
            raise

    def note(self, outcome: str) -> None:
        """See writing.Writes."""
        self.asked.metrics.descriptions.labels(outcome).inc()

    async def aclose(self) -> None:
        """Close the connections."""
        await self.asked.aclose()
