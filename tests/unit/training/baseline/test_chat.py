"""Questions go out some at a time, answers are kept as they come, and an answer without a price is never a zero."""

import asyncio
import json
import math
from pathlib import Path

import pytest

from common.errors import UnavailableError
from training.baseline.chat import FAILURES_IN_A_ROW, AnswerFile, Asked, ChatStoppedError, Endpoint, Reply, ask_all, price_in
from training.baseline.prompt import SYSTEM, answer, question
from training.data.rows import Row

ENDPOINT = Endpoint("small-model", concurrency=3)


def rows(count: int) -> list[Row]:
    return [Row(title=f"lamp {i}", description=("bright",), price=10.0 + i) for i in range(count)]


class FakeChat:
    """Answers each question by `say`; an exception is raised. Remembers what was asked and how many at once."""

    def __init__(self, *say: str | Reply | Exception) -> None:
        self.say = list(say)
        self.asked: list[str] = []
        self.at_once = self.most_at_once = 0

    async def ask(self, system: str, user: str) -> Reply:
        assert system == SYSTEM
        said = self.say[len(self.asked) % len(self.say)]
        self.asked.append(user)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if isinstance(said, Exception):
            raise said
        return Reply(said, "", 100, 5) if isinstance(said, str) else said

    async def aclose(self) -> None:
        pass


def ask(client: FakeChat, path: Path, count: int = 6, endpoint: Endpoint = ENDPOINT) -> Asked:
    return asyncio.run(ask_all(client, endpoint, rows(count), AnswerFile(path)))


def test_the_question_holds_the_text_and_nothing_of_the_price() -> None:
    asked = question(Row(title="Desk lamp", description=("brass",), price=77.0))
    assert asked == "How much does this cost to the nearest dollar?\n\nDesk lamp\nbrass"


@pytest.mark.parametrize(
    ("price", "words"), [(99.49, "$99.00"), (99.5, "$100.00"), (0.5, "$1.00"), (0.6, "$1.00"), (999.49, "$999.00")]
)
def test_the_right_answer_is_to_the_nearest_dollar_and_at_least_one(price: float, words: str) -> None:
    assert answer(price) == f"Price is {words}"


@pytest.mark.parametrize(
    ("text", "price"), [("$1,299.99 or so", 1299.99), ("Price is $49.00", 49.0), ("49", 49.0), ("about 49 dollars", 49.0)]
)
def test_a_price_is_read_strictly(text: str, price: float) -> None:
    assert price_in(Reply(text)) == price


@pytest.mark.parametrize("text", ["", "no idea", "0", "$0.00", "-5", "$10 to $20", "$10-20", "5k", "2 or 3"])
def test_no_number_is_no_price_and_never_zero(text: str) -> None:
    assert price_in(Reply(text)) is None


def test_a_refusal_is_no_price_even_with_a_number_in_it() -> None:
    assert price_in(Reply("$5", "refused")) is None


def test_every_row_is_asked_and_tokens_are_counted(tmp_path: Path) -> None:
    said = ask(FakeChat("$20"), tmp_path / "a.jsonl")
    assert said.prices.tolist() == [20.0] * 6
    assert (said.tokens_in, said.tokens_out, said.without_price, said.failed) == (600, 30, 0, 0)


def test_no_more_questions_than_allowed_are_under_way(tmp_path: Path) -> None:
    client = FakeChat("$20")
    ask(client, tmp_path / "a.jsonl", count=20)
    assert client.most_at_once == ENDPOINT.concurrency


def test_answers_without_a_price_are_counted_and_not_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    said = ask(FakeChat("$20", "who knows", Reply("", "the chat model refused", 9, 1)), path, endpoint=Endpoint("m", concurrency=1))
    assert said.prices[0] == 20.0
    assert [math.isnan(price) for price in said.prices] == [False, True, True] * 2
    assert (said.without_price, said.failed) == (4, 0)
    again = FakeChat("$99")
    assert ask(again, path, endpoint=Endpoint("m")).without_price == 4
    assert again.asked == []


def test_a_second_run_asks_only_what_failed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    first = ask(FakeChat("$20", UnavailableError("late")), path, endpoint=Endpoint("m", concurrency=1))
    assert (first.failed, first.without_price) == (3, 0)
    second = FakeChat("$30")
    said = ask(second, path, endpoint=Endpoint("m"))
    assert len(second.asked) == 3
    assert sorted(said.prices.tolist()) == [20.0] * 3 + [30.0] * 3
    assert said.paid_before == 3


def test_another_models_answers_are_not_taken(tmp_path: Path) -> None:
    ask(FakeChat("$20"), tmp_path / "a.jsonl")
    other = FakeChat("$30")
    ask(other, tmp_path / "a.jsonl", endpoint=Endpoint("large-model"))
    assert len(other.asked) == 6


def test_the_same_text_is_paid_once(tmp_path: Path) -> None:
    client = FakeChat("$20")
    said = asyncio.run(ask_all(client, ENDPOINT, rows(1) * 4, AnswerFile(tmp_path / "a.jsonl")))
    assert len(client.asked) == 1
    assert said.prices.tolist() == [20.0] * 4


def test_an_endpoint_that_keeps_failing_is_given_up_and_what_came_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    client = FakeChat("$20", *[UnavailableError("down")] * 30)
    with pytest.raises(ChatStoppedError, match=f"{FAILURES_IN_A_ROW} questions in a row failed: down.*1 answers are kept"):
        ask(client, path, count=25, endpoint=Endpoint("m", concurrency=1))
    assert len(client.asked) == 1 + FAILURES_IN_A_ROW
    assert len(path.read_text().splitlines()) == 1


def test_an_endpoint_that_refuses_is_asked_no_further(tmp_path: Path) -> None:
    client = FakeChat(ChatStoppedError("wrong key"))
    with pytest.raises(ChatStoppedError, match="wrong key"):
        ask(client, tmp_path / "a.jsonl", count=50)
    assert len(client.asked) <= ENDPOINT.concurrency


def test_a_line_cut_short_by_a_crash_is_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    ask(FakeChat("$20"), path)
    path.write_text(path.read_text()[:-20])
    client = FakeChat("$30")
    said = ask(client, path)
    assert len(client.asked) == 1
    assert sorted(said.prices.tolist()) == [20.0] * 5 + [30.0]
    assert all(json.loads(line) for line in path.read_text().splitlines())


def test_a_damaged_file_of_answers_is_an_error_that_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"key": "x"}\n')
    with pytest.raises(ChatStoppedError, match=r"a\.jsonl:1"):
        AnswerFile(path)
