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


def test_the_error_shape_is_documented_everywhere(client: TestClient) -> None:
    responses = client.get("/openapi.json").json()["paths"]["/price"]["post"]["responses"]
    assert {"200", "401", "413", "422", "429", "503"} <= set(responses)
