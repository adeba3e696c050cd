"""A chat model prices a product with its neighbours as context, through any endpoint that speaks OpenAI's API.

The only place that knows the client library, which retries with jitter and honours Retry-After. Knows nothing of stores.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx2
import structlog
from openai import AsyncOpenAI, BadRequestError, OpenAIError, UnprocessableEntityError
from openai.types.chat import ChatCompletion

from common.context import remaining
from common.errors import DeadlineExceededError, UnavailableError
from frontier_rag.products import Neighbour
from frontier_rag.prompt import SCHEMA, build_messages, read_price
from frontier_rag.settings import Settings

MAX_ANSWER = 1024 * 1024  # bytes
MAX_TOKENS = 200  # of an answer that needs ten
SHARE_OF_DEADLINE = 0.7  # the rest is for the local estimator and the way back


class _BoundedStream(httpx2.AsyncByteStream):
    """Gives up past MAX_ANSWER bytes."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self.stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self.stream:
            size += len(part)
            if size > MAX_ANSWER:
                raise httpx2.ReadError(f"more than {MAX_ANSWER} bytes")
            yield part

    async def aclose(self) -> None:
        """Close the connection's stream."""
        await self.stream.aclose()


class BoundedTransport(httpx2.AsyncHTTPTransport):
    """HTTP whose answers have a bounded size."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send and bound the answer's stream."""
        response = await super().handle_async_request(request)
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _BoundedStream(response.stream)
        return response


def _dialects(seed: int) -> list[dict[str, Any]]:
    """Ways to ask, best first: endpoints differ in what they take. An endpoint that refuses one is asked in the next."""
    schema = {"type": "json_schema", "json_schema": SCHEMA}
    return [
        {"response_format": schema, "temperature": 0, "seed": seed, "max_tokens": MAX_TOKENS},
        {"temperature": 0, "seed": seed, "max_tokens": MAX_TOKENS},
        {"max_completion_tokens": 10 * MAX_TOKENS},  # models that think first and take no temperature
    ]


class ChatModel:
    """Asks the model `model`. At most `chat_concurrency` calls are under way at a time."""

    def __init__(self, settings: Settings) -> None:
        self.model, self.timeout = settings.openai_model, settings.chat_timeout
        key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
        self._client = AsyncOpenAI(
            api_key=key or "none",  # local endpoints ask for no key, the client insists on one
            base_url=settings.openai_base_url or None,
            max_retries=settings.chat_retries,
            timeout=settings.chat_timeout,
            http_client=httpx2.AsyncClient(transport=BoundedTransport(), timeout=settings.chat_timeout),
        )
        self._slots = asyncio.Semaphore(settings.chat_concurrency)
        self._dialects = _dialects(settings.chat_seed)
        self._dialect = 0

    async def price(self, text: str, near: Sequence[Neighbour]) -> float:
        """Dollars. UnavailableError when the endpoint is down, late, or says something else than a price."""
        async with self._slots:
            allowed = SHARE_OF_DEADLINE * remaining(self.timeout / SHARE_OF_DEADLINE)
            try:
                async with asyncio.timeout(allowed):
                    return read_price(content_of(await self._ask(build_messages(text, near))))
            except TimeoutError as exc:
                raise DeadlineExceededError(f"the chat model did not answer within {allowed:.1f} s") from exc
            except (OpenAIError, httpx2.HTTPError, ValueError) as exc:  # ValueError: what says it is JSON is not
                raise UnavailableError(f"the chat model failed: {exc}") from exc

    async def _ask(self, messages: list[dict[str, str]]) -> object:
        """The completion, in the first dialect that the endpoint takes."""
        while True:
            asked = self._dialect
            try:
                return await self._client.chat.completions.create(
                    model=self.model,
                    messages=messages,  # type: ignore[arg-type] # the library wants a typed dict for each role
                    **self._dialects[asked],
                )
            except (BadRequestError, UnprocessableEntityError) as exc:
                if asked + 1 >= len(self._dialects):
                    raise
                structlog.get_logger().info("chat_dialect_refused", model=self.model, dialect=asked, why=str(exc)[:200])
                self._dialect = max(self._dialect, asked + 1)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()


def content_of(completion: object) -> str:
    """The answer's text; UnavailableError for what an endpoint may send instead."""
    if not isinstance(completion, ChatCompletion):
        raise UnavailableError("the chat endpoint answered with something else than a completion")
    choice = completion.choices[0] if completion.choices else None
    if choice is None or choice.message is None:
        raise UnavailableError("the chat endpoint answered without a choice")
    if choice.message.refusal:
        raise UnavailableError(f"the chat model refused: {choice.message.refusal[:80]!r}")
    if choice.finish_reason == "length":
        raise UnavailableError("the chat model's answer was cut off")  # half a number is a number too
    if not choice.message.content:
        raise UnavailableError("the chat model said nothing")
    return choice.message.content
