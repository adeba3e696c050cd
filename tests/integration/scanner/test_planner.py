"""The planner over a real OpenAI-compatible process that is strict about OpenAI's schema, and misbehaves."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from scanner.app import Fakes, create_app
from scanner.settings import Settings
from tests.integration.openai_processes import OpenAIProcess, openai_process
from tests.integration.scanner.conftest import scan
from tests.unit.scanner.fakes import FakeJudge, FakeSource, FakeStream, item_of_today, rss
from tests.waiting import until, until_ready

A = "https://a.example/rss"
ITEMS = rss(item_of_today("Acme Drill for $60", price="60.00"), item_of_today("Acme Saw for $50", number=2, price="50.00"))


@pytest.fixture(scope="module")
def peer() -> Iterator[OpenAIProcess]:
    with openai_process() as running:
        yield running


def planned(folder: Path, peer: OpenAIProcess) -> tuple[list[str], list[dict[str, Any]]]:
    """One scan with a planner: the titles that were pushed, and the plans that were kept."""
    stream = FakeStream()
    place = {"database_url": f"sqlite:///{folder / 'scanner.sqlite3'}", "feeds": A, "interval": 0, "baseline": "recent"}
    settings = Settings.model_validate({**place, "openai_base_url": peer.url, "openai_model": "test", "planner": "autonomous"})
    with TestClient(create_app(Fakes(FakeSource({A: ITEMS}), FakeJudge(), stream), settings)) as client:
        until_ready(client)
        alerts = scan(client)["alerts"]
        until(lambda: len(stream.rows) == alerts)
        return [json.loads(row.body)["deal"]["title"] for row in stream.rows], client.get("/plans").json()["items"]


def calls(name: str, **arguments: object) -> dict[str, str]:
    return {"name": name, "arguments": json.dumps(arguments)}


def test_a_model_chooses_with_tools_and_its_steps_can_be_read(tmp_path: Path, peer: OpenAIProcess) -> None:
    turns = [[calls("scan")], [calls("judge", deal=1), calls("judge", deal=2)], [calls("notify", deal=1, reason="It saves.")]]
    peer.tell(turns=turns)
    pushed, (plan,) = planned(tmp_path, peer)
    assert pushed == ["Acme Drill for $60"]
    assert (plan["ending"], plan["chosen"]) == ("done", 1)
    assert [step["tool"] for step in plan["steps"]] == ["scan", "judge", "judge", "notify"]
    assert plan["tokens"] == 4 * 310


def test_a_model_that_calls_what_there_is_not_pushes_nothing(tmp_path: Path, peer: OpenAIProcess) -> None:
    peer.tell(turns=[[calls("buy", deal=1)], [calls("notify", deal=77, reason="x")]])
    pushed, (plan,) = planned(tmp_path, peer)
    assert (pushed, plan["ending"]) == ([], "done")


def test_a_model_that_never_ends_is_ended(tmp_path: Path, peer: OpenAIProcess) -> None:
    peer.tell(turns=[[calls("scan")]] * 50)
    _, (plan,) = planned(tmp_path, peer)
    assert plan["ending"] in ("steps", "tokens")
    assert plan["tokens"] <= Settings().bounds.tokens


@pytest.mark.parametrize("fault", ["no choice", "500", "401", "html", "truncated", "calls of nothing", "deep", "odd choices"])
def test_a_model_that_fails_leaves_it_to_the_policy(tmp_path: Path, peer: OpenAIProcess, fault: str) -> None:
    peer.tell(faults=[fault] * 20)
    pushed, (plan,) = planned(tmp_path, peer)
    assert sorted(pushed) == ["Acme Drill for $60", "Acme Saw for $50"]
    assert plan["ending"] == "failed"


@pytest.mark.parametrize("planner", ["workflow", "autonomous"])
def test_the_planner_needs_a_model(planner: str) -> None:
    with pytest.raises(ValueError, match=f"PLANNER={planner} needs a chat model"):
        Settings.model_validate({"PLANNER": planner})
