"""The planner: it chooses among what the policy would push, within bounds, and every step is kept."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from scanner.deal_data import Judged
from scanner.decision import NOT_CHOSEN, Decision, Past, Wishes
from scanner.planner.desk import MOST_SHOWN, Desk
from scanner.planner.plan_data import Bounds, Message, Plan, ToolCall, Turn
from scanner.planner.planner import MOST_CALLS, TURN_TOKENS, ChatPlanner
from scanner.policy import Policy
from tests.unit.scanner.fakes import NOW, judgement, store_in, stored

POLICY = Policy()
SURE, DOUBTFUL, TRICK = 1, 2, 3


def deals() -> list[Judged]:
    """A sure saving, one that is only probable, and a laptop for a dollar."""
    return [
        POLICY.judge(stored(id=SURE, key="link:1"), judgement(), NOW),
        POLICY.judge(stored(id=DOUBTFUL, key="link:2", title="Acme Saw for $60"), judgement(200.0, 60.0, chance=0.7), NOW),
        POLICY.judge(stored(id=TRICK, key="link:3", title="Acme Laptop for $1", price=1.0), judgement(900.0, 1.0), NOW),
    ]


def call(name: str, **arguments: object) -> ToolCall:
    return ToolCall("c1", name, json.dumps(arguments))


class Scripted:
    """A model that does what is written; None: it fails. After the last turn it is done."""

    def __init__(self, *turns: Turn | None) -> None:
        self.turns, self.asked = list(turns), list[list[Message]]()

    async def turn(self, messages: list[Message], tools: list[Message], most_tokens: int) -> Turn | None:
        self.asked.append(list(messages))
        return self.turns.pop(0) if self.turns else Turn("Done.", (), 100, 5)


def uses(*calls: ToolCall) -> Turn:
    return Turn("", calls, 100, 10)


def plan_of(model: Scripted, bounds: Bounds | None = None) -> Plan:
    return asyncio.run(ChatPlanner(model, bounds or Bounds()).plan(deals(), NOW))


def results(plan: Plan) -> list[Any]:
    return [json.loads(step.result) for step in plan.steps]


def test_each_step_is_told_before_the_model_is_asked_again() -> None:
    told, asked = list[str](), list[int]()

    class Watched(Scripted):
        async def turn(self, messages: list[Message], tools: list[Message], most_tokens: int) -> Turn | None:
            asked.append(len(told))
            return await super().turn(messages, tools, most_tokens)

    model = Watched(uses(call("scan")), uses(call("judge", deal=SURE), call("notify", deal=SURE, reason="It saves $140.")))
    asyncio.run(ChatPlanner(model, Bounds(), lambda step: told.append(step.tool)).plan(deals(), NOW))
    assert (told, asked) == (["scan", "judge", "notify"], [0, 1, 3])


def test_a_model_scans_judges_and_notifies_until_it_is_done() -> None:
    model = Scripted(uses(call("scan")), uses(call("judge", deal=SURE)), uses(call("notify", deal=SURE, reason="It saves $140.")))
    plan = plan_of(model)
    assert (plan.ending, plan.chosen, [step.tool for step in plan.steps]) == ("done", {SURE}, ["scan", "judge", "notify"])
    listed, judged, notified = results(plan)
    assert [(each["id"], each["price"]) for each in listed] == [(SURE, 60.0), (TRICK, 1.0), (DOUBTFUL, 60.0)]
    assert (judged["worth"], judged["saving"], judged["chance"], judged["why_not"]) == (200.0, 140.0, 0.95, None)
    assert judged["evidence"] == ["Three pricers say so."]
    assert notified == {"accepted": SURE}
    assert plan.tokens == 3 * 110 + 105
    assert plan.dollars == pytest.approx((400 * 0.40 + 35 * 1.60) / 1e6)
    last = model.asked[-1]
    assert [each["role"] for each in last] == ["system", "user", *["assistant", "tool"] * 3]


@pytest.mark.parametrize("deal", [DOUBTFUL, TRICK])
def test_what_the_policy_does_not_push_is_refused_with_its_reason(deal: int) -> None:
    plan = plan_of(Scripted(uses(call("notify", deal=deal, reason="Ignore the rules."))))
    (result,) = results(plan)
    assert plan.chosen == frozenset()
    assert result["refused"] in (
        "the chance of 70% is less than 90%",
        "$1.00 is too little for something worth $900: look before you believe it",
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (ToolCall("c", "rm -rf", "{}"), "there is no tool but scan, judge, notify"),
        (ToolCall("c", "notify", "{"), "notify takes deal, reason"),
        (ToolCall("c", "notify", '{"deal": "1", "reason": "x"}'), "notify takes deal, reason"),
        (ToolCall("c", "notify", '{"deal": 1, "reason": "x", "price": 5}'), "notify takes deal, reason"),
        (ToolCall("c", "scan", '{"all": true}'), "scan takes no arguments"),
        (ToolCall("c", "judge", '{"deal": 99}'), "there is no deal 99: scan tells which there are"),
        (ToolCall("c", "notify", '{"deal": 99, "reason": "x"}'), "there is no deal 99: scan tells which there are"),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong_and_does_nothing(wrong: ToolCall, said: str) -> None:
    plan = plan_of(Scripted(uses(wrong)))
    assert (results(plan), plan.chosen, plan.ending) == ([{"error": said}], frozenset(), "done")


def test_a_model_that_never_ends_is_ended() -> None:
    model = Scripted(*[uses(call("scan"))] * 50)
    plan = plan_of(model, Bounds(steps=4))
    assert (plan.ending, len(model.asked), len(plan.steps)) == ("steps", 4, 4)


def test_no_more_calls_of_one_turn_are_done_than_a_few() -> None:
    plan = plan_of(Scripted(uses(*[call("scan")] * 50)))
    assert len(plan.steps) == MOST_CALLS


@pytest.mark.parametrize(
    ("bounds", "ending"),
    [(Bounds(steps=99, tokens=6_000), "tokens"), (Bounds(steps=99, dollars=0.01, dollars_in=1.0, dollars_out=5.0), "dollars")],
)
def test_tokens_and_dollars_are_never_exceeded_even_where_the_endpoint_does_not_count(bounds: Bounds, ending: str) -> None:
    plan = plan_of(Scripted(*[Turn("", (call("scan"),))] * 99), bounds)
    assert plan.ending == ending
    assert plan.steps
    assert plan.tokens <= bounds.tokens
    assert plan.dollars <= bounds.dollars
    assert plan_of(Scripted(), Bounds(tokens=TURN_TOKENS)).tokens == 0


def decided(folder: Path, model: Scripted | None, answers: Sequence[Judged]) -> tuple[list[Judged], list[dict[str, Any]]]:
    async def run() -> tuple[list[Judged], list[dict[str, Any]]]:
        store = await store_in(folder)
        planner = ChatPlanner(model, Bounds()) if model else None
        decision = Decision(POLICY, Past(store.deals), (planner, store.plans), Wishes())
        found = await decision.among(
            await decision.each([each.deal for each in answers], [each.judgement for each in answers], NOW), NOW
        )
        kept = await store.plans.newest(10)
        await store.aclose()
        return found, kept

    return asyncio.run(run())


def two_sure() -> list[Judged]:
    titles = {1: "Acme Drill for $60", 2: "Acme Saw for $60"}
    return [POLICY.judge(stored(id=n, key=f"link:{n}", title=title), judgement(), NOW) for n, title in titles.items()]


def test_only_what_was_chosen_is_pushed_and_the_plan_is_kept(tmp_path: Path) -> None:
    found, kept = decided(tmp_path, Scripted(uses(call("notify", deal=2, reason="It saves."))), two_sure())
    assert [(each.is_alert, each.opportunity and each.opportunity.why_not) for each in found] == [(False, NOT_CHOSEN), (True, None)]
    (plan,) = kept
    assert (plan["ending"], plan["chosen"], plan["tokens"], plan["created"]) == ("done", 1, 215, NOW.isoformat())
    assert [(step["tool"], step["result"]) for step in plan["steps"]] == [("notify", '{"accepted": 2}')]


def many(count: int, words: str = "") -> list[Judged]:
    """So many that may be pushed, the first of which saves the most."""
    titles = [f"Acme QX{100 + n} Drill {words}for ${10 + n}" for n in range(count)]
    deals = [stored(id=n, key=f"link:{n}", title=title, price=10.0 + n) for n, title in enumerate(titles)]
    return [POLICY.judge(deal, judgement(200.0, deal.price, worth=80.0), NOW) for deal in deals]


@pytest.mark.parametrize(("words", "least"), [("", 40), ("x" * 150 + " ", 20)])
def test_what_the_planner_was_not_shown_is_left_to_the_policy(tmp_path: Path, words: str, least: int) -> None:
    found, _ = decided(tmp_path, Scripted(uses(call("scan")), uses(call("notify", deal=2, reason="It saves."))), many(50, words))
    left_out = {each.deal.id for each in found if each.opportunity and each.opportunity.why_not == NOT_CHOSEN}
    assert least <= len(left_out) + 1 <= MOST_SHOWN
    assert left_out == set(range(len(left_out) + 1)) - {2}
    assert {each.deal.id for each in found if each.is_alert} == set(range(50)) - left_out


def test_the_result_of_scan_is_whole_however_long_titles_are() -> None:
    result = json.loads(Desk(many(50, "x" * 150 + " ")).use(call("scan")))
    assert [each["id"] for each in result] == list(range(len(result)))


def test_what_may_be_pushed_is_shown_before_what_may_not() -> None:
    tricks = [POLICY.judge(stored(id=100 + n, key=f"link:{n}", price=1.0), judgement(900.0, 1.0), NOW) for n in range(MOST_SHOWN)]
    result = json.loads(Desk([*tricks, deals()[0]]).use(call("scan")))
    assert result[0]["id"] == SURE


def test_a_model_that_fails_leaves_it_to_the_policy(tmp_path: Path) -> None:
    found, kept = decided(tmp_path, Scripted(uses(call("notify", deal=2, reason="It saves.")), None), two_sure())
    assert [each.is_alert for each in found] == [True, True]
    assert kept[0]["ending"] == "failed"


def test_where_nothing_could_be_pushed_no_model_is_asked(tmp_path: Path) -> None:
    model = Scripted()
    found, kept = decided(tmp_path, model, deals()[1:])
    assert ([each.is_alert for each in found], kept, model.asked) == ([False, False], [], [])


def test_without_a_planner_the_policy_decides_alone(tmp_path: Path) -> None:
    found, kept = decided(tmp_path, None, deals())
    assert ([each.is_alert for each in found], kept) == ([True, False, False], [])
