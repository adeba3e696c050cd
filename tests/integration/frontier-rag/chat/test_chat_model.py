"""Chat models against a real OpenAI-compatible process on loopback, strict about OpenAI's schema, that misbehaves in many ways."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from common import request_context
from frontier_rag.chat.chat_calibration import bundled_calibration
from frontier_rag.chat.chat_error import ChatFailedError
from frontier_rag.chat.chat_model import ChatAnswer, ChatModel
from frontier_rag.chat.consultation import Opinion, Question, consult
from frontier_rag.chat.local_view import LocalView
from frontier_rag.chat.metrics import ChatMetrics
from frontier_rag.chat.open_chat import open_chat
from frontier_rag.settings import Settings
from tests.integration.frontier_rag_peers import NEAR, silent_server, wait_until
from tests.integration.openai_processes import OpenAIProcess, openai_process

SILENT = 60  # seconds that a test may wait at most for what must come at once


@pytest.fixture(scope="module")
def processes() -> Iterator[tuple[OpenAIProcess, OpenAIProcess]]:
    with openai_process() as one, openai_process() as other:
        yield one, other


@pytest.fixture
def peer(processes: tuple[OpenAIProcess, OpenAIProcess]) -> OpenAIProcess:
    processes[0].tell()
    return processes[0]


@pytest.fixture
def second(processes: tuple[OpenAIProcess, OpenAIProcess]) -> OpenAIProcess:
    processes[1].tell(content='{"price": 99.5}')
    return processes[1]


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))


class Opened:
    """A chat model with what it counts; closed at the end."""

    def __init__(self, endpoints: str, environment: dict[str, str] | None = None, **more: object) -> None:
        self.metrics = ChatMetrics()
        given = {"chat_endpoints": endpoints, "chat_timeout": 10.0} | more
        opened = open_chat(Settings.model_validate(given), environment or {}, lambda: self.metrics)
        assert opened
        self.chat: ChatModel = opened

    async def __aenter__(self) -> "Opened":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.chat.aclose()

    async def price(self, text: str = "a drill") -> ChatAnswer:
        return await self.chat.price(text, NEAR)

    async def reason(self, text: str = "a drill") -> str:
        with pytest.raises(ChatFailedError) as caught:
            await self.price(text)
        return caught.value.reason


def ask(endpoints: str, text: str = "a drill", **more: object) -> ChatAnswer:
    async def run() -> ChatAnswer:
        async with Opened(endpoints, **more) as opened:
            return await opened.price(text)

    return asyncio.run(run())


def why(endpoints: str, **more: object) -> str:
    async def run() -> str:
        async with Opened(endpoints, **more) as opened:
            return await opened.reason()

    return asyncio.run(run())


def test_it_asks_with_schema_seed_temperature_and_neighbours_and_reads_the_price(peer: OpenAIProcess) -> None:
    assert ask(f"test-model@{peer.url}") == ChatAnswer(120.5, "test-model")
    (body,) = peer.seen()["asked"]
    assert body["model"] == "test-model"
    assert (body["temperature"], body["seed"], body["max_tokens"]) == (0, 42, 200)
    assert body["response_format"]["json_schema"]["strict"] is True
    question = json.loads(body["messages"][1]["content"])
    assert question["product"] == "a drill"
    assert question["similar"] == [{"product": "Cordless drill\n20 V", "price": 99.0, "similarity": 0.9}]


@pytest.mark.parametrize(
    ("refused", "content", "sent"),
    [
        (["json_schema"], '{"price": 1299.99}', {"response_format": {"type": "json_object"}}),
        (["response_format"], "$1,299.99 or so", {"temperature": 0, "seed": 42, "max_tokens": 200}),
        (["max_tokens", "temperature"], '{"price": 1299.99}', {"max_completion_tokens": 2000, "seed": 42}),
        (["max_tokens", "temperature", "seed", "response_format"], "1299.99", {"max_completion_tokens": 2000}),
    ],
)
def test_fields_that_an_endpoint_refuses_are_left_out_and_that_is_remembered(
    peer: OpenAIProcess, refused: list[str], content: str, sent: dict[str, object]
) -> None:
    peer.tell(refused=refused, content=content)

    async def run() -> None:
        async with Opened(f"m@{peer.url}") as opened:
            assert (await opened.price("a drill")).price == 1299.99
            before = len(peer.seen()["asked"])
            assert (await opened.price("a saw")).price == 1299.99
            asked = peer.seen()["asked"]
            assert len(asked) == before + 1
            assert sent.items() <= asked[-1].items()
            assert not set(refused) & set(asked[-1])

    asyncio.run(run())


def test_one_refused_text_does_not_cost_an_endpoint_its_schema(peer: OpenAIProcess) -> None:
    async def run() -> None:
        async with Opened(f"m@{peer.url}") as opened:
            await opened.price("a drill")
            peer.tell(faults=["400"])
            assert await opened.reason("a filtered text") == "rejected"
            await opened.price("a saw")
            assert "response_format" in peer.seen()["asked"][-1]

    asyncio.run(run())


@pytest.mark.parametrize("fault", ["429", "429 until a date"])
def test_after_429_it_waits_as_long_as_it_is_told(peer: OpenAIProcess, fault: str) -> None:
    peer.tell(faults=[fault])
    assert ask(f"m@{peer.url}").price == 120.5
    first, then = peer.seen()["times"]
    assert then - first >= 0.9


def test_a_retry_after_beyond_the_deadline_is_not_waited_for_and_the_endpoint_left_alone(peer: OpenAIProcess) -> None:
    peer.tell(faults=["429 for an hour"])

    async def run() -> None:
        async with Opened(f"m@{peer.url}") as opened:
            started = time.monotonic()
            assert await opened.reason() == "rate-limited"
            assert await opened.reason() == "skipped"
            assert time.monotonic() - started < SILENT
        assert len(peer.seen()["asked"]) == 1

    asyncio.run(run())


@pytest.mark.parametrize("fault", ["500", "503", "429 without words", "broken off"])
def test_after_a_passing_failure_it_tries_again(peer: OpenAIProcess, fault: str) -> None:
    peer.tell(faults=[fault])
    assert ask(f"m@{peer.url}").price == 120.5
    assert len(peer.seen()["asked"]) == 2


def test_an_endpoint_that_stays_broken_is_given_up_after_the_retries(peer: OpenAIProcess) -> None:
    peer.tell(faults=["500"] * 9)
    assert why(f"m@{peer.url}", chat_retries=1) == "server-error"
    assert len(peer.seen()["asked"]) == 2


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("401", "rejected"),
        ("404", "rejected"),
        ("truncated", "garbage"),
        ("refusal", "refused"),
        ("filtered", "refused"),
        ("no choice", "garbage"),
        ("null choices", "garbage"),
        ("odd choices", "garbage"),
        ("odd message", "garbage"),
        ("nothing", "no-price"),
        ("cut off", "no-price"),
        ("html", "garbage"),
        ("html as json", "garbage"),
        ("list", "garbage"),
        ("number", "garbage"),
        ("deep", "garbage"),
        ("zero", "no-price"),
        ("negative", "no-price"),
        ("nan", "no-price"),
        ("infinite", "no-price"),
        ("long number", "no-price"),
        ("free", "no-price"),
        ("range", "no-price"),
        ("two prices", "no-price"),
    ],
)
def test_an_answer_that_is_no_price_says_why_and_is_not_asked_for_again(peer: OpenAIProcess, fault: str, reason: str) -> None:
    peer.tell(faults=[fault])
    assert why(f"m@{peer.url}") == reason
    assert len(peer.seen()["asked"]) == 1


@pytest.mark.parametrize("fault", ["huge", "endless", "bomb"])
def test_an_answer_without_bound_is_cut_short(peer: OpenAIProcess, fault: str) -> None:
    peer.tell(faults=[fault])
    assert why(f"m@{peer.url}", chat_retries=0) == "unreachable"


@pytest.mark.parametrize("fault", ["hang before headers", "hang in the body", "slow drip"])
def test_an_endpoint_that_hangs_is_given_up_at_the_deadline(peer: OpenAIProcess, fault: str) -> None:
    peer.tell(faults=[fault])
    started = time.monotonic()
    assert why(f"m@{peer.url}", chat_timeout=0.5) == "timeout"
    assert time.monotonic() - started < SILENT


def test_the_deadline_of_the_request_being_served_bounds_it(peer: OpenAIProcess) -> None:
    peer.tell(faults=["hang before headers"])

    async def run() -> str:
        request_context.deadline.set(time.monotonic() + 0.5)
        async with Opened(f"m@{peer.url}", chat_timeout=3600) as opened:
            return await opened.reason()

    started = time.monotonic()
    assert asyncio.run(run()) == "timeout"
    assert time.monotonic() - started < SILENT


def test_hosts_that_never_answer_or_are_not_there_are_given_up() -> None:
    with silent_server() as url:
        assert why(f"m@{url}", chat_timeout=0.3) == "timeout"
    assert why("m@http://127.0.0.1:9/v1", chat_retries=0) == "unreachable"


@pytest.mark.parametrize("fault", ["hang before headers", "500", "html", "refusal", "429 for an hour", "zero", "401"])
def test_where_the_preferred_endpoint_has_no_answer_the_next_one_gives_it(
    peer: OpenAIProcess, second: OpenAIProcess, fault: str
) -> None:
    peer.tell(faults=[fault] * 3)
    answer = ask(f"first@{peer.url}, second@{second.url}", chat_timeout=2.0)
    assert answer == ChatAnswer(99.5, "second")


def test_an_endpoint_that_fails_again_and_again_is_skipped_and_the_next_one_asked_at_once(
    peer: OpenAIProcess, second: OpenAIProcess
) -> None:
    peer.tell(faults=["500"] * 99)

    async def run() -> None:
        async with Opened(f"first@{peer.url}, second@{second.url}", chat_retries=0) as opened:
            assert [(await opened.price(f"drill {i}")).model for i in range(6)] == ["second"] * 6
            calls = opened.metrics.calls
            assert calls.labels(f"first@127.0.0.1:{peer.port}", "server-error")._value.get() == 3
            assert calls.labels(f"first@127.0.0.1:{peer.port}", "skipped")._value.get() == 3
        assert len(peer.seen()["asked"]) == 3

    asyncio.run(run())


def test_the_same_question_is_asked_once(peer: OpenAIProcess) -> None:
    async def run() -> None:
        async with Opened(f"m@{peer.url}") as opened:
            assert [(await opened.price(text)).price for text in ("a drill", "a drill", "a saw")] == [120.5] * 3
        assert len(peer.seen()["asked"]) == 2

    asyncio.run(run())


def test_no_more_calls_than_allowed_are_under_way_at_a_time(peer: OpenAIProcess) -> None:
    peer.tell(delay=0.05)

    async def run() -> None:
        async with Opened(f"m@{peer.url}", chat_concurrency=2) as opened:
            answers = await asyncio.gather(*(opened.price(f"drill {i}") for i in range(6)))
            assert [answer.price for answer in answers] == [120.5] * 6

    asyncio.run(run())
    assert peer.seen()["most_at_once"] == 2


def test_the_key_goes_to_its_endpoint_and_into_no_message(peer: OpenAIProcess) -> None:
    peer.tell(key="secret-key")

    async def run() -> tuple[float, str]:
        async with Opened(f"m@{peer.url} key:MY_KEY", {"MY_KEY": "secret-key"}) as opened:
            price = (await opened.price()).price
        async with Opened(f"m@{peer.url} key:MY_KEY", {"MY_KEY": "another-key"}) as opened:
            with pytest.raises(ChatFailedError) as caught:
                await opened.price()
            return price, str(caught.value) + repr(opened.chat.endpoints[0].client.endpoint)

    price, words = asyncio.run(run())
    assert price == 120.5
    assert "another-key" not in words


def spent(tmp_path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(tmp_path / "frontier-rag" / "chat-spend.sqlite3")) as database:
        return database.execute("SELECT model, dollars, calls, tokens_in, tokens_out FROM spend").fetchall()


def test_tokens_and_dollars_are_counted_by_model(peer: OpenAIProcess, tmp_path: Path) -> None:
    async def run() -> ChatMetrics:
        async with Opened(f"gpt-4.1-mini-2025-04-14@{peer.url}") as opened:
            await opened.price("a drill")
            await opened.price("a saw")
            return opened.metrics

    metrics = asyncio.run(run())
    model = "gpt-4.1-mini-2025-04-14"
    assert metrics.tokens.labels(model, "in")._value.get() == 600
    assert metrics.tokens.labels(model, "out")._value.get() == 20
    assert metrics.dollars.labels(model)._value.get() == pytest.approx(600 * 0.4e-6 + 20 * 1.6e-6)
    ((name, dollars, *counts),) = spent(tmp_path)
    assert (name, counts) == (model, [2, 600, 20])
    assert dollars == pytest.approx(600 * 0.4e-6 + 20 * 1.6e-6)


def test_past_the_budget_nothing_is_asked_also_after_a_restart(peer: OpenAIProcess) -> None:
    """A call costs 0.003 dollars here, and before it 0.0035 to 0.005 are set aside: the budget lets three calls begin."""
    settings = {"chat_daily_budget": 0.0115, "chat_prices": {"dear": [10.0, 0.0]}}

    async def run() -> list[str]:
        async with Opened(f"dear@{peer.url}", **settings) as opened:
            seen = [(await opened.price(f"drill {i}")).model for i in range(3)]
            return [*seen, await opened.reason("drill 3")]

    assert asyncio.run(run()) == ["dear"] * 3 + ["budget"]
    assert why(f"dear@{peer.url}", **settings) == "budget"
    assert len(peer.seen()["asked"]) == 3


def test_past_the_budget_an_endpoint_that_costs_nothing_still_answers(peer: OpenAIProcess, second: OpenAIProcess) -> None:
    settings = {"chat_daily_budget": 0.0, "chat_prices": {"dear": [10.0, 0.0], "own": [0.0, 0.0]}}
    assert ask(f"dear@{peer.url}, own@{second.url}", **settings) == ChatAnswer(99.5, "own")
    assert peer.seen()["asked"] == []


def test_calls_at_once_cannot_pass_the_budget_together(peer: OpenAIProcess) -> None:
    peer.tell(delay=0.1)
    settings = {"chat_daily_budget": 0.0095, "chat_prices": {"dear": [10.0, 0.0]}}

    async def run() -> list[object]:
        async with Opened(f"dear@{peer.url}", **settings) as opened:
            return list(await asyncio.gather(*(opened.price(f"drill {i}") for i in range(8)), return_exceptions=True))

    answers = asyncio.run(run())
    assert 1 <= len(peer.seen()["asked"]) <= 2
    assert sum(isinstance(answer, ChatFailedError) and answer.reason == "budget" for answer in answers) >= 6


@pytest.mark.parametrize("fault", ["hang in the body", "truncated", "no usage", "odd usage"])
def test_a_call_that_nobody_counted_is_assumed_to_cost_its_most(peer: OpenAIProcess, fault: str) -> None:
    peer.tell(faults=[fault])

    async def run() -> ChatMetrics:
        async with Opened(f"gpt-4.1@{peer.url}", chat_timeout=1.0, chat_retries=0) as opened:
            await asyncio.gather(opened.price(), return_exceptions=True)
            return opened.metrics

    metrics = asyncio.run(run())
    assert metrics.assumed.labels("gpt-4.1")._value.get() > 0
    assert metrics.dollars.labels("gpt-4.1")._value.get() == metrics.assumed.labels("gpt-4.1")._value.get()
    assert metrics.tokens.labels("gpt-4.1", "in")._value.get() == 0


@pytest.mark.parametrize("fault", ["500", "429 for an hour", "401"])
def test_a_refused_call_costs_nothing(peer: OpenAIProcess, fault: str, tmp_path: Path) -> None:
    peer.tell(faults=[fault])
    why(f"gpt-4.1@{peer.url}", chat_retries=0)
    assert spent(tmp_path) == []


def test_a_caller_who_leaves_is_paid_for_and_leaves_no_slot_taken(peer: OpenAIProcess) -> None:
    peer.tell(faults=["hang before headers"])

    async def run() -> float:
        async with Opened(f"gpt-4.1@{peer.url}", chat_concurrency=1, chat_timeout=60.0) as opened:
            asking = asyncio.create_task(opened.price())
            await asyncio.to_thread(wait_until, lambda: peer.seen()["asked"])
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            assert opened.metrics.assumed.labels("gpt-4.1")._value.get() > 0
            return (await opened.price("a saw")).price

    assert asyncio.run(run()) == 120.5


def test_a_second_question_shares_the_time_of_the_first(peer: OpenAIProcess) -> None:
    peer.tell(faults=["hang before headers"])

    async def run() -> float:
        async with Opened(f"m@{peer.url}", chat_timeout=2.0) as opened:
            started = time.monotonic()
            with pytest.raises(ChatFailedError, match="within"):
                await opened.chat.price("a drill", [], started - 1.5)
            return time.monotonic() - started

    assert asyncio.run(run()) < 1.9


def test_a_second_question_for_which_no_time_is_left_is_not_sent_and_speaks_against_nobody(peer: OpenAIProcess) -> None:
    async def run() -> None:
        async with Opened(f"m@{peer.url}", chat_timeout=2.0) as opened:
            for _ in range(5):
                with pytest.raises(ChatFailedError, match="no time is left"):
                    await opened.chat.price("a drill", [], time.monotonic() - 2.0)
            assert peer.seen()["asked"] == []
            assert (await opened.price()).price == 120.5

    asyncio.run(run())


UNKNOWN = LocalView(22.0, 8.0, 50.0)
EARBUDS = Question("AirPods Pro 2\nEarbuds in a case", "AirPods Pro 2\nEarbuds in a case", NEAR)


async def consulted(opened: Opened) -> Opinion:
    return await consult(opened.chat, EARBUDS, UNKNOWN, replace(bundled_calibration(), reach_unknown=4.0))


def second_count(metrics: ChatMetrics, outcome: str) -> float:
    return metrics.second.labels(outcome)._value.get()


def test_two_questions_are_paid_for_counted_and_remembered_each_by_itself(peer: OpenAIProcess, tmp_path: Path) -> None:
    async def run() -> ChatMetrics:
        async with Opened(f"gpt-4.1-mini@{peer.url}") as opened:
            assert [(await consulted(opened)).price for _ in range(2)] == [120.5, 120.5]
            return opened.metrics

    metrics = asyncio.run(run())
    asked = [json.loads(body["messages"][1]["content"]) for body in peer.seen()["asked"]]
    assert [each["product"] for each in asked] == ["AirPods Pro 2\nEarbuds in a case", "AirPods Pro 2"]
    assert [len(each["similar"]) for each in asked] == [1, 0]
    assert second_count(metrics, "answered") == 2
    assert metrics.cache.labels("hit")._value.get() == 2
    ((_, dollars, *counts),) = spent(tmp_path)
    assert counts == [2, 600, 20]
    assert dollars == pytest.approx(600 * 0.4e-6 + 20 * 1.6e-6)


def test_a_budget_that_ends_between_two_questions_leaves_the_first_answer_to_the_band(peer: OpenAIProcess) -> None:
    """A call costs 0.003 dollars here, and before it about as much is set aside: the budget lets one begin."""
    settings = {"chat_daily_budget": 0.005, "chat_prices": {"dear": [10.0, 0.0]}}

    async def run() -> None:
        async with Opened(f"dear@{peer.url}", **settings) as opened:
            assert (await consulted(opened)).price == 62.5
            assert second_count(opened.metrics, "budget") == 1

    asyncio.run(run())
    assert len(peer.seen()["asked"]) == 1
