"""Reads what an endpoint answers: text and counted tokens, or why there is no text. Trusts no field to be what the API describes.

Takes the JSON as parsed by anybody, as dicts or as a client library's objects.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from frontier_rag.chat.chat_error import ChatFailedError
from frontier_rag.chat.cost_meter import Usage

Messages = Sequence[dict[str, str]]
MOST_TOKENS = 10_000_000  # of a call; more is no count


class _Lenient(BaseModel):
    """What we read of an answer; endpoints add fields of their own."""

    model_config = ConfigDict(from_attributes=True, extra="ignore", strict=True)


class _Message(_Lenient):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Lenient):
    message: _Message
    finish_reason: str | None = None


class _Completion(_Lenient):
    choices: list[_Choice]


class _Cached(_Lenient):
    cached_tokens: int | None = 0


class _Usage(_Lenient):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Cached | None = None


@dataclass(frozen=True)
class Completion:
    """What the model said; `problem` where it is no answer. `usage` is None where the endpoint does not count."""

    text: str
    usage: Usage | None
    problem: ChatFailedError | None = None


def read_completion(answer: object) -> Completion:
    """What an endpoint sent with 200, as parsed by anybody. ChatFailedError `garbage` where it is no completion with a choice."""
    try:
        choices = _Completion.model_validate(answer).choices
    except ValidationError as exc:
        words = "the endpoint answered with something else than a completion"
        raise ChatFailedError("garbage", words, was_sent=True) from exc
    usage = _usage_of(answer)
    if not choices:
        return Completion("", usage, ChatFailedError("garbage", "the endpoint answered without a choice"))
    said, ended = choices[0].message, choices[0].finish_reason
    if said.refusal or ended == "content_filter":
        return Completion("", usage, ChatFailedError("refused", f"the model refused: {(said.refusal or 'content filter')[:80]!r}"))
    if ended == "length":  # half a number is a number too
        return Completion("", usage, ChatFailedError("no-price", "the model's answer was cut off"))
    if not said.content:
        return Completion("", usage, ChatFailedError("no-price", "the model said nothing"))
    return Completion(said.content, usage)


def _usage_of(answer: object) -> Usage | None:
    """The counted tokens, if they can be counts."""
    told = answer.get("usage") if isinstance(answer, dict) else getattr(answer, "usage", None)
    try:
        found = _Usage.model_validate(told)
    except ValidationError:
        return None
    cached = (found.prompt_tokens_details.cached_tokens or 0) if found.prompt_tokens_details else 0
    if not (0 <= cached <= found.prompt_tokens <= MOST_TOKENS and 0 <= found.completion_tokens <= MOST_TOKENS):
        return None
    return Usage(found.prompt_tokens, found.completion_tokens, cached)
