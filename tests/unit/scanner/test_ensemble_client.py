"""The ensemble's answers become judgements; whatever may pass makes the deals wait."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

import httpx2
import pytest
from fastapi import FastAPI

from common.client import ServiceClient
from common.errors import UnavailableError
from common.judging import Judgement, JudgeRequest, Reference, Seen
from common.pricing import PricedItem, PriceRequest
from common.pricing_api.pricer_app import build_pricer_app
from ensemble.judge.routes import add_judge_routes
from ensemble.judge.service import Judge
from scanner.ensemble_client import EnsembleJudge
from tests.unit.ensemble.judge.judges import MODEL
from tests.unit.scanner.fakes import answer, judgement

EDITOR = Reference(kind="next_best", price=90.0, said_by="editor", words="$30 more elsewhere", start=0, end=18)
REQUESTS = [
    JudgeRequest.model_validate({"description": "a drill", "offer": {"price": 60.0}}),
    JudgeRequest.model_validate(
        {
            "description": "a saw",
            "title": "Saw",
            "category": "Tools",
            "offer": {"price": 60.0, "condition": "open-box", "references": [EDITOR], "seen": [Seen(price=95.0, days=3.5)]},
        }
    ),
]
GOOD = judgement().model_dump()


class ByLength:
    """A pricer whose price is ten times the length of the text."""

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        return [answer(10.0 * len(request.text)) for request in requests]


def problem(status: int) -> dict[str, object]:
    return {"error": {"title": "T", "status": status, "detail": "why"}}


@pytest.mark.parametrize(("status", "ready"), [(200, True), (503, False), (404, False)])
def test_the_ensemble_says_whether_it_is_ready(status: int, ready: bool) -> None:
    async def run() -> bool:
        asked = httpx2.MockTransport(lambda request: httpx2.Response(status if request.url.path == "/readyz" else 500, json={}))
        judge = EnsembleJudge(ServiceClient("ensemble", "http://ensemble", transport=asked))
        found = await judge.is_ready()
        await judge.aclose()
        return found

    assert asyncio.run(run()) is ready


def ask(transport: httpx2.AsyncBaseTransport) -> Sequence[Judgement | None]:
    async def run() -> Sequence[Judgement | None]:
        judge = EnsembleJudge(ServiceClient("ensemble", "http://ensemble", transport=transport))
        try:
            return await judge.judge(REQUESTS)
        finally:
            await judge.aclose()

    return asyncio.run(run())


def answering(response: Callable[[], httpx2.Response]) -> httpx2.MockTransport:
    return httpx2.MockTransport(lambda _: response())


def test_a_real_ensemble_is_understood() -> None:
    async def load(_: FastAPI) -> ByLength:
        return ByLength()

    async def run() -> list[Judgement | None]:
        app = build_pricer_app("ensemble", load)
        add_judge_routes(app, lambda: Judge(app.state.pricer(), MODEL, "1"))
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(app.router.lifespan_context(app))
            judge = EnsembleJudge(ServiceClient("ensemble", "http://ensemble", transport=httpx2.ASGITransport(app)))
            stack.push_async_callback(judge.aclose)
            while True:
                try:
                    return list(await judge.judge(REQUESTS))
                except UnavailableError:
                    await asyncio.sleep(0.01)

    drill, saw = asyncio.run(run())
    assert drill
    assert saw
    assert (drill.answer.price, saw.answer.price) == (70.0, 290.0)  # "Saw\na saw\nCondition: open box"
    assert saw.worth == pytest.approx(90, rel=0.02)
    assert [each.kind for each in saw.evidence] == ["asked_price", "estimate", "next_best", "seen"]


def test_an_item_that_never_can_be_judged_is_none() -> None:
    found = ask(answering(lambda: httpx2.Response(200, json={"results": [GOOD, problem(422)]})))
    assert [each is None for each in found] == [False, True]


@pytest.mark.parametrize(
    "response",
    [
        lambda: httpx2.Response(200, json={"results": [GOOD, problem(503)]}),
        lambda: httpx2.Response(200, json={"results": [GOOD]}),
        lambda: httpx2.Response(200, json={"judgements": []}),
        lambda: httpx2.Response(200, content=b"<html>"),
        lambda: httpx2.Response(404, json={"detail": "no"}),
        lambda: httpx2.Response(422, json={"detail": "no"}),
        lambda: httpx2.Response(429, json={"detail": "no"}),
        lambda: httpx2.Response(503, json={"detail": "no"}),
    ],
)
def test_every_other_answer_makes_the_deals_wait(response: Callable[[], httpx2.Response]) -> None:
    with pytest.raises(UnavailableError):
        ask(answering(response))
