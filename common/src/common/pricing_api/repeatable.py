"""Batches over HTTP that are not done twice: under its Idempotency-Key a repetition gets the stored answer. Knows no pricer."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from fastapi import Request
from fastapi.responses import Response

from common import request_context
from common.pricing import ItemError
from common.pricing_api.idempotency import KEY, AnswerStore, Made, answer_once, key_of

HEADER = "Idempotency-Key"
# What OpenAPI says of a route that answers with answer_batch.
REPEATABLE: dict[str, Any] = {
    "parameters": [
        {"name": HEADER, "in": "header", "required": False, "schema": {"type": "string", "pattern": f"^(?:{KEY.pattern})$"}}
    ],
    "responses": {"200": {"headers": {"Idempotent-Replayed": {"schema": {"const": "true"}}}}, "409": {"description": "Conflict"}},
}


class Batch(Protocol):
    """What a route of batches answers with."""

    @property
    def results(self) -> Sequence[object]:
        """One for each item; an ItemError for one without."""
        ...

    def model_dump_json(self, *, by_alias: bool | None = None) -> str:
        """As pydantic writes it."""
        ...


async def answer_batch(request: Request, answers: AnswerStore, answer: Callable[[], Awaitable[Batch]]) -> Response:
    """What `answer` makes, or made for an earlier request of this key and body; see answer_once for what it raises."""
    header = request.headers.get(HEADER)
    if header is None:
        return Response(_made(await answer()).content, media_type="application/json")

    async def made() -> Made:
        return _made(await answer())

    key = key_of(header, request_context.caller.get(), request.url.path)
    content, is_stored = await answer_once(answers, key, await request.body(), made)
    return Response(content, media_type="application/json", headers={"Idempotent-Replayed": "true"} if is_stored else None)


def _made(batch: Batch) -> Made:
    return Made(batch.model_dump_json(by_alias=True).encode(), not any(map(_may_pass, batch.results)))


def _may_pass(result: object) -> bool:
    """Whether another try may do better: the pricers were too busy, late or away."""
    return isinstance(result, ItemError) and (result.error.status >= 500 or result.error.status == 429)
