"""Asks a chat model for a product's price, and once more, by its bare name, where the answer leaves what the local side knows.

Knows no web framework, store or client library.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from frontier_rag.chat.chat_calibration import ChatCalibration, Group
from frontier_rag.chat.chat_error import ChatFailedError
from frontier_rag.chat.chat_model import ChatAnswer
from frontier_rag.chat.local_view import LocalView
from frontier_rag.chat.price_bounds import LEEWAY, Outcome, bound, bound_two
from frontier_rag.chat.product_name import name_of
from frontier_rag.products import Neighbour


class Chats(Protocol):
    """A chat model."""

    async def price(self, text: str, near: Sequence[Neighbour], since: float | None = None) -> ChatAnswer:
        """The price and the model that said it; ChatFailedError where there is none.

        `since`: when the product's first question was asked, on time.monotonic's clock; all its questions share one limit.
        """
        ...

    def note(self, outcome: str) -> None:
        """Count what became of a product: a price_bounds.Outcome, or why the local estimator answered."""
        ...

    def note_second(self, outcome: str) -> None:
        """Count what became of a second question: asked with an answer, or why there is none."""
        ...

    async def aclose(self) -> None:
        """Close its connections."""
        ...


@dataclass(frozen=True)
class Question:
    """A product: its text as it came and screened, and the products near it."""

    told: str
    text: str
    near: Sequence[Neighbour]


@dataclass(frozen=True)
class Opinion:
    """A price with its 80 % interval, the model that said it, how it came about, and the answers whose errors make the interval."""

    price: float
    low: float
    high: float
    model: str
    outcome: Outcome
    group: Group


async def consult(chat: Chats, question: Question, local: LocalView, calibration: ChatCalibration) -> Opinion:
    """What the chat model says, within bounds; ChatFailedError where nothing of it may be used."""
    started = time.monotonic()
    first = await chat.price(question.text, question.near)
    reach = calibration.reach(local.is_known)
    is_doubted = local.leaves_by(first.price) > LEEWAY and reach > LEEWAY
    second = await _second(chat, question.told, started) if is_doubted else None
    bounded = bound_two(first.price, second.price, local, reach) if second else bound(first.price, local)
    low, high = bounded.interval(local, calibration)
    said = second if second and bounded.is_second else first
    return Opinion(bounded.price, low, high, said.model, bounded.outcome, bounded.group(local, calibration))


async def _second(chat: Chats, told: str, started: float) -> ChatAnswer | None:
    """The answer to the product's name alone, without its description and neighbours; None where there is none to rely on."""
    if (name := name_of(told)) is None:
        chat.note_second("no-plain-name")
        return None
    try:
        answer = await chat.price(name.asked, [], started)
    except ChatFailedError as exc:
        chat.note_second(exc.reason)
        structlog.get_logger().warning("chat_second_answer_failed", reason=exc.reason, why=str(exc))
        return None
    is_told = name.tells(answer.price)
    chat.note_second("told-by-name" if is_told else "answered")
    return None if is_told else answer
