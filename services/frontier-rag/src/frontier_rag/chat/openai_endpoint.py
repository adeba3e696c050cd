"""Asks one model behind one endpoint that speaks OpenAI's chat completions API, once. The only place that knows the client library.

Every outcome is a Completion or a ChatFailedError with its reason. Does not retry; knows nothing of prices and stores.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx2
import structlog
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, OpenAIError

from common.bounded_answer import BoundedTransport
from common.retry_after import read_retry_after
from common.tracing.span import span
from frontier_rag.chat.api_dialect import THINKING, Dialect, simpler
from frontier_rag.chat.chat_error import ChatFailedError
from frontier_rag.chat.completion import Completion, Messages, read_completion
from frontier_rag.chat.endpoints import Endpoint
from frontier_rag.chat.prompt import SCHEMA

PROVEN_REFUSALS = 3  # in a row, after which fields that an endpoint once took are doubted


class OpenAIEndpoint:
    """One endpoint and what it was seen to take. `schema`: what its answers are to look like, where it takes one."""

    def __init__(self, endpoint: Endpoint, seed: int, max_tokens: int, schema: Mapping[str, Any] = SCHEMA) -> None:
        self.endpoint, self.seed, self.max_tokens, self.schema = endpoint, seed, max_tokens, schema
        self.dialect, self._is_proven, self._refusals = Dialect(), False, 0
        self._client = AsyncOpenAI(
            api_key=endpoint.key or "none",  # local endpoints ask for no key, the client insists on one
            base_url=endpoint.base_url,
            max_retries=0,  # the client would wait up to two minutes for a Retry-After, whatever the deadline
            timeout=None,
            http_client=httpx2.AsyncClient(transport=BoundedTransport(), timeout=None),
        )

    @property
    def most_out(self) -> int:
        """Tokens that an answer may take; models that think first get more."""
        return self.max_tokens * (THINKING if self.dialect.thinks else 1)

    async def ask(self, messages: Messages, seconds: float) -> Completion:
        """One call of at most `seconds`, asked again in simpler terms where the endpoint refuses a field; else ChatFailedError."""
        try:
            with span(f"chat {self.endpoint.model}", {"gen_ai.request.model": self.endpoint.model}, "client"):
                async with asyncio.timeout(seconds):
                    return read_completion(await self._negotiate(messages))
        except TimeoutError as exc:
            raise ChatFailedError("timeout", f"{self.endpoint.name} did not answer within {seconds:.1f} s", was_sent=True) from exc

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _negotiate(self, messages: Messages) -> object:
        """The completion, in the first dialect that the endpoint takes, which is kept once it answered in it."""
        dialect: Dialect | None = self.dialect
        while dialect:
            try:
                completion = await self._call(messages, dialect)
            except _RefusedError as exc:
                refused, asked, dialect = exc, dialect, self._next(dialect, exc.words)
                structlog.get_logger().info("chat_dialect_refused", endpoint=self.endpoint.name, dialect=asked, why=exc.words[:200])
            else:
                self.dialect, self._is_proven, self._refusals = dialect, True, 0
                return completion
        raise ChatFailedError("rejected", f"{self.endpoint.name}: {refused.words[:200]}", is_of_text=self._is_proven)

    def _next(self, dialect: Dialect, words: str) -> Dialect | None:
        """A dialect that worked is not given up for one refusal: that may be a text too long or filtered."""
        if self._is_proven and dialect == self.dialect:
            self._refusals += 1
            if self._refusals < PROVEN_REFUSALS:
                return None
        return simpler(dialect, words)

    async def _call(self, messages: Messages, dialect: Dialect) -> object:
        name = self.endpoint.name
        try:
            return await self._client.chat.completions.create(
                model=self.endpoint.model,
                messages=messages,  # type: ignore[arg-type] # the library wants a typed dict for each role
                **dialect.arguments(self.seed, self.max_tokens, self.schema),
            )
        except APIStatusError as exc:
            raise failure_of(name, exc.status_code, str(exc), exc.response.headers) from exc
        except (APIConnectionError, httpx2.HTTPError) as exc:
            was_sent = not isinstance(exc.__cause__, httpx2.ConnectError)
            raise ChatFailedError("unreachable", f"{name}: {exc.__cause__ or exc}", was_sent=was_sent) from exc
        except (OpenAIError, ValueError, RecursionError) as exc:  # what says it is JSON is not, or is too deep
            raise ChatFailedError("garbage", f"{name}: {type(exc).__name__}: {str(exc)[:200]}", was_sent=True) from exc


class _RefusedError(Exception):
    """400 or 422: the endpoint does not take the request as it is."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def failure_of(name: str, status: int, words: str, headers: httpx2.Headers) -> Exception:
    """What to raise for a status other than 200."""
    detail = f"{name} answered {status}: {' '.join(words.split())[:200]}"
    if status in (400, 422):
        return _RefusedError(words)
    if status == 429:
        return ChatFailedError("rate-limited", detail, read_retry_after(headers.get("retry-after")))
    if status in (408, 409) or status >= 500:
        return ChatFailedError("server-error", detail, read_retry_after(headers.get("retry-after")))
    return ChatFailedError("rejected", detail)
