"""POST /judge and POST /judge/batch of the whole ensemble: what they answer, refuse and charge, and what works without a judge."""

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from common.http.api_keys import hashed_entry
from common.judging import EXAMPLE, MAX_REFERENCES, MAX_SEEN, JudgeBatchResponse, Judgement, JudgeRequest
from ensemble.judge.model import COMMAND
from tests.integration.ensemble.faulty_pricers import NAMES, Pricers
from tests.integration.ensemble.judge.conftest import ready, write_judge

DRILL = {"title": "Acme QX100 drill", "description": "Acme QX100 drill, 20 V"}
ELSEWHERE = {"kind": "next_best", "price": 80.0, "said_by": "editor"}
TOOL = {"X-API-Key": "the tool's"}


def item(price: object = 50.0, **offer: object) -> dict[str, Any]:
    return DRILL | {"offer": {"price": price, **offer}}


def judged(client: TestClient, body: dict[str, Any]) -> Judgement:
    answer = client.post("/judge", json=body)
    assert answer.status_code == 200, answer.text
    return Judgement.model_validate_json(answer.content)


def test_an_offer_is_judged_from_all_that_is_known_of_it(client: TestClient) -> None:
    references = [ELSEWHERE, {"kind": "list", "price": 400.0, "said_by": "seller"}]
    found = judged(client, item(references=references, seen=[{"price": 70.0, "days": 9}], retailer="Acme Store"))
    assert found.worth == pytest.approx(80, rel=0.02)
    assert found.low < found.worth < found.high
    assert found.chance > 0.95
    assert found.support > 0.95
    assert [each.kind for each in found.evidence] == ["asked_price", "estimate", "next_best", "list", "seen"]
    assert sum(each.weight for each in found.evidence) == pytest.approx(1, abs=0.001)
    assert found.list_price
    assert (found.list_price.price, found.list_price.verdict) == (400, "inflated")
    assert [each.pricer for each in found.answer.estimates] == list(NAMES)
    assert (found.margin, found.degraded, found.model.startswith("judge@")) == (0.25, [], True)


def test_the_margin_is_the_callers(client: TestClient) -> None:
    low, high = (judged(client, item(references=[ELSEWHERE]) | {"margin": margin}) for margin in (0.1, 1.0))
    assert (low.margin, high.margin) == (0.1, 1.0)
    assert low.chance > 0.95
    assert high.chance < 0.05


def test_a_pricer_that_is_away_is_named_and_the_others_are_heard(client: TestClient, pricers: Pricers) -> None:
    pricers.gone("specialist")
    found = judged(client, item(references=[ELSEWHERE]))
    assert found.degraded == ["specialist"]
    assert len(found.answer.estimates) == 2
    assert found.worth == pytest.approx(80, rel=0.02)


def test_without_any_pricer_nothing_is_judged(client: TestClient, pricers: Pricers) -> None:
    pricers.set_all("500")
    answer = client.post("/judge", json=item())
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.headers["retry-after"]


def test_a_bad_item_of_a_batch_does_not_cost_the_others(client: TestClient) -> None:
    items = [item(references=[ELSEWHERE]), item(-5), DRILL, item(references=[ELSEWHERE | {"price": 120.0}])]
    answer = client.post("/judge/batch", json={"items": items})
    assert answer.status_code == 200
    first, second, third, fourth = JudgeBatchResponse.model_validate_json(answer.content).results
    assert isinstance(first, Judgement)
    assert isinstance(fourth, Judgement)
    assert [first.worth, fourth.worth] == pytest.approx([80, 120], rel=0.02)
    refused = [each.error.errors[0].field for each in (second, third) if not isinstance(each, Judgement)]
    assert refused == ["offer.price", "offer"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (DRILL, "offer"),
        ({"offer": {"price": 5}}, "description"),
        (item(-1), "offer.price"),
        (item(0), "offer.price"),
        (item("a lot"), "offer.price"),
        (item(1e9), "offer.price"),
        (item(None), "offer.price"),
        (item(currency="EUR"), "offer.currency"),
        (item(condition="shiny"), "offer.condition"),
        (item(retailer="x" * 201), "offer.retailer"),
        (item(pirce=5), "offer.pirce"),
        (item(references=[ELSEWHERE | {"kind": "coupon"}]), "offer.references.0.kind"),
        (item(references=[ELSEWHERE, ELSEWHERE | {"price": -2}]), "offer.references.1.price"),
        (item(references=[ELSEWHERE] * (MAX_REFERENCES + 1)), "offer.references"),
        (item(seen=[{"price": 5, "days": 1}] * (MAX_SEEN + 1)), "offer.seen"),
        (item(seen=[{"price": 5, "days": -1}]), "offer.seen.0.days"),
        (item() | {"margin": -0.1}, "margin"),
        (item() | {"worth": 5}, "worth"),
    ],
)
def test_bad_input_is_a_problem_that_names_the_field(client: TestClient, body: dict[str, Any], field: str) -> None:
    answer = client.post("/judge", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_as_much_as_is_allowed_is_judged(client: TestClient) -> None:
    most = item(references=[ELSEWHERE] * MAX_REFERENCES, seen=[{"price": 70.0, "days": 9}] * MAX_SEEN)
    assert len(judged(client, most).evidence) == MAX_REFERENCES + 3


@pytest.mark.parametrize("items", [[], [item()] * 1001, [1], None])
def test_a_batch_of_none_or_too_many_is_refused(client: TestClient, items: object) -> None:
    answer = client.post("/judge/batch", json={"items": items})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith("items")


def test_a_batch_may_be_larger_than_one_offer(client: TestClient) -> None:
    """1,000 descriptions of 1,000 characters: past the bound of a single request."""
    long = [DRILL | {"description": "x" * 1_000, "offer": {"price": 50.0}}] * 1_000
    answer = client.post("/judge/batch", json={"items": long})
    assert (answer.status_code, len(answer.json()["results"])) == (200, 1_000)
    assert client.post("/judge", json=item() | {"description": "x" * 300_000}).status_code == 413


def test_without_a_judge_prices_are_still_told(pricers: Pricers, artifacts: Path) -> None:
    with ready() as client:
        for path, body in (("/judge", item()), ("/judge/batch", {"items": [item()]})):
            answer = client.post(path, json=body)
            assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
            assert COMMAND in answer.json()["detail"]
        assert client.post("/price", json=DRILL).status_code == 200
        write_judge(artifacts)
        assert client.post("/judge", json=item()).status_code == 200


@pytest.mark.parametrize("damage", [b"{}", b"not json"])
def test_a_damaged_judge_is_not_believed(pricers: Pricers, artifacts: Path, damage: bytes) -> None:
    write_judge(artifacts)
    (artifacts / "judge" / "judge.json").write_bytes(damage)
    with ready() as client:
        answer = client.post("/judge", json=item())
        assert (answer.status_code, COMMAND in answer.json()["detail"]) == (503, True)


@pytest.mark.parametrize("path", ["/judge", "/judge/batch"])
def test_nothing_is_judged_without_a_key(pricers: Pricers, artifacts: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", "secret")
    write_judge(artifacts)
    with ready() as client:
        body = {"items": [item()]} if path.endswith("batch") else item()
        for headers in ({}, {"X-API-Key": "a guess"}):
            answer = client.post(path, json=body, headers=headers)
            assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
        assert client.post(path, json=body, headers={"X-API-Key": "secret"}).status_code == 200


def test_a_batch_costs_as_much_as_its_items(pricers: Pricers, artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", hashed_entry("tool", "the tool's", "5/60"))
    write_judge(artifacts)
    with ready() as client:
        one = client.post("/judge", json=item(), headers=TOOL)
        assert (one.status_code, one.headers["ratelimit"].startswith('"prices";r=4;')) == (200, True)
        assert client.post("/judge/batch", json={"items": [item()] * 10}, headers=TOOL).status_code == 200
        answer = client.post("/judge", json=item(), headers=TOOL)
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 60


def test_a_repeated_batch_gets_the_stored_answer_and_costs_nothing_more(
    pricers: Pricers, artifacts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEYS", hashed_entry("tool", "the tool's", "9/60"))
    write_judge(artifacts)
    body, headers = {"items": [item(), item(-5), item(60.0)]}, TOOL | {"Idempotency-Key": '"a-batch"'}
    with ready() as client:
        first = client.post("/judge/batch", json=body, headers=headers)
        again = client.post("/judge/batch", json=body, headers=headers)
        assert (first.status_code, again.content) == (200, first.content)
        assert ("idempotent-replayed" in first.headers, again.headers["idempotent-replayed"]) == (False, "true")
        other = client.post("/judge/batch", json={"items": [item()]}, headers=headers)
        assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
        last = client.post("/judge", json=item(), headers=TOOL)  # after three units, and one each for two requests
        assert last.headers["ratelimit"].startswith('"prices";r=3;')


def test_a_batch_that_failed_may_be_repeated_under_its_key(pricers: Pricers, artifacts: Path) -> None:
    headers = {"Idempotency-Key": "k"}
    with ready() as client:
        assert client.post("/judge/batch", json={"items": [item()]}, headers=headers).status_code == 503
        write_judge(artifacts)
        assert client.post("/judge/batch", json={"items": [item()]}, headers=headers).status_code == 200


def test_the_documentation_shows_an_offer_that_can_be_sent_as_it_stands(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert schemas["JudgeRequest"]["examples"] == [EXAMPLE]
    assert schemas["JudgeBatchRequest"]["examples"] == [{"items": [EXAMPLE]}]
    assert JudgeRequest.model_validate(EXAMPLE).offer.references
    for path in ("/judge", "/judge/batch"):
        responses = document["paths"][path]["post"]["responses"]
        assert {"200", "401", "413", "422", "429", "503"} <= set(responses)
    assert "409" in document["paths"]["/judge/batch"]["post"]["responses"]
    assert judged(client, EXAMPLE).list_price
