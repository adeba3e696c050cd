"""The parts around a chat model: prices of tokens, budget, endpoints, dialects, how answers are read."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInputError, UnavailableError
from frontier_rag.chat.answer_key import key_of
from frontier_rag.chat.api_dialect import Dialect, simpler
from frontier_rag.chat.chat_error import ChatFailedError
from frontier_rag.chat.completion import read_completion
from frontier_rag.chat.cost_meter import CostMeter, Usage, price_table
from frontier_rag.chat.daily_budget import Charge, DailyBudget
from frontier_rag.chat.endpoints import OPENAI, endpoints_of
from frontier_rag.chat.metrics import ChatMetrics
from frontier_rag.chat.spend_ledger import SpendLedger
from frontier_rag.settings import Settings


def test_the_cache_key_changes_with_endpoint_prompt_and_question_and_parts_do_not_run_together() -> None:
    keys = {
        key_of(*each)
        for each in (("a", "b", "c"), ("x", "b", "c"), ("a", "x", "c"), ("a", "b", "x"), ("ab", "", "c"), ("a", "bc", ""))
    }
    assert len(keys) == 6
    assert key_of("a", "b", "\ud800") == key_of("a", "b", "\ud800")


def test_dollars_follow_from_tokens_and_the_table() -> None:
    meter = CostMeter(price_table({"own": [1.0, 2.0], "gpt-4o": [5.0, 5.0, 1.0]}), ChatMetrics())
    assert meter.dollars("own", Usage(1_000_000, 500_000)) == 2.0
    assert meter.dollars("gpt-4o", Usage(1_000_000, 0, 1_000_000)) == 1.0
    assert meter.dollars("openai/gpt-4.1-mini-2025-04-14", Usage(1_000_000)) == 0.4
    assert meter.dollars("nobody-knows", Usage(1_000_000)) == 0.0


def test_a_model_without_a_price_says_so_and_counts_its_tokens() -> None:
    meter = CostMeter(price_table({}), ChatMetrics())
    assert not meter.announce("nobody-knows")
    assert meter.announce("gpt-4.1-mini")
    meter.note("nobody-knows", Usage(10, 5))
    assert meter.metrics.price_known.labels("nobody-knows")._value.get() == 0
    assert meter.metrics.tokens.labels("nobody-knows", "in")._value.get() == 10


@pytest.mark.parametrize("given_price", [[1.0], [1.0, -1.0], [1.0, float("nan")], [1.0, 2.0, 3.0, 4.0]])
def test_a_price_that_cannot_be_meant_is_an_error_naming_the_model(given_price: list[float]) -> None:
    with pytest.raises(InvalidInputError, match="own"):
        price_table({"own": given_price})


def spend(budget: DailyBudget, dollars: float, aside: float = 0.0) -> None:
    budget.set_aside(aside or dollars)
    asyncio.run(budget.settle(aside or dollars, Charge("m", dollars, Usage(10, 1))))


def test_a_budget_ends_with_the_day_and_outlives_restarts(tmp_path: Path) -> None:
    days = ["2026-01-01"]
    path = tmp_path / "new" / "spend.sqlite3"

    def opened() -> DailyBudget:
        return DailyBudget(1.0, SpendLedger(path), ChatMetrics(), lambda: days[-1])

    budget = opened()
    spend(budget, 0.75)
    for each in (budget, opened()):
        with pytest.raises(ChatFailedError) as caught:
            each.set_aside(0.5)
        assert caught.value.reason == "budget"
        each.set_aside(0.0)
    days.append("2026-01-02")
    assert budget.spent == 0.0
    spend(budget, 0.5)
    assert opened().spent == 0.5


def test_what_is_set_aside_counts_until_it_is_settled(tmp_path: Path) -> None:
    budget = DailyBudget(1.0, SpendLedger(tmp_path / "spend"), ChatMetrics())
    budget.set_aside(0.6)
    with pytest.raises(ChatFailedError):
        budget.set_aside(0.6)
    asyncio.run(budget.settle(0.6, None))
    budget.set_aside(0.6)
    assert budget.spent == 0.0


def test_two_processes_share_a_budget(tmp_path: Path) -> None:
    one, other = (DailyBudget(1.0, SpendLedger(tmp_path / "spend"), ChatMetrics()) for _ in range(2))
    spend(one, 0.5)
    spend(other, 0.25)
    assert other.spent == 0.75


def test_a_damaged_file_is_named_and_one_that_vanishes_costs_no_answer(tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"no database at all, " * 100)
    with pytest.raises(UnavailableError, match="mend or remove it"):
        SpendLedger(tmp_path / "bad")
    budget = DailyBudget(1.0, SpendLedger(tmp_path / "good"), ChatMetrics())
    (tmp_path / "good").write_bytes(b"no database at all, " * 100)
    spend(budget, 0.75)
    with pytest.raises(ChatFailedError):
        budget.set_aside(0.5)


def endpoints(text: str, **environment: str) -> list[tuple[str, str, str, str]]:
    found = endpoints_of(Settings.model_validate({"chat_endpoints": text}), environment)
    return [(each.name, each.model, each.base_url, each.key) for each in found]


def test_endpoints_are_read_in_order() -> None:
    text = "deepseek-chat@deepseek, gpt-4.1-mini@openai, @cf/meta/llama@https://own.example/v1 key:MINE, llama3.1@ollama,"
    assert endpoints(text, DEEPSEEK_API_KEY="d", OPENAI_API_KEY="o", MINE="m") == [
        ("deepseek-chat@deepseek", "deepseek-chat", "https://api.deepseek.com/v1", "d"),
        ("gpt-4.1-mini@openai", "gpt-4.1-mini", OPENAI, "o"),
        ("@cf/meta/llama@own.example", "@cf/meta/llama", "https://own.example/v1", "m"),
        ("llama3.1@ollama", "llama3.1", "http://127.0.0.1:11434/v1", ""),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gpt", "is not MODEL@"),
        ("m@nowhere", "neither a URL nor one of openai, deepseek"),
        ("m@ftp://host", "neither a URL"),
        ("m@https://", "neither a URL"),
        ("m@openai", "needs its key in OPENAI_API_KEY"),
        ("m@https://own.example/v1 key:MINE", "needs its key in MINE"),
        ("m@https://own.example/v1 secret", "is not MODEL@"),
    ],
)
def test_an_endpoint_that_cannot_be_meant_is_an_error_that_says_why(text: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        endpoints(text)


def test_without_the_setting_openai_variables_name_the_one_endpoint() -> None:
    def found(**given: Any) -> list[str]:
        return [f"{each.name} {each.base_url}" for each in endpoints_of(Settings.model_validate(given), {})]

    assert found() == []
    assert found(openai_api_key="k") == [f"gpt-4.1-mini@openai {OPENAI}"]
    assert found(openai_base_url="http://h:1/v1", openai_model="m") == ["m@h:1 http://h:1/v1"]


def test_what_a_refusal_names_is_left_out_first_and_there_is_an_end() -> None:
    openai = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    assert simpler(Dialect(), openai) == Dialect(thinks=True)
    assert simpler(Dialect(), "'temperature' does not support 0") == Dialect(has_temperature=False)
    assert simpler(Dialect(), "unknown field seed") == Dialect(has_seed=False)
    assert simpler(Dialect(), "response_format type is unavailable now") == Dialect("object")
    dialect: Dialect | None = Dialect()
    steps = 0
    while dialect:
        dialect, steps = simpler(dialect, openai + "temperature seed response_format"), steps + 1
    assert steps == 6


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["choices", "message", "content", "usage"]), inner),
)


@given(json_like)
def test_whatever_an_endpoint_sends_is_a_completion_or_an_error_of_ours(answer: object) -> None:
    with contextlib.suppress(ChatFailedError):
        assert isinstance(read_completion(answer).text, str)


def test_an_endpoints_key_may_stand_in_a_file_and_one_that_cannot_be_read_is_told_by_name(tmp_path: Path) -> None:
    held = tmp_path / "key"
    held.write_text("from a file\n", encoding="utf-8")
    settings = Settings(chat_endpoints="deepseek-chat@deepseek")
    (endpoint,) = endpoints_of(settings, {"DEEPSEEK_API_KEY_FILE": str(held)})
    assert endpoint.key == "from a file"
    with pytest.raises(InvalidInputError, match=r"DEEPSEEK_API_KEY_FILE: .*away cannot be read"):
        endpoints_of(settings, {"DEEPSEEK_API_KEY_FILE": str(tmp_path / "away")})
