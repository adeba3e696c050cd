"""The scanner's readers over a real OpenAI-compatible process on loopback, strict about OpenAI's schema, that misbehaves."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from common.judging import Reference
from scanner.app import Fakes, create_app
from scanner.chat_model import ChatModel, open_client
from scanner.prices.llm_extractor import ChatExtractor
from scanner.prices.rule_extractor import Extraction
from scanner.references.chat_reader import ChatReferenceReader
from scanner.references.offer import Offer
from scanner.references.reader import ReferenceReader
from scanner.settings import Settings
from tests.integration.openai_peer import plain_faults
from tests.integration.openai_processes import OpenAIProcess, openai_process
from tests.integration.scanner.conftest import scan
from tests.unit.scanner.fakes import FakeJudge, FakeSource, FakeStream, item_of_today, rss
from tests.waiting import until_ready

OFFER = Offer("Acme Lamp for $100", "It was $175. My uncle saw it for 150 dollars.", 100.0)
NEARBY = {"kind": "next_best", "relation": "is", "amount": 150.0, "words": "My uncle saw it for 150 dollars"}


@pytest.fixture(scope="module")
def peer() -> Iterator[OpenAIProcess]:
    with openai_process() as running:
        yield running


def read(peer: OpenAIProcess) -> tuple[Reference, ...]:
    async def run() -> tuple[Reference, ...]:
        model = ChatModel(open_client("", peer.url), "test", deadline=3.0)
        try:
            return await ReferenceReader(ChatReferenceReader(model)).read(OFFER)
        finally:
            await model.aclose()

    return asyncio.run(run())


def price(peer: OpenAIProcess) -> Extraction | None:
    async def run() -> Extraction | None:
        model = ChatModel(open_client("", peer.url), "test", deadline=3.0)
        try:
            return await ChatExtractor(model).extract(OFFER.title, OFFER.text, "USD")
        finally:
            await model.aclose()

    return asyncio.run(run())


def test_a_borne_out_answer_is_taken(peer: OpenAIProcess) -> None:
    peer.tell(content=json.dumps({"references": [NEARBY]}))
    assert [(each.kind, each.price) for each in read(peer)] == [("next_best", 150.0)]


def test_an_invented_amount_leaves_the_deal_to_the_rules(peer: OpenAIProcess) -> None:
    peer.tell(content=json.dumps({"references": [NEARBY | {"amount": 900.0}]}))
    assert [(each.kind, each.price) for each in read(peer)] == [("was", 175.0)]


def test_a_price_is_read_through_the_same_model(peer: OpenAIProcess) -> None:
    peer.tell(content=json.dumps({"price": 100.0, "list_price": 175.0, "kind": "priced", "condition": "new"}))
    found = price(peer)
    assert found is not None
    assert (found.price, found.list_price, found.price_source) == (100.0, 175.0, "model")


@pytest.mark.parametrize("fault", [*plain_faults(), "hang before headers", "hang in the body", "endless", "broken off"])
def test_whatever_else_it_answers_the_rules_read(peer: OpenAIProcess, fault: str) -> None:
    peer.tell(content="{}", faults=[fault, fault])
    assert [(each.kind, each.price) for each in read(peer)] == [("was", 175.0)]


def test_the_service_asks_one_model_for_prices_and_references(peer: OpenAIProcess, tmp_path: Path) -> None:
    peer.tell(content=json.dumps({"references": [NEARBY]}))  # no answer about prices, so that the rules read those
    address = "https://a.example/rss"
    source = FakeSource({address: rss(item_of_today("Acme Lamp for $100", text=OFFER.text))})
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'scanner.sqlite3'}",
        feeds=address,
        interval=0,
        openai_base_url=peer.url,
        openai_model="test",
    )
    with TestClient(create_app(Fakes(source, FakeJudge(), FakeStream()), settings)) as client:
        until_ready(client)
        scan(client)
        (deal,) = client.get("/deals").json()["items"]
    assert (deal["price"], deal["price_source"]) == (100.0, "rules")
    assert [(each["kind"], each["price"], each["words"]) for each in deal["references"]] == [("next_best", 150.0, NEARBY["words"])]
    names = [set(asked["response_format"]["json_schema"]["schema"]["properties"]) for asked in peer.seen()["asked"]]
    assert names == [{"price", "list_price", "kind", "condition"}, {"references"}]
