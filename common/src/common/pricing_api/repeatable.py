"""Batches over HTTP that are not done twice: under its Idempotency-Key a repetition gets the stored answer. Knows no pricer."""

from collections.abc import Awaitable, Callable

from fastapi import Request
from fastapi.responses import Response

from common import request_context
from common.pricing_api.idempotency import AnswerStore, answer_once, key_of


async def answer_batch(request: Request, answers: AnswerStore, answer: Callable[[], Awaitable[bytes]]) -> Response:
    """The JSON that `answer` makes, or made for an earlier request of this key and body; see answer_once for what it raises."""
    header = request.headers.get("idempotency-key")
    if header is None:
        return Response(await answer(), media_type="application/json")
    key = key_of(header, request_context.caller.get(), request.url.path)
    content, is_stored = await answer_once(answers, key, await request.body(), answer)
    return Response(content, media_type="application/json", headers={"Idempotent-Replayed": "true"} if is_stored else None)
