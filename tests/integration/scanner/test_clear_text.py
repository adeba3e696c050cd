"""The workflow with a chat model: the clearest deals of a batch are written anew, over a real OpenAI-compatible process."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from scanner.app import Fakes, create_app
from scanner.chat_model import ChatModel, open_client
from scanner.judging.clear_text import ChatRewriter
from scanner.settings import Settings
from tests.integration.openai_processes import OpenAIProcess, openai_process
from tests.integration.scanner.conftest import scan
from tests.unit.scanner.fakes import FakeJudge, FakeSource, FakeStream, item_of_today, rss, stored
from tests.waiting import until_ready

DEALS = [
    stored(id=1, title="Acme Drill for $60", description="The drill has two gears and a metal chuck. It is $350 off.", price=60.0),
    stored(id=2, title="Acme Saw for $50", description="A quiet saw with a long blade.", price=50.0),
]
DRILL = {"id": 1, "price": 60.0, "description": "A drill with two gears and a metal chuck."}


@pytest.fixture(scope="module")
def peer() -> Iterator[OpenAIProcess]:
    with openai_process() as running:
        yield running


def rewritten(peer: OpenAIProcess, times: int = 1) -> Mapping[int, str]:
    async def run() -> Mapping[int, str]:
        model = ChatModel(open_client("", peer.url), "test", deadline=3.0)
        rewriter, found = ChatRewriter(model), dict[int, str]()
        for _ in range(times):
            found = dict(await rewriter.rewrite(DEALS))
        await model.aclose()
        return found

    return asyncio.run(run())


def test_the_clearest_are_written_anew_and_asked_for_once_while_the_batch_waits(peer: OpenAIProcess) -> None:
    peer.tell(content=json.dumps({"deals": [DRILL]}))
    assert rewritten(peer, times=3) == {1: DRILL["description"]}
    (asked,) = peer.seen()["asked"]
    assert "Acme Saw" in asked["messages"][1]["content"]


def test_with_the_workflow_a_scan_has_the_new_words_judged(tmp_path: Path, peer: OpenAIProcess) -> None:
    peer.tell(content=json.dumps({"deals": [DRILL]}))
    judge, url = FakeJudge(), "https://a.example/rss"
    source = FakeSource({url: rss(item_of_today(DEALS[0].title, price="60.00", text=DEALS[0].description))})
    place = {"database_url": f"sqlite:///{tmp_path / 'scanner.sqlite3'}", "feeds": url, "interval": 0, "baseline": "recent"}
    settings = Settings.model_validate({**place, "openai_base_url": peer.url, "openai_model": "test", "planner": "workflow"})
    with TestClient(create_app(Fakes(source, judge, FakeStream()), settings)) as client:
        until_ready(client)
        assert scan(client)["alerts"] == 1
    assert [request.description for requests in judge.calls for request in requests] == [DRILL["description"]]


def test_an_amount_off_is_no_price_and_leaves_the_deal_as_it_is(peer: OpenAIProcess) -> None:
    peer.tell(content=json.dumps({"deals": [DRILL | {"price": 350.0}]}))
    assert rewritten(peer) == {}


@pytest.mark.parametrize("fault", ["500", "html", "truncated", "no choice", "odd message", "hang before headers", "endless"])
def test_whatever_goes_wrong_deals_keep_their_words(peer: OpenAIProcess, fault: str) -> None:
    peer.tell(faults=[fault] * 5)
    assert rewritten(peer) == {}
