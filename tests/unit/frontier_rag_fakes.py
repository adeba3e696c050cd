"""Small stand-ins for the ports of frontier-rag's use case."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from common.errors import PricingAgentError
from frontier_rag.chat.chat_model import ChatAnswer
from frontier_rag.estimator.local_estimator import LocalEstimate
from frontier_rag.products import Neighbour, Product


def neighbour(title: str, price: float, similarity: float, text: str = "") -> Neighbour:
    return Neighbour(Product(title, price, "Tools", text, "user" if text else "bundled"), similarity)


@dataclass
class FakeEmbedder:
    """A vector for each text: its length."""

    version: str = "1"
    batches: list[int] = field(default_factory=list)

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.batches.append(len(texts))
        return np.array([[len(text), 1.0] for text in texts], np.float32)


@dataclass
class FakeStore:
    """The same neighbours for everything, or an error."""

    found: list[Neighbour]
    error: PricingAgentError | None = None
    is_closed: bool = False

    async def nearest(self, texts: Sequence[str], vectors: npt.NDArray[np.float32], count: int) -> list[list[Neighbour]]:
        if self.error:
            raise self.error
        return [self.found[:count] for _ in vectors]

    async def nearest_of(self, category: str, text: str, vector: npt.NDArray[np.float32], count: int) -> list[Neighbour]:
        assert vector.ndim == 1
        return [each for each in self.found if each.product.category == category][:count]

    async def aclose(self) -> None:
        self.is_closed = True


class FakeEstimator:
    """A hundred dollars and the text's length, give or take."""

    version = "1"

    def estimate(
        self, texts: Sequence[str], vectors: npt.NDArray[np.float32], found: Sequence[Sequence[Neighbour]]
    ) -> list[LocalEstimate]:
        return [LocalEstimate(100.0 + len(text), 80.0, 200.0) for text in texts]


@dataclass
class FakeChat:
    """Says one price, or fails; `second` says what to the name alone, None: the same."""

    answer: float | PricingAgentError
    second: float | PricingAgentError | None = None
    model: str = "gpt-x"
    is_closed: bool = False
    asked: list[tuple[str, int]] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    seconds: list[str] = field(default_factory=list)
    since: list[float | None] = field(default_factory=list)

    async def price(self, text: str, near: Sequence[Neighbour], since: float | None = None) -> ChatAnswer:
        answer = self.answer if not self.asked or self.second is None else self.second
        self.asked.append((text, len(near)))
        self.since.append(since)
        if isinstance(answer, PricingAgentError):
            raise answer
        return ChatAnswer(answer, self.model if len(self.asked) == 1 else f"{self.model}-again")

    def note(self, outcome: str) -> None:
        self.noted.append(outcome)

    def note_second(self, outcome: str) -> None:
        self.seconds.append(outcome)

    async def aclose(self) -> None:
        self.is_closed = True
