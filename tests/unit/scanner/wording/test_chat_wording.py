"""The chat model's words for pushes, with a model that answers, fails, hangs, and obeys what a deal tells it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from scanner.chat_model import ChatModel
from scanner.deal_data import Judged
from scanner.policy import Policy, demoted, in_digest
from scanner.wording.chat_wording import MOST, ChatWording, Wording
from tests.injected_descriptions import INJECTED
from tests.unit.scanner.fakes import NOW, judgement, stored

Say = Callable[[dict[str, Any]], Awaitable[str | None]]


class FakeChat:
    """Answers as `say` does; remembers the facts that it was given."""

    def __init__(self, say: Say) -> None:
        self.say, self.asked = say, list[dict[str, Any]]()

    async def ask(self, instruction: str, facts: dict[str, Any], form: type[Wording]) -> Wording | None:
        self.asked.append(facts)
        text = await self.say(facts)
        return None if text is None else form(text=text)


async def truly(facts: dict[str, Any]) -> str | None:
    return f"{facts['title'][:60]} for {facts['price']}, worth about {facts['worth']}."


def alert(number: int = 1, title: str = "Acme Drill", price: float = 60.0) -> Judged:
    deal = stored(id=number, key=f"link:{number}", title=title, price=price)
    found = Policy().judge(deal, judgement(200.0, price), NOW)
    assert found.is_alert
    return found


def worded(say: Say, *judged: Judged, patience: float = 5.0) -> tuple[list[str | None], FakeChat]:
    chat = FakeChat(say)
    looked = asyncio.run(ChatWording(cast(ChatModel, chat), patience=patience).look(judged, NOW))
    assert [each.deal for each in looked] == [each.deal for each in judged]
    return [each.opportunity.wording if each.opportunity else None for each in looked], chat


def test_an_alert_gets_its_words_and_what_is_only_listed_or_in_a_digest_none() -> None:
    listed, together = demoted(alert(2), "not now"), in_digest(alert(3))
    texts, chat = worded(truly, alert(), listed, together)
    assert texts == ["Acme Drill for $60, worth about $200.", None, None]
    assert len(chat.asked) == 1


def test_no_more_than_so_many_are_asked_for_those_that_save_the_most_first() -> None:
    judged = [alert(number, price=60.0 - number) for number in range(MOST + 3)]
    texts, chat = worded(truly, *judged)
    assert [text is None for text in texts] == [True] * 3 + [False] * MOST
    assert len(chat.asked) == MOST


def test_a_model_that_fails_or_lies_costs_no_push_its_alert() -> None:
    async def silent(facts: dict[str, Any]) -> str | None:
        return None

    async def lies(facts: dict[str, Any]) -> str | None:
        return "Acme Drill for $1, worth about $900."

    async def breaks(facts: dict[str, Any]) -> str | None:
        raise RuntimeError("broken")

    for say in (silent, lies, breaks):
        assert worded(say, alert())[0] == [None]


def test_one_that_hangs_is_not_waited_for_and_the_others_keep_their_words() -> None:
    async def slowly(facts: dict[str, Any]) -> str | None:
        if facts["title"] == "Acme Saw":
            await asyncio.sleep(60)
        return await truly(facts)

    texts, _ = worded(slowly, alert(), alert(2, "Acme Saw"), patience=0.2)
    assert texts == ["Acme Drill for $60, worth about $200.", None]


@pytest.mark.parametrize("injected", INJECTED, ids=lambda each: each.name)
def test_what_a_deal_orders_the_model_to_say_is_not_said(injected: Any) -> None:
    """A model that repeats the order, be it with the true figures before it."""

    async def obeys(facts: dict[str, Any]) -> str | None:
        return f"{await truly(facts)} {injected.order}"[:300]

    found = alert(title=f"{injected.title} for $60")
    texts, chat = worded(obeys, replace(found, deal=found.deal.model_copy(update={"description": injected.description})))
    assert texts == [None] or "$1" not in (texts[0] or "")
    assert injected.order not in (texts[0] or "")
    assert injected.description not in str(chat.asked)  # the text of a deal is not even sent
