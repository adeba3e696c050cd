"""Meaning over HTTP: frontier-rag's POST /embed. While it is away it is left alone, and None is the answer."""

import math
from collections.abc import Sequence
from typing import Annotated

import structlog
from pydantic import BaseModel, Field, ValidationError

from common.breaker import ByCooldown, CircuitBreaker
from common.client import ServiceClient
from common.errors import PricingAgentError
from scanner.watchlist.desk import Embedded

BATCH = 64  # texts of one request
TIMEOUT = 10.0  # seconds for it
LONGEST = 300  # characters of a text that are sent


class _Answer(BaseModel):
    model: Annotated[str, Field(min_length=1, max_length=200)]
    vectors: list[Annotated[list[float], Field(min_length=1, max_length=4_096)]]


class FrontierRagEmbedder:
    """Asks frontier-rag, unless it failed again and again and its cooldown is not over. The scan goes on without it."""

    def __init__(self, client: ServiceClient, breaker: CircuitBreaker | None = None) -> None:
        self._client, self._breaker = client, breaker or CircuitBreaker(ByCooldown(30.0))

    async def embed(self, texts: Sequence[str]) -> Embedded | None:
        """One vector for each text, all of one model; None where they cannot be had."""
        model, vectors = "", list[Sequence[float]]()
        for start in range(0, len(texts), BATCH):
            part = await self._embed_part([text[:LONGEST] for text in texts[start : start + BATCH]])
            if part is None or (vectors and part.model != model):
                return None
            model, vectors = part.model, [*vectors, *part.vectors]
        return Embedded(model, vectors)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _embed_part(self, texts: Sequence[str]) -> Embedded | None:
        if not self._breaker.allows():
            return None
        try:
            answer = _Answer.model_validate(await self._client.post("/embed", {"texts": list(texts)}))
            if len(answer.vectors) != len(texts) or not all(map(math.isfinite, (x for each in answer.vectors for x in each))):
                raise ValueError("not one vector of numbers for each text")
        except (PricingAgentError, ValidationError, ValueError) as exc:
            self._breaker.failed(getattr(exc, "retry_after", None))
            why = "its answer is not that of POST /embed" if isinstance(exc, ValueError) else str(exc)
            structlog.get_logger().warning("meaning_missing", why=why, advice="wanted things are found by words and attributes")
            return None
        except BaseException:
            self._breaker.ended()
            raise
        self._breaker.succeeded()
        return Embedded(answer.model, list(answer.vectors))
