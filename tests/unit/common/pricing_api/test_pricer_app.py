"""The shared pricing routes: what they accept, what they refuse and how they say so."""

import gc
import json
import time
from collections.abc import Iterator, Sequence

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from common.errors import ArtifactError, OverloadedError
from common.pricing import PriceRequest, PriceResponse
from common.pricing_api.pricer import Pricer, ThreadedPricer
from common.pricing_api.pricer_app import build_pricer_app
from common.settings import HttpSettings

JSON = {"content-type": "application/json"}


class LengthPricer:
    """Prices a product by the length of its text."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def price(self, requests: Sequence[PriceRequest]) -> list[PriceResponse]:
        self.texts += [request.text for request in requests]
        return [PriceResponse(price=len(r.text), low=1, high=10_000, model="length@1") for r in requests]


class BrokenPricer:
    """Raises what it is given."""

    def __init__(self, error: Exception) -> None:
        self.error, self.asked = error, 0

    def price(self, requests: Sequence[PriceRequest]) -> list[PriceResponse]:
        self.asked += 1
        if self.asked == 1:  # the trial at start goes well
            return [PriceResponse(price=1, low=1, high=1, model="broken@1") for _ in requests]
        raise self.error


def client_of(pricer: LengthPricer | BrokenPricer, **settings: object) -> TestClient:
    async def load(_: FastAPI) -> Pricer:
        return ThreadedPricer(pricer)

    app = build_pricer_app("length", load, HttpSettings.model_validate(settings))
    return TestClient(app, raise_server_exceptions=False)


def until_ready(client: TestClient) -> TestClient:
    for _ in range(500):
        if client.get("/readyz").status_code == 200:
            return client
        time.sleep(0.01)
    raise AssertionError("not ready within 5 s")


@pytest.fixture
def client() -> Iterator[TestClient]:
    with client_of(LengthPricer()) as client:
        yield until_ready(client)


def test_a_description_gets_a_price_with_an_interval(client: TestClient) -> None:
    answer = client.post("/price", json={"description": " four "})
    assert answer.status_code == 200
    expected = {"price": 4, "low": 1, "high": 10_000, "currency": "USD", "model": "length@1"}
    assert answer.json() == expected | {"estimates": [], "degraded": [], "similar": [], "known": True}


def test_the_title_stands_before_the_description_in_the_text() -> None:
    pricer = LengthPricer()
    with client_of(pricer) as client:
        until_ready(client).post("/price", json={"title": "Lamp", "description": "bright", "category": "Home"})
    assert pricer.texts[-1] == "Lamp\nbright"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"", 422, "body"),
        (b"{", 422, "body"),
        (b"\xff\xfe\x00\x01", 422, "body"),
        (b"[" * 50_000, 422, "body"),
        (b"[]", 422, "body"),
        (b"{}", 422, "description"),
        (b'{"description": ""}', 422, "description"),
        (b'{"description": "   "}', 422, "description"),
        (b'{"description": 12}', 422, "description"),
        (b'{"description": null}', 422, "description"),
        (b'{"description": ["a"]}', 422, "description"),
        (b'{"description": "\\ud800"}', 422, "description"),
        (json.dumps({"description": "x" * 10_001}).encode(), 422, "description"),
        (b'{"description": "a", "titel": "b"}', 422, "titel"),
        (b'{"description": "a", "title": {}}', 422, "title"),
        (b'{"description": "' + b"x" * 5_000_000 + b'"}', 413, "body"),
    ],
)
def test_bad_input_is_a_problem_that_names_the_field(client: TestClient, body: bytes, status: int, field: str) -> None:
    answer = client.post("/price", content=body, headers=JSON)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert "Traceback" not in answer.text


def test_another_content_type_is_refused(client: TestClient) -> None:
    answer = client.post("/price", content=b"description=lamp", headers={"content-type": "application/x-www-form-urlencoded"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (415, "Content-Type")


def test_a_body_without_a_length_is_still_bounded(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(1000):
            yield b"x" * 10_000

    assert client.post("/price", content=endless(), headers=JSON).status_code == 413


def test_a_bad_item_of_a_batch_does_not_cost_the_others(client: TestClient) -> None:
    items = [{"description": "one"}, {"description": ""}, {"description": "three"}]
    results = client.post("/price/batch", json={"items": items}).json()["results"]
    assert [result.get("price") for result in results] == [3, None, 5]
    assert results[1]["error"]["errors"][0]["field"] == "description"


@pytest.mark.parametrize("items", [[], [{"description": "x"}] * 1001, [1], None])
def test_a_batch_of_none_or_too_many_is_refused(client: TestClient, items: object) -> None:
    answer = client.post("/price/batch", json={"items": items})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith("items")


def test_unknown_paths_do_not_become_metric_labels(client: TestClient) -> None:
    client.get("/wp-login.php")
    client.post("/price", json={"description": "x"})
    exposition = client.get("/metrics").text
    assert "wp-login" not in exposition
    assert 'route="/price"' in exposition


def test_request_id_is_taken_over_and_a_bad_one_replaced(client: TestClient) -> None:
    assert client.get("/healthz", headers={"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert client.get("/healthz", headers={"x-request-id": "a b"}).headers["x-request-id"] != "a b"


def test_without_a_valid_key_nothing_is_priced_but_probes_answer() -> None:
    with client_of(LengthPricer(), api_keys="one, two") as client:
        until_ready(client)
        body = {"description": "x"}
        assert client.post("/price", json=body).status_code == 401
        assert client.post("/price", json=body, headers={"x-api-key": "three"}).status_code == 401
        assert client.post("/price", json=body, headers={"x-api-key": "two"}).status_code == 200


def test_an_unexpected_error_shows_no_trace() -> None:
    with client_of(BrokenPricer(RuntimeError("secret detail"))) as client:
        answer = until_ready(client).post("/price", json={"description": "x"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


def test_overload_says_when_to_come_back() -> None:
    with client_of(BrokenPricer(OverloadedError("busy"))) as client:
        answer = until_ready(client).post("/price", json={"description": "x"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")


def test_a_missing_artifact_keeps_the_service_up_and_not_ready() -> None:
    async def load(_: FastAPI) -> Pricer:
        raise ArtifactError("nothing here; make it with: uv run python -m training.length_train")

    with TestClient(build_pricer_app("length", load)) as client:
        for path, answer in (("/readyz", client.get("/readyz")), ("/price", client.post("/price", json={"description": "x"}))):
            assert answer.status_code == 503, path
        for _ in range(500):
            if "training.length_train" in (detail := client.get("/readyz").json()["detail"]):
                break
            time.sleep(0.01)
        assert "training.length_train" in detail
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("owns_process", [True, False])
def test_a_process_of_its_own_keeps_what_it_loaded_out_of_garbage_collection(owns_process: bool) -> None:
    client = client_of(LengthPricer())
    app = client.app
    assert isinstance(app, FastAPI)
    app.state.owns_process = owns_process
    before = gc.get_freeze_count()
    try:
        with client:
            until_ready(client)
            assert (gc.get_freeze_count() > before) is owns_process
    finally:
        gc.unfreeze()
