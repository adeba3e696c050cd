"""The judge over HTTP: the ensemble's POST /judge/batch."""

import asyncio
from collections.abc import Sequence

from pydantic import ValidationError

from common.client import ServiceClient
from common.errors import InvalidInputError, NotFoundError, OverloadedError, PricingAgentError, UnavailableError
from common.judging import JudgeBatchResponse, Judgement, JudgeRequest
from common.pricing import ItemError

READY_TIMEOUT = 2.0  # seconds


class EnsembleJudge:
    """Asks the ensemble. Whatever may pass is an UnavailableError: the deals wait. None is for what never will be judged."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def judge(self, requests: Sequence[JudgeRequest]) -> Sequence[Judgement | None]:
        """One answer for each request."""
        items = [request.model_dump(mode="json", exclude_none=True) for request in requests]
        try:
            body = await self._client.post("/judge/batch", {"items": items})
            results = JudgeBatchResponse.model_validate(body).results
        except (OverloadedError, NotFoundError, InvalidInputError) as exc:
            raise UnavailableError(f"ensemble: {exc}") from exc
        except ValidationError as exc:
            raise UnavailableError("ensemble: its answer is not that of POST /judge/batch") from exc
        if len(results) != len(requests):
            raise UnavailableError(f"ensemble: {len(results)} results for {len(requests)} items")
        return [_answer(result) for result in results]

    async def is_ready(self) -> bool:
        """Whether the ensemble says so, within READY_TIMEOUT seconds."""
        try:
            async with asyncio.timeout(READY_TIMEOUT):
                await self._client.get("/readyz")
        except (PricingAgentError, TimeoutError):
            return False
        return True

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _answer(result: Judgement | ItemError) -> Judgement | None:
    if isinstance(result, Judgement):
        return result
    if result.error.status in (400, 413, 415, 422):
        return None
    raise UnavailableError(f"ensemble: {result.error.detail or result.error.title}")
