"""Calls of chat models are spans that name the model and say nothing of what was asked and answered."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import suppress

import pytest

from common.tracing.span import entry
from frontier_rag.chat.chat_error import ChatFailedError
from frontier_rag.chat.endpoints import Endpoint
from frontier_rag.chat.openai_endpoint import OpenAIEndpoint
from frontier_rag.chat.prompt import build_messages
from scanner.chat_model import ChatModel, open_client
from scanner.prices.llm_extractor import ChatExtractor
from tests.integration.openai_processes import OpenAIProcess, openai_process
from tests.unit.common.tracing.recorder import Recorded, recording


@pytest.fixture(scope="module")
def peer() -> Iterator[OpenAIProcess]:
    with openai_process() as running:
        yield running


def spans_of(work: Awaitable[object]) -> list[Recorded]:
    """What it leaves within something that is under way."""

    async def run() -> None:
        with entry("outer"):
            await work

    with recording() as recorder:
        asyncio.run(run())
    assert recorder.spans[0].name == "outer"
    assert all(each.is_over for each in recorder.spans)
    return recorder.spans[1:]


async def ask_of_frontier_rag(peer: OpenAIProcess, seconds: float) -> None:
    endpoint = OpenAIEndpoint(Endpoint("test@peer", "test", peer.url), seed=1, max_tokens=50)
    with suppress(ChatFailedError):
        await endpoint.ask(build_messages("Espresso machine, 15 bar", []), seconds)
    await endpoint.aclose()


async def ask_of_the_scanner(peer: OpenAIProcess) -> None:
    model = ChatModel(open_client("", peer.url), "test", deadline=3.0)
    try:
        await ChatExtractor(model).extract("Acme Lamp for $30", "A lamp", "USD")
    finally:
        await model.aclose()


def test_a_question_of_frontier_rag_is_a_span(peer: OpenAIProcess) -> None:
    (asked,) = spans_of(ask_of_frontier_rag(peer, 5.0))
    assert (asked.name, asked.kind, asked.facts, asked.failed) == ("chat test", "client", {"gen_ai.request.model": "test"}, "")


def test_one_that_is_not_answered_in_time_failed_by_that(peer: OpenAIProcess) -> None:
    peer.tell(faults=["hang in the body"])
    (asked,) = spans_of(ask_of_frontier_rag(peer, 0.3))
    assert asked.failed == "TimeoutError"
    peer.tell()


def test_a_question_of_the_scanner_is_a_span(peer: OpenAIProcess) -> None:
    (asked,) = spans_of(ask_of_the_scanner(peer))
    assert (asked.name, asked.kind, asked.facts) == ("chat test", "client", {"gen_ai.request.model": "test"})
