"""The service has pushes worded by an OpenAI-compatible process that also misbehaves: no push is lost, late or untrue by it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from common.deals import Opportunity
from scanner.app import Fakes, create_app
from scanner.settings import Settings
from tests.integration.openai_processes import OpenAIProcess, openai_process
from tests.integration.scanner.conftest import scan
from tests.unit.scanner.fakes import FakeJudge, FakeSource, FakeStream, item_of_today, rss
from tests.waiting import until, until_ready

A = "https://a.example/rss"
TRUE = "Acme QX100 Drill for $60, worth about $200: saves about $140."


@pytest.fixture(scope="module")
def peer() -> Iterator[OpenAIProcess]:
    with openai_process() as running:
        yield running


def told(peer: OpenAIProcess, folder: Path, *items: str, **values: object) -> list[Opportunity]:
    """What is published of these."""
    stream = FakeStream()
    place = {"database_url": f"sqlite:///{folder / 'scanner.sqlite3'}", "feeds": A, "interval": 0, "baseline": "recent"}
    given = place | {"wording": "chat"} | values
    settings = Settings.model_validate({"openai_base_url": peer.url, "openai_model": "test"} | given)
    fakes = Fakes(FakeSource({A: rss(*items)}), FakeJudge(), stream)
    with TestClient(create_app(fakes, settings)) as client:
        until_ready(client)
        found = scan(client)
        until(lambda: len(stream.rows) == found["alerts"])
    return [Opportunity.model_validate_json(row.body) for row in stream.rows]


DRILL = item_of_today("Acme QX100 Drill for $60")


def test_a_push_has_the_models_words_where_these_are_true(peer: OpenAIProcess, tmp_path: Path) -> None:
    peer.tell(content=json.dumps({"text": TRUE}))
    (push,) = told(peer, tmp_path, DRILL)
    assert (push.wording, push.deal.price, push.estimate) == (TRUE, 60.0, 200.0)


@pytest.mark.parametrize("text", ["Acme QX100 Drill for $6, worth about $200.", f"{TRUE} https://evil.example", ""])
def test_what_is_not_true_or_no_plain_text_is_not_said(peer: OpenAIProcess, tmp_path: Path, text: str) -> None:
    peer.tell(content=json.dumps({"text": text}))
    (push,) = told(peer, tmp_path, DRILL)
    assert push.wording is None


def test_without_the_setting_nobody_is_asked_for_words(peer: OpenAIProcess, tmp_path: Path) -> None:
    peer.tell(content=json.dumps({"text": TRUE}))
    (push,) = told(peer, tmp_path, DRILL, wording="plain")
    assert push.wording is None
    forms = [set(asked["response_format"]["json_schema"]["schema"]["properties"]) for asked in peer.seen()["asked"]]
    assert {"text"} not in forms


def test_what_goes_out_in_a_digest_is_not_worded(peer: OpenAIProcess, tmp_path: Path) -> None:
    peer.tell(content=json.dumps({"text": TRUE}))
    pushes = told(peer, tmp_path, DRILL, item_of_today("Acme QX200 Saw for $80", number=2), max_alerts=1)
    assert [(each.digest, each.wording) for each in sorted(pushes, key=lambda each: each.digest)] == [(False, TRUE), (True, None)]


@pytest.mark.parametrize("fault", ["500", "truncated", "refusal", "no choice"])
def test_whatever_it_answers_the_push_goes_out(peer: OpenAIProcess, tmp_path: Path, fault: str) -> None:
    peer.tell(content=json.dumps({"text": TRUE}), faults=[fault] * 8)
    (push,) = told(peer, tmp_path, DRILL)
    assert push.wording in (None, TRUE)


def test_a_model_that_hangs_delays_a_push_by_seconds_at_most(peer: OpenAIProcess, tmp_path: Path) -> None:
    peer.tell(content=json.dumps({"text": TRUE}), faults=["500", "500", "500", "500", "hang before headers", "hang before headers"])
    start = time.monotonic()
    (push,) = told(peer, tmp_path, DRILL)
    assert push.wording is None
    assert time.monotonic() - start < 50
