"""Keys, quotas, idempotent batches and streams are the same on the ensemble and the three pricers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from common.http.api_keys import hashed_entry
from tests.contract.speakers import SPEAKERS, speaking

BATCH = {"items": [{"description": "abc"}, {"description": ""}, {"description": "abcde"}]}
SHOP, TOOL = {"X-API-Key": "the shop's"}, {"X-API-Key": "the tool's"}
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture(params=SPEAKERS)
def module(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(module: str) -> Iterator[TestClient]:
    with speaking(module) as client:
        yield client


@pytest.fixture
def guarded(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """Two hashed keys in a file, the tool's with a quota of five a minute, and a plain one."""
    path = tmp_path / "keys"
    path.write_text("\n".join([hashed_entry("shop", "the shop's"), hashed_entry("tool", "the tool's", "5/60")]))
    monkeypatch.setenv("API_KEYS_FILE", str(path))
    monkeypatch.setenv("API_KEYS", "plain")
    with speaking(module) as client:
        yield client


def price(client: TestClient, headers: dict[str, str]) -> Any:
    return client.post("/price", json={"description": "abc"}, headers=headers)


def lines(answer: Any) -> list[dict[str, Any]]:
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_hashed_and_plain_keys_open_and_hashes_do_not(guarded: TestClient) -> None:
    assert [price(guarded, each).status_code for each in (SHOP, TOOL, {"X-API-Key": "plain"})] == [200, 200, 200]
    stolen = hashed_entry("shop", "the shop's").partition(":")[2]
    for headers in ({}, {"X-API-Key": "wrong"}, {"X-API-Key": stolen}, {"X-API-Key": ""}):
        answer = price(guarded, headers)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


@pytest.mark.parametrize("path", ["/price/batch", "/price/stream", "/v2/models/x/infer"])
def test_no_way_of_pricing_is_open_without_a_key(guarded: TestClient, path: str) -> None:
    assert guarded.post(path, json={}).status_code == 401


def test_a_quota_is_told_and_kept_and_says_when_to_come_back(guarded: TestClient) -> None:
    answers = [price(guarded, TOOL) for _ in range(6)]
    assert [each.status_code for each in answers] == [200] * 5 + [429]
    assert answers[0].headers["ratelimit-policy"] == '"prices";q=5;w=60'
    assert answers[0].headers["ratelimit"].startswith('"prices";r=4;t=')
    assert 1 <= int(answers[5].headers["retry-after"]) <= 12
    assert answers[5].json()["type"].endswith("#quota-exceeded")
    assert [price(guarded, SHOP).status_code for _ in range(8)] == [200] * 8


def test_a_batch_costs_as_much_as_its_items(guarded: TestClient) -> None:
    three, ten = ({"items": [{"description": "x"}] * items} for items in (3, 10))
    answers = [guarded.post("/price/batch", json=body, headers=TOOL) for body in (three, ten)]
    assert [each.status_code for each in answers] == [200, 200]
    told = [each.headers["ratelimit"].partition(";t=") for each in answers]
    assert [left for left, _, _ in told] == ['"prices";r=2', '"prices";r=0']
    assert 34 <= int(told[0][2]) <= 36  # until three units of 12 s are back
    assert 106 <= int(told[1][2]) <= 108  # until one is free: 13 were asked for, and five at once are free to ask for
    answer = price(guarded, TOOL)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 60


def test_metrics_name_callers_and_never_their_keys(guarded: TestClient) -> None:
    for headers in (SHOP, TOOL, {"X-API-Key": "a guess"}):
        price(guarded, headers)
    text = guarded.get("/metrics", headers=SHOP).text
    assert 'api_key_requests_total{key="shop",outcome="admitted"} 1.0' in text
    assert 'api_key_requests_total{key="none",outcome="refused"} 1.0' in text
    assert 'api_key_items_total{key="shop"} 1.0' in text
    guarded.post("/price/batch", json=BATCH, headers=SHOP)
    assert 'api_key_items_total{key="shop"} 4.0' in guarded.get("/metrics", headers=SHOP).text
    for secret in ("the shop's", "plain", "a guess", hashed_entry("x", "the shop's")[9:17]):
        assert secret not in text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"X-API-Key": "wrong"}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Basic plain"}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"X-API-Key": "plain"}, 200),
        ({"Authorization": "Bearer plain"}, 200),
        ({"Authorization": "bearer the shop's"}, 200),
    ],
)
def test_metrics_are_open_to_a_key_alone_where_some_are_set(guarded: TestClient, headers: dict[str, str], status: int) -> None:
    answer = guarded.get("/metrics", headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith('Bearer realm="pricing-agent"')
    assert [guarded.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]


@pytest.mark.parametrize("entry", ["scraper", hashed_entry("x", "scraper").partition(":")[2]])
@pytest.mark.parametrize("keys", ["", "plain"])
def test_the_key_of_metrics_opens_them_and_nothing_else(
    module: str, entry: str, keys: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICS_KEY", entry)
    monkeypatch.setenv("API_KEYS", keys)
    with speaking(module) as client:
        shown = ({}, {"X-API-Key": "scraper"}, {"Authorization": "Bearer scraper"})
        assert [client.get("/metrics", headers=each).status_code for each in shown] == [401, 200, 200]
        assert [price(client, each).status_code for each in shown] == [401 if keys else 200] * 3


def test_a_repeated_batch_gets_the_stored_answer_and_another_body_is_refused(client: TestClient) -> None:
    headers = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}
    first = client.post("/price/batch", json=BATCH, headers=headers)
    again = client.post("/price/batch", json=BATCH, headers=headers)
    assert (first.status_code, again.content) == (200, first.content)
    assert ("idempotent-replayed" in first.headers, again.headers["idempotent-replayed"]) == (False, "true")
    other = client.post("/price/batch", json={"items": BATCH["items"][:1]}, headers=headers)
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert client.post("/price/batch", json=BATCH, headers={"Idempotency-Key": '"'}).status_code == 422


def test_callers_do_not_see_each_others_answers(guarded: TestClient) -> None:
    key = {"Idempotency-Key": "same"}
    assert guarded.post("/price/batch", json=BATCH, headers=SHOP | key).status_code == 200
    other = guarded.post("/price/batch", json={"items": BATCH["items"][:1]}, headers=TOOL | key)
    assert (other.status_code, len(other.json()["results"])) == (200, 1)


def test_a_refused_batch_can_be_repeated_under_its_key(client: TestClient) -> None:
    key = {"Idempotency-Key": "k"}
    assert client.post("/price/batch", json={"items": []}, headers=key).status_code == 422
    assert client.post("/price/batch", json=BATCH, headers=key).status_code == 200


def test_a_stream_answers_every_line_in_order(client: TestClient) -> None:
    body = "\n".join(json.dumps({"description": "x" * (1 + n % 100)}) for n in range(1234))
    found = lines(client.post("/price/stream", content=body, headers=NDJSON))
    assert [(each["index"], each["price"]) for each in found] == [(n, 1 + n % 100) for n in range(1234)]
    assert list(found[0]) == ["index", "price", "low", "high", "currency", "model", "estimates", "degraded", "similar", "known"]


def test_a_bad_line_is_an_error_line_and_not_the_end(client: TestClient) -> None:
    long = json.dumps({"description": "x" * 300_000})
    rows = [
        '{"description": "a"}',
        "not json",
        "[]",
        '{"description": ""}',
        "",
        '{"titel": "b"}',
        "\xff",
        long,
        '{"description": "bb"}',
    ]
    found = lines(client.post("/price/stream", content="\n".join(rows).encode("latin-1"), headers=NDJSON))
    assert [each["index"] for each in found] == list(range(8))
    assert [each.get("price") for each in found] == [1, None, None, None, None, None, None, 2]
    assert [each["error"]["status"] for each in found[1:7]] == [422] * 5 + [413]
    assert [each["error"].get("errors", [{}])[0].get("field") for each in found[3:5]] == ["description", "description"]


def test_an_empty_stream_has_an_empty_answer(client: TestClient) -> None:
    assert lines(client.post("/price/stream", content=b"\n\n", headers=NDJSON)) == []


def test_a_stream_of_another_type_is_refused(client: TestClient) -> None:
    answer = client.post("/price/stream", json={"description": "x"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (415, "Content-Type")


def test_the_ways_in_are_documented(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/price", "/price/batch", "/price/stream", "/v2", "/v2/models/{name}/infer"} <= set(paths)
    assert "application/x-ndjson" in paths["/price/stream"]["post"]["requestBody"]["content"]
