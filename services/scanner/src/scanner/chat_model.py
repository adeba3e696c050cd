"""Asks a chat model behind any OpenAI-compatible address about a deal, with a schema for its answer. Knows not what is asked."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar, cast

import httpx2
import openai
import structlog
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam, ChatCompletionToolParam
from openai.types.shared_params import ResponseFormatJSONSchema
from pydantic import BaseModel, ValidationError

from common.bounded_answer import BoundedTransport
from common.tracing.span import span
from scanner.planner.plan_data import Message, ToolCall, Turn

MAX_TEXT = 2_000  # characters of the deal's text that are sent
_AT_ONCE = 4  # requests
_MOST_ARGUMENTS = 2_000  # characters of a tool's arguments
# What the SDK and we stumble over in an answer that is no chat completion: it checks nothing of a 200.
_BROKEN = (ValidationError, ValueError, LookupError, TypeError, AttributeError, RecursionError)

_FENCE = re.compile(r"\s{0,9}```(?:json)?\s(?P<json>[^`]{0,20000})```\s{0,9}", re.I)

Answer = TypeVar("Answer", bound=BaseModel)


def open_client(api_key: str, base_url: str) -> openai.AsyncOpenAI:
    """A client of OpenAI, or of what answers at `base_url`, which may not need a key. One retry; deadline and bound are ours."""
    http = httpx2.AsyncClient(transport=BoundedTransport(), timeout=None)
    return openai.AsyncOpenAI(api_key=api_key or "none", base_url=base_url or None, max_retries=1, http_client=http)


class ChatModel:
    """A model over the openai SDK. `deadline` in seconds, for one question."""

    def __init__(self, client: openai.AsyncOpenAI, model: str, *, deadline: float = 15.0) -> None:
        self._client, self._model, self._deadline = client, model, deadline
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def ask(self, instruction: str, facts: dict[str, object], form: type[Answer]) -> Answer | None:
        """The answer in `form`, or None where the model fails or keeps not to it. `facts` are data between <deal> marks."""
        try:
            async with self._call():
                return await self._ask(instruction, facts, form)
        except (openai.OpenAIError, TimeoutError, *_BROKEN) as exc:
            why = f"{type(exc).__name__}: {exc}"[:300]
            structlog.get_logger().warning("model_extraction_failed", form=form.__name__, why=why)
            return None

    async def turn(self, messages: list[Message], tools: list[Message], most_tokens: int) -> Turn | None:
        """The next answer of a model that may use tools; None where it fails."""
        try:
            async with self._call():
                completion = await self._client.chat.completions.create(
                    model=self._model,
                    messages=cast("list[ChatCompletionMessageParam]", messages),
                    tools=cast("list[ChatCompletionToolParam]", tools),
                    max_completion_tokens=most_tokens,
                )
                return _turn_of(completion)
        except (openai.OpenAIError, TimeoutError, *_BROKEN) as exc:
            structlog.get_logger().warning("planner_failed", why=f"{type(exc).__name__}: {exc}"[:300])
            return None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    @asynccontextmanager
    async def _call(self) -> AsyncIterator[None]:
        """A question's turn and its deadline, which counts from then."""
        async with self._slots:
            with span(f"chat {self._model}", {"gen_ai.request.model": self._model}, "client"):
                async with asyncio.timeout(self._deadline):
                    yield

    async def _ask(self, instruction: str, facts: dict[str, object], form: type[Answer]) -> Answer:
        asked: ResponseFormatJSONSchema = {
            "type": "json_schema",
            "json_schema": {"name": "deal", "strict": True, "schema": form.model_json_schema()},
        }
        deal = json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c")  # no way out of the marks
        messages: list[ChatCompletionMessageParam] = [
            {"role": "system", "content": instruction},
            {"role": "user", "content": f"<deal>{deal}</deal>"},
        ]
        completion = await self._client.chat.completions.create(model=self._model, messages=messages, response_format=asked)
        if not isinstance(completion, ChatCompletion):  # the SDK passes on a 200 that holds something else
            raise ValueError("the answer is no chat completion")
        return form.model_validate_json(_unfenced(completion.choices[0].message.content or ""))


def _unfenced(content: str) -> str:
    """The JSON of an answer that stands in a fence of Markdown, as small models put it there whatever the schema says."""
    fenced = _FENCE.fullmatch(content)
    return fenced["json"] if fenced else content


def _turn_of(completion: ChatCompletion) -> Turn:
    """The first choice. ValueError and its like where it is no chat completion, as the SDK checks nothing of a 200."""
    if not isinstance(completion, ChatCompletion):
        raise ValueError("the answer is no chat completion")
    message = completion.choices[0].message
    calls = [
        ToolCall(str(each.id)[:200], str(each.function.name)[:64], str(each.function.arguments)[:_MOST_ARGUMENTS])
        for each in message.tool_calls or []
        if each.type == "function"
    ]
    text = message.content if isinstance(message.content, str) else ""
    asked, answered = (_count(getattr(completion.usage, name, None)) for name in ("prompt_tokens", "completion_tokens"))
    return Turn(text[:MAX_TEXT], tuple(calls), asked, answered)


def _count(tokens: object) -> int | None:
    """A number of tokens that an endpoint tells; None where it is none."""
    return tokens if isinstance(tokens, int) and tokens > 0 else None
