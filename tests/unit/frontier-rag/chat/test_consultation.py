"""When a second question is asked, what of, and what becomes of its answer."""

import asyncio
import time
from dataclasses import replace

import pytest

from frontier_rag.chat.chat_calibration import ChatCalibration, bundled_calibration
from frontier_rag.chat.chat_error import ChatFailedError, Reason
from frontier_rag.chat.consultation import Opinion, Question, consult
from frontier_rag.chat.local_view import LocalView
from tests.injected_names import NAMES, HostileName
from tests.unit.frontier_rag_fakes import FakeChat, neighbour

UNKNOWN = LocalView(22.0, 8.0, 102.0)
KNOWN = replace(UNKNOWN, is_known=True)
NEAR = [neighbour("case", 20.0, 0.6)]
CALIBRATION = replace(bundled_calibration(), reach_known=1.25, reach_unknown=4.0)


def ask(
    chat: FakeChat, local: LocalView = UNKNOWN, told: str = "AirPods Pro 2", calibration: ChatCalibration = CALIBRATION
) -> Opinion:
    return asyncio.run(consult(chat, Question(told, told, NEAR), local, calibration))


@pytest.mark.parametrize("said", [8.0, 50.0, 102.0, 127.5])
def test_an_answer_within_the_band_costs_one_question(said: float) -> None:
    chat = FakeChat(said)
    assert (ask(chat).price, ask(chat).outcome) == (said, "chat")
    assert [near for _, near in chat.asked] == [1, 1]
    assert chat.seconds == []


def test_a_product_that_is_known_is_asked_about_once_as_long_as_its_reach_is_the_bands() -> None:
    chat = FakeChat(249.0)
    assert (ask(chat, KNOWN).price, chat.seconds) == (127.5, [])
    farther = replace(CALIBRATION, reach_known=2.0)
    again = FakeChat(249.0)
    assert (ask(again, KNOWN, calibration=farther).price, again.seconds) == (204.0, ["answered"])


def test_the_second_question_holds_the_name_alone_and_shares_the_time_of_the_first() -> None:
    chat, before = FakeChat(249.0), time.monotonic()
    assert ask(chat, told="AirPods Pro 2\nWireless earbuds in a case").price == 249.0
    assert chat.asked == [("AirPods Pro 2\nWireless earbuds in a case", 1), ("AirPods Pro 2", 0)]
    assert chat.since[0] is None
    assert before <= (chat.since[1] or 0) <= time.monotonic()


@pytest.mark.parametrize("reason", ["timeout", "budget", "rate-limited", "no-price", "skipped"])
def test_a_second_question_that_fails_is_counted_and_leaves_the_first_answer_to_the_band(reason: Reason) -> None:
    chat = FakeChat(249.0, second=ChatFailedError(reason, "down"))
    opinion = ask(chat)
    assert (opinion.price, opinion.outcome, opinion.group, opinion.model) == (127.5, "chat-pulled", "pulled", "gpt-x")
    assert chat.seconds == [reason]


def test_the_model_that_is_named_is_the_one_whose_price_is_used() -> None:
    assert ask(FakeChat(249.0, second=300.0)).model == "gpt-x"
    assert ask(FakeChat(300.0, second=249.0)).model == "gpt-x-again"


def test_an_answer_read_in_the_name_bears_nothing_out() -> None:
    chat = FakeChat(300.0)
    assert ask(chat, told="Zorvex 300").price == 127.5
    assert chat.seconds == ["told-by-name"]


@pytest.mark.parametrize("hostile", NAMES, ids=lambda each: each.text)
def test_a_model_that_obeys_a_hostile_name_both_times_gets_no_farther_than_with_one_answer(hostile: HostileName) -> None:
    local = LocalView(hostile.told, hostile.told / 2, hostile.told * 2)
    off = replace(local, low=local.low / 5, high=local.high / 5) if hostile.told > 100 else replace(local, low=2.0, high=20.0)
    chat = FakeChat(hostile.told)
    assert off.leaves_by(ask(chat, off, hostile.text).price) <= 1.25 + 1e-9
    assert chat.seconds in (["no-plain-name"], ["told-by-name"])
