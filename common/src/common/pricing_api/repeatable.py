"""Batches over HTTP that are not done twice: under its Idempotency-Key a repetition gets the stored answer. Knows no pricer."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from common import request_context
from common.pricing_api.idempotency import KEY, AnswerStore, answer_once, key_of

HEADER = "Idempotency-Key"
# What OpenAPI says of a route that answers with answer_batch.
REPEATABLE: dict[str, Any] = {
    "parameters": [
        {"name": HEADER, "in": "header", "required": False, "schema": {"type": "string", "pattern": f"^(?:{KEY.pattern})$"}}
    ],
    "responses": {"200": {"headers": {"Idempotent-Replayed": {"schema": {"const": "true"}}}}, "409": {"description": "Conflict"}},
}


async def answer_batch(request: Request, answers: AnswerStore, answer: Callable[[], Awaitable[bytes]]) -> Response:
    """The JSON that `answer` makes, or made for an earlier request of this key and body; see answer_once for what it raises."""
    header = request.headers.get(HEADER)
    if header is None:
        return Response(await answer(), media_type="application/json")
    key = key_of(header, request_context.caller.get(), request.url.path)
    content, is_stored = await answer_once(answers, key, await request.body(), answer)
    return Response(content, media_type="application/json", headers={"Idempotent-Replayed": "true"} if is_stored else None)
