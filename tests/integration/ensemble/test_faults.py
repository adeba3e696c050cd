"""The whole ensemble over HTTP while its pricers fail in every way: never a wrong price, never a long wait, and back by itself."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from common.artifact import read_artifact
from common.pricing import PriceRequest
from common.settings import artifacts_dir
from ensemble.app import create_app
from ensemble.combine import COMMAND, FORMAT_VERSION, Weights, load_weights
from tests.integration.ensemble.faulty_pricers import BROKEN, NAMES, NONSENSE, PRICES, Pricers, three_pricers
from tests.waiting import until, until_ready

numbers = itertools.count()


@pytest.fixture(scope="module")
def weights() -> Weights:
    artifact = read_artifact(artifacts_dir() / "ensemble", format_version=FORMAT_VERSION, command=COMMAND)
    return load_weights(artifact.folder)


@pytest.fixture
def pricers() -> Iterator[Pricers]:
    with three_pricers() as pricers:
        yield pricers


@pytest.fixture
def client(pricers: Pricers, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    for name in NAMES:
        monkeypatch.setenv(f"{name.upper().replace('-', '_')}_URL", pricers[name].url)
    monkeypatch.setenv("ENSEMBLE_TIMEOUT", "2.0")  # those that answer do within it, also on a busy machine
    monkeypatch.setenv("ENSEMBLE_BATCH_TIMEOUT_PER_ITEM", "0.01")
    with TestClient(create_app()) as client:
        until_ready(client)
        yield client


def text() -> str:
    """A description that no cache has seen."""
    return f"A lamp, number {next(numbers)}"


def price(client: TestClient) -> dict[str, Any]:
    answer = client.post("/price", json={"description": text()})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def batch(client: TestClient, items: int = 5) -> list[dict[str, Any]]:
    answer = client.post("/price/batch", json={"items": [{"description": text()} for _ in range(items)]})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def expected(weights: Weights, *names: str) -> float:
    """What the trained weights make of these pricers' estimates."""
    intervals = {name: (PRICES[name] / 2, PRICES[name] * 2) for name in names}
    group = weights.category_words.group_of(PriceRequest(description=text()), known=True)
    return round(weights.combine({name: PRICES[name] for name in names}, group, intervals).price, 2)


def others(name: str) -> list[str]:
    return [other for other in NAMES if other != name]


def metric(client: TestClient, name: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def test_with_all_three_nothing_is_degraded(client: TestClient, weights: Weights) -> None:
    answer = price(client)
    assert (answer["price"], answer["degraded"]) == (expected(weights, *NAMES), [])
    assert [each["price"] for each in batch(client, 150)] == [expected(weights, *NAMES)] * 150


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", [*NONSENSE, *BROKEN])
def test_a_pricer_that_fails_is_left_out_and_the_price_is_that_of_the_others(
    client: TestClient, pricers: Pricers, weights: Weights, name: str, mode: str
) -> None:
    pricers[name].mode = mode
    for answer in (price(client), *batch(client)):
        assert answer["degraded"] == [name]
        assert answer["price"] == expected(weights, *others(name))
        assert [each["pricer"] for each in answer["estimates"]] == others(name)
    assert metric(client, f'ensemble_pricer_errors_total{{pricer="{name}"') > 0


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_pricer_is_left_out_and_contributes_again_when_it_is_back(
    client: TestClient, pricers: Pricers, weights: Weights, name: str
) -> None:
    price(client)
    pricers.gone(name)
    for _ in range(5):
        answer = price(client)
        assert (answer["degraded"], answer["price"]) == ([name], expected(weights, *others(name)))
    assert metric(client, f'ensemble_pricer_breaker_state{{pricer="{name}"') == 2.0
    pricers.back(name)
    until(lambda: price(client)["degraded"] == [])
    assert metric(client, f'ensemble_pricer_breaker_state{{pricer="{name}"') == 0.0


def test_a_hung_pricer_delays_a_few_answers_and_then_none(client: TestClient, pricers: Pricers) -> None:
    pricers["specialist"].mode = "hangs"
    for _ in range(3):
        price(client)
    asked = pricers["specialist"].calls
    for _ in range(20):
        assert price(client)["degraded"] == ["specialist"]
    assert pricers["specialist"].calls == asked, "its breaker is open, and its /readyz hangs too"
    pricers["specialist"].mode = "ok"
    until(lambda: price(client)["degraded"] == [])


def test_a_slow_pricer_still_contributes(client: TestClient, pricers: Pricers) -> None:
    pricers["frontier-rag"].mode = "slow"
    assert price(client)["degraded"] == []


@pytest.mark.parametrize("mode", ["hangs", "500", "NaN", "hangs up"])
def test_without_any_pricer_the_answer_is_a_problem_that_says_when_to_come_back(
    client: TestClient, pricers: Pricers, mode: str
) -> None:
    pricers.set_all(mode)
    for path, body in (("/price", {"description": text()}), ("/price/batch", {"items": [{"description": text()}] * 3})):
        answer = client.post(path, json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert int(answer.headers["Retry-After"]) >= 1
    pricers.set_all("ok")
    until(lambda: client.post("/price", json={"description": text()}).status_code == 200)
    until(lambda: price(client)["degraded"] == [])


def test_two_pricers_gone_leave_the_third(client: TestClient, pricers: Pricers, weights: Weights) -> None:
    pricers.gone("specialist")
    pricers["frontier-rag"].mode = "HTML"
    answer = price(client)
    assert answer["degraded"] == ["specialist", "frontier-rag"]
    assert answer["price"] == expected(weights, "random-forest")


def test_the_callers_deadline_bounds_the_wait_and_blames_no_pricer(client: TestClient, pricers: Pricers) -> None:
    pricers["specialist"].mode = "slow"
    for _ in range(5):
        answer = client.post("/price", json={"description": text()}, headers={"X-Deadline-Ms": "200"})
        assert answer.json()["degraded"] == ["specialist"]
    assert metric(client, 'ensemble_pricer_breaker_state{pricer="specialist"') == 0.0
    assert price(client)["degraded"] == []


def test_a_pricer_that_fails_in_the_middle_of_a_batch_costs_what_it_did_not_answer(
    client: TestClient, pricers: Pricers, weights: Weights
) -> None:
    pricers["random-forest"].mode = "wrong length"
    results = batch(client, 200)
    assert {each["price"] for each in results} == {expected(weights, *others("random-forest"))}


def test_what_was_answered_by_all_is_answered_from_memory_while_they_are_gone(client: TestClient, pricers: Pricers) -> None:
    body = {"description": text()}
    first = client.post("/price", json=body).json()
    pricers.set_all("500")
    assert client.post("/price", json=body).json() == first
    assert metric(client, 'ensemble_cache_lookups_total{result="hit"') == 1.0
