"""One request over all that speak the pricing API: the ensemble and the three pricers answer alike."""

import importlib
import time
from collections.abc import Iterator, Sequence

import pytest
from starlette.testclient import TestClient

from common.pricers import PRICERS
from common.pricing import PricedItem, PriceRequest, PriceResponse

SPEAKERS = ("ensemble", *(pricer.module for pricer in PRICERS))
KEYS = ["price", "low", "high", "currency", "model", "estimates", "degraded", "similar", "known"]
LAMP = {"title": "Lamp", "description": "A desk lamp, 8 W", "category": "Home"}


class FixedPricer:
    """Prices everything at 20 dollars."""

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        return [PriceResponse(price=20, low=15, high=30, model="fixed@1") for _ in requests]


@pytest.fixture(params=SPEAKERS)
def client(request: pytest.FixtureRequest) -> Iterator[TestClient]:
    service = importlib.import_module(f"{request.param}.app")
    with TestClient(service.create_app(service.Fakes(FixedPricer()))) as client:
        for _ in range(500):
            if client.get("/readyz").status_code == 200:
                break
            time.sleep(0.01)
        yield client


def test_a_price_has_the_same_shape_everywhere(client: TestClient) -> None:
    answer = client.post("/price", json=LAMP)
    assert answer.status_code == 200
    assert list(answer.json()) == KEYS
    assert answer.json()["currency"] == "USD"


def test_a_batch_answers_in_order_everywhere(client: TestClient) -> None:
    results = client.post("/price/batch", json={"items": [LAMP, {"description": ""}, LAMP]}).json()["results"]
    assert [list(result) for result in results] == [KEYS, ["error"], KEYS]


def test_bad_input_is_a_problem_everywhere(client: TestClient) -> None:
    answer = client.post("/price", json={"description": 5})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["field"] == "description"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"])
def test_probes_and_documentation_stand_everywhere(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/price", "/price/batch", "/price/stream"])
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", " Zstd "])
def test_a_packed_body_is_refused_with_the_coding_there_is(client: TestClient, path: str, coding: str) -> None:
    answer = client.post(path, content=b"\x1f\x8b", headers={"Content-Encoding": coding, "Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")
    assert answer.json()["errors"][0]["field"] == "Content-Encoding"


@pytest.mark.parametrize("coding", ["", "identity", "Identity"])
def test_a_body_that_says_it_is_not_packed_is_read(client: TestClient, coding: str) -> None:
    assert client.post("/price", json=LAMP, headers={"Content-Encoding": coding}).status_code == 200


def test_a_method_that_a_path_lacks_is_told_with_all_that_it_has(client: TestClient) -> None:
    answer = client.delete("/price")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_the_error_shape_is_documented_everywhere(client: TestClient) -> None:
    responses = client.get("/openapi.json").json()["paths"]["/price"]["post"]["responses"]
    assert {"200", "401", "413", "422", "429", "503"} <= set(responses)
