"""Prices products from what similar products cost: embed, look up, then ask the chat model or the local estimator.

Knows no web framework, store or model: they come in through three ports below and consultation.Chats.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import numpy.typing as npt
import structlog
from anyio import CapacityLimiter, to_thread

from common.pricing import PriceRequest, PriceResponse
from common.tracing.span import span
from frontier_rag.chat.chat_calibration import bundled_calibration
from frontier_rag.chat.chat_error import ChatFailedError, degraded_by
from frontier_rag.chat.consultation import Chats, Question, consult
from frontier_rag.chat.injection_screen import screen
from frontier_rag.chat.local_view import LocalView
from frontier_rag.describe.writing import Writes
from frontier_rag.estimator.local_estimator import DEPTH, LocalEstimate
from frontier_rag.products import Neighbour, choose_shown, describe, is_known, with_identical
from frontier_rag.ranking import ranked

CHUNK = 32  # items of a batch at a time, so that a single request waits for no more than these
LOCAL, CHAT = "frontier-rag-local", "frontier-rag-chat"  # who answered; CHAT is the ensemble's name of that member
EMBEDDER = "all-MiniLM-L6-v2"
Vectors = npt.NDArray[np.float32]


class Embeds(Protocol):
    """Turns texts into unit vectors."""

    version: str

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Float32 [len(texts), d]."""
        ...


class FindsNearest(Protocol):
    """Holds products by their vectors and by their words."""

    async def nearest(self, texts: Sequence[str], vectors: Vectors, count: int) -> list[list[Neighbour]]:
        """The nearest products of each text by its vector, at most `count`, and those that its words find; nearest first."""
        ...

    async def nearest_of(self, category: str, text: str, vector: Vectors, count: int) -> list[Neighbour]:
        """Those of `category` among the nearest products of one vector, at most `count`, nearest first."""
        ...

    async def aclose(self) -> None:
        """Give back what it holds."""
        ...


class Estimates(Protocol):
    """Estimates prices without a chat model."""

    version: str

    def estimate(self, texts: Sequence[str], vectors: Vectors, found: Sequence[Sequence[Neighbour]]) -> list[LocalEstimate]:
        """One estimate for each text."""
        ...


class FrontierRag:
    """The pricer. Without `chat` the local estimator answers. `writer`: a chat model that describes products, or none."""

    writer: Writes | None = None

    def __init__(self, embedder: Embeds, store: FindsNearest, estimator: Estimates, chat: Chats | None = None, k: int = 5) -> None:
        self.embedder, self.store, self.estimator, self.chat = embedder, store, estimator, chat
        self.k = k
        self.limiter = CapacityLimiter(2)  # computations at a time: more would only contend for the cores

    async def price(self, requests: Sequence[PriceRequest]) -> list[PriceResponse]:
        """One response for each request."""
        return await self._price(requests, self.chat)

    async def estimate(self, requests: Sequence[PriceRequest]) -> list[PriceResponse]:
        """The same by the local estimator, whoever answers else: two texts are compared by one measure, which costs nothing."""
        return await self._price(requests, None)

    def besides_estimator(self) -> "Besides":
        """All that stays where another estimator is taken in."""
        return Besides(self.embedder, self.store, self.chat, self.k, self.writer, self.limiter)

    @property
    def embedder_name(self) -> str:
        """The embedding model and its version."""
        return f"{EMBEDDER}@{self.embedder.version}"

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors [len(texts), d], a chunk at a time: who asks for a price waits for no more than that."""
        parts = [texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK)]
        return np.concatenate([await to_thread.run_sync(self.embedder.embed, part, limiter=self.limiter) for part in parts])

    async def aclose(self) -> None:
        """Close the store and the chat model's connections."""
        await self.besides_estimator().aclose()

    async def _price(self, requests: Sequence[PriceRequest], chat: Chats | None) -> list[PriceResponse]:
        answers: list[PriceResponse] = []
        for start in range(0, len(requests), CHUNK):
            answers += await self._price_chunk(requests[start : start + CHUNK], chat)
        return answers

    async def _price_chunk(self, requests: Sequence[PriceRequest], chat: Chats | None) -> list[PriceResponse]:
        told, size = [request.text for request in requests], {"items": len(requests)}
        with span("embed", size):
            texts, vectors = await to_thread.run_sync(self._read, told, limiter=self.limiter)
        with span("find similar products", size):
            found = await self.store.nearest(texts, vectors, max(DEPTH, 2 * self.k))
        with span("estimate", size):
            estimate = partial(self.estimator.estimate, texts, vectors, found)
            estimates = await to_thread.run_sync(estimate, limiter=self.limiter)
        shown = [await self._shown(*each) for each in zip(requests, texts, vectors, found, strict=True)]
        questions = map(Question, told, texts, shown)
        settled = (self._settle(*each, chat) for each in zip(questions, found, estimates, strict=True))
        return list(await asyncio.gather(*settled))

    def _read(self, told: list[str]) -> tuple[list[str], Vectors]:
        """The texts without what speaks to a model, and their vectors."""
        texts = [screen(text) for text in told]
        return texts, self.embedder.embed(texts)

    async def _shown(self, request: PriceRequest, text: str, vector: Vectors, found: Sequence[Neighbour]) -> list[Neighbour]:
        """The k products that are shown and handed to the chat model: of the request's category where there are k of it.

        The local estimator looks at `found` in any case: among products of the category alone it errs more.
        """
        if request.category:
            same = await self.store.nearest_of(request.category, text, vector, 2 * self.k)
            if len(same) >= self.k:
                return choose_shown(with_identical(found, ranked(same)), self.k)
        return choose_shown(ranked(found), self.k)

    async def _settle(
        self, question: Question, found: Sequence[Neighbour], local: LocalEstimate, chat: Chats | None
    ) -> PriceResponse:
        """The chat model's price where there is one to be believed, else the local estimate."""
        response = PriceResponse(
            price=round(local.price, 2),
            low=round(local.low, 2),
            high=round(local.high, 2),
            model=f"{LOCAL}@{self.estimator.version}",
            similar=[describe(each) for each in question.near],
            known=is_known(found, local.likeness),
        )
        return await self._ask(chat, response, question) if chat else response

    async def _ask(self, chat: Chats, response: PriceResponse, question: Question) -> PriceResponse:
        """`response` with the chat model's price, or with the reason why that was not used."""
        try:
            opinion = await consult(chat, question, LocalView.of(response), bundled_calibration())
        except ChatFailedError as exc:
            chat.note(exc.reason)
            structlog.get_logger().warning("chat_model_not_used", reason=exc.reason, why=str(exc))
            return response.model_copy(update={"degraded": [degraded_by(exc)]})
        chat.note(opinion.outcome)
        said = {"price": round(opinion.price, 2), "low": round(opinion.low, 2), "high": round(opinion.high, 2)}
        return response.model_copy(update=said | {"model": f"{CHAT}:{opinion.model}@{self.estimator.version}", "member": CHAT})


@dataclass(frozen=True)
class Besides:
    """A FrontierRag without its estimator, which is freed once another took its place, whoever holds this."""

    embedder: Embeds
    store: FindsNearest
    chat: Chats | None
    k: int
    writer: Writes | None
    limiter: CapacityLimiter

    def with_estimator(self, estimator: Estimates) -> FrontierRag:
        """The same over another estimator."""
        made = FrontierRag(self.embedder, self.store, estimator, self.chat, self.k)
        made.writer, made.limiter = self.writer, self.limiter
        return made

    async def aclose(self) -> None:
        """Close the store and the chat model's connections."""
        await self.store.aclose()
        for model in (self.chat, self.writer):
            if model:
                await model.aclose()
