"""The shared pricing routes: what they accept, what they refuse and how they say so."""

import asyncio
import gc
import json
import shutil
import time
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from common.artifact import write_meta
from common.errors import ArtifactError, OverloadedError
from common.pricing import ItemError, PriceRequest, PriceResponse
from common.pricing_api.pricer import Pricer, ThreadedPricer
from common.pricing_api.pricer_app import build_pricer_app
from common.problem import problem
from common.settings import HttpSettings
from tests.waiting import until_ready

JSON = {"content-type": "application/json"}


class LengthPricer:
    """Prices a product by the length of its text."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.model = "length@1"

    def price(self, requests: Sequence[PriceRequest]) -> list[PriceResponse]:
        self.texts += [request.text for request in requests]
        return [PriceResponse(price=len(r.text), low=1, high=10_000, model=self.model) for r in requests]


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


def test_what_is_held_is_not_deleted_by_what_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a candidate's version, which may be promoted, however many others are fetched meanwhile."""
    name, registry = "random-forest", tmp_path / "registry"
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("MODEL_REGISTRY", str(registry))
    outside = build_pricer_app(name, lambda _: pytest.fail("nothing is loaded")).state.models.outside
    held = outside.store.keep(name, made(tmp_path / "candidate", 0))

    async def fetch_others() -> None:
        for number in range(1, 6):
            version = json.loads((made(tmp_path / "made", number) / "meta.json").read_text())["version"]
            shutil.copytree(tmp_path / "made", registry / name / version)
            await outside.pull(name, version)

    with outside.store.holding(name, held):
        asyncio.run(fetch_others())
        assert held in outside.store.versions(name)


@pytest.mark.parametrize(("status", "is_replayed"), [(503, False), (429, False), (422, True)])
def test_an_item_that_another_try_may_price_is_priced_when_the_batch_is_repeated(status: int, is_replayed: bool) -> None:
    class OnceBusy(LengthPricer):
        def price(self, requests: Sequence[PriceRequest]) -> list[PriceResponse]:
            answers = super().price(requests)
            is_first = len(requests) > 1 and self.texts.count("later") == 1
            return [ItemError(error=problem(status, "no")) if is_first else answers[0], *answers[1:]]  # type: ignore[list-item]

    with client_of(OnceBusy()) as client:
        body, key = {"items": [{"description": "later"}, {"description": "now"}]}, {"Idempotency-Key": "k"}
        first, again = (until_ready(client).post("/price/batch", json=body, headers=key) for _ in range(2))
    assert first.json()["results"][0]["error"]["status"] == status
    assert ("error" in again.json()["results"][0], "idempotent-replayed" in again.headers) == (is_replayed, is_replayed)


def made(folder: Path, number: int) -> Path:
    """An artifact of one file."""
    folder.mkdir(exist_ok=True)
    (folder / "number.txt").write_text(str(number))
    write_meta(folder, format_version=1, command="make", files=["number.txt"])
    return folder


def test_the_first_pricer_too_is_freed_once_another_took_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, folder, loaded = "random-forest", tmp_path / "artifacts" / "random-forest", list[weakref.ref[LengthPricer]]()
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "artifacts"))
    folder.parent.mkdir()
    made(folder, 1)

    async def load(_: FastAPI) -> Pricer:
        pricer = LengthPricer()
        loaded.append(weakref.ref(pricer))
        return ThreadedPricer(pricer)

    app = build_pricer_app(name, load)
    app.state.models.service = replace(app.state.models.service, linger=0.0)
    with TestClient(app) as client:
        until_ready(client)
        for number in (2, 3):
            made(folder, number)
            assert client.post("/models/reload", json={}).json()["outcome"] == "taken"
        until = time.monotonic() + 10
        while [each() for each in loaded[:2]] != [None, None] and time.monotonic() < until:
            client.get("/healthz")
            gc.collect()
        assert [each() is None for each in loaded] == [True, True, False]


def test_an_inference_is_told_by_the_version_that_made_it() -> None:
    pricer = LengthPricer()
    with client_of(pricer) as client:
        until_ready(client)
        pricer.model = "length@2"  # as of a batch that was begun on another version than the one in use now
        inputs = [{"name": "description", "shape": [1], "datatype": "BYTES", "data": ["abc"]}]
        assert client.post("/v2/models/length/infer", json={"inputs": inputs}).json()["model_version"] == "2"
        answer = client.post("/v2/models/length/versions/1/infer", json={"inputs": inputs})
        assert (answer.status_code, list(answer.json())) == (404, ["error"])


def test_pricers_see_composed_letters_however_they_were_sent() -> None:
    pricer = LengthPricer()
    with client_of(pricer) as client:
        until_ready(client).post("/price", json={"title": "Poke\u0301mon", "description": "a u\u0308ber box"})
    assert pricer.texts[-1] == "Pok\u00e9mon\na \u00fcber box"


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
