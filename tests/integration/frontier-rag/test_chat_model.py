"""The chat model against a real OpenAI-compatible endpoint on loopback that misbehaves in every way seen so far."""

import asyncio
import json

import pytest

from common.errors import DeadlineExceededError, UnavailableError
from frontier_rag.chat_model import ChatModel
from frontier_rag.settings import Settings
from tests.integration.frontier_rag_peers import NEAR, Endpoint, serving, silent_server


def settings(url: str, **more: object) -> Settings:
    return Settings.model_validate({"openai_base_url": url, "openai_model": "test-model", "chat_timeout": 5.0} | more)


def ask(url: str, text: str = "a drill", **more: object) -> float:
    async def run() -> float:
        chat = ChatModel(settings(url, **more))
        try:
            return await chat.price(text, NEAR)
        finally:
            await chat.aclose()

    return asyncio.run(run())


def test_it_asks_with_schema_seed_and_temperature_and_reads_the_price() -> None:
    endpoint = Endpoint()
    with serving(endpoint) as url:
        assert ask(url) == 120.5
    (body,) = endpoint.asked
    assert body["model"] == "test-model"
    assert (body["temperature"], body["seed"], body["max_tokens"]) == (0, 42, 200)
    question = json.loads(body["messages"][1]["content"])
    assert question["product"] == "a drill"
    assert question["similar"] == [{"product": "Cordless drill\n20 V", "price": 99.0, "similarity": 0.9}]


def test_an_endpoint_without_schemas_is_asked_without_and_its_words_are_read() -> None:
    endpoint = Endpoint(content="$1,299.99 or so", has_schema=False)
    with serving(endpoint) as url:
        assert ask(url) == 1299.99
    assert ["response_format" in body for body in endpoint.asked] == [True, False]


def test_after_429_it_waits_as_long_as_it_is_told() -> None:
    endpoint = Endpoint(faults=["429"])
    with serving(endpoint) as url:
        assert ask(url) == 120.5
    assert endpoint.times[1] - endpoint.times[0] >= 1.0


def test_after_500_it_tries_again() -> None:
    endpoint = Endpoint(faults=["500"])
    with serving(endpoint) as url:
        assert ask(url) == 120.5
    assert len(endpoint.asked) == 2


@pytest.mark.parametrize("fault", ["truncated", "refusal", "empty", "null", "nothing", "cut off", "html", "list", "huge", "401"])
def test_an_answer_that_is_no_price_is_unavailable(fault: str) -> None:
    with serving(Endpoint(faults=[fault])) as url, pytest.raises(UnavailableError):
        ask(url, chat_retries=0)


def test_an_endpoint_that_stays_broken_is_given_up() -> None:
    endpoint = Endpoint(faults=["500"] * 9)
    with serving(endpoint) as url, pytest.raises(UnavailableError):
        ask(url, chat_retries=1)
    assert len(endpoint.asked) == 2


def test_an_endpoint_that_hangs_is_given_up_at_the_deadline() -> None:
    with serving(Endpoint(faults=["hang"])) as url, pytest.raises(DeadlineExceededError):
        ask(url, chat_timeout=0.3)


def test_a_host_that_accepts_and_never_answers_is_given_up_at_the_deadline() -> None:
    with silent_server() as url, pytest.raises(DeadlineExceededError):
        ask(url, chat_timeout=0.3)


def test_a_host_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(UnavailableError):
        ask("http://127.0.0.1:9/v1", chat_retries=0)


def test_no_more_calls_than_allowed_are_under_way_at_a_time() -> None:
    endpoint = Endpoint()

    async def run(url: str) -> list[float]:
        chat = ChatModel(settings(url, chat_concurrency=2))
        answers = await asyncio.gather(*(chat.price(f"drill {i}", NEAR) for i in range(6)))
        await chat.aclose()
        return list(answers)

    with serving(endpoint) as url:
        assert asyncio.run(run(url)) == [120.5] * 6
    assert endpoint.most_at_once <= 2
