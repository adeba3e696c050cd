"""POST /embed: vectors of short texts, bounded, beside the pricing API."""

from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from common.pricing_api.pricer import ThreadedPricer
from frontier_rag.app import Fakes, create_app
from frontier_rag.schemas import MAX_CHARS, MAX_TEXTS
from frontier_rag.service import CHUNK, FrontierRag
from tests.unit.frontier_rag_fakes import FakeEmbedder, FakeEstimator, FakeStore
from tests.waiting import until_ready


def client_of(embedder: FakeEmbedder) -> TestClient:
    return TestClient(create_app(Fakes(FrontierRag(embedder, FakeStore([]), FakeEstimator()))))


def post(embedder: FakeEmbedder, body: Any) -> Any:
    with client_of(embedder) as client:
        until_ready(client)
        embedder.batches.clear()
        return client.post("/embed", json=body)


def test_each_text_has_its_vector_in_order() -> None:
    answer = post(FakeEmbedder(), {"texts": ["a", "abc"]})
    assert answer.status_code == 200
    assert answer.json() == {"model": "all-MiniLM-L6-v2@1", "vectors": [[1.0, 1.0], [3.0, 1.0]]}


def test_many_texts_are_embedded_a_chunk_at_a_time() -> None:
    embedder = FakeEmbedder()
    found = np.array(post(embedder, {"texts": ["x" * (n + 1) for n in range(MAX_TEXTS)]}).json()["vectors"])
    assert found[:, 0].tolist() == [n + 1 for n in range(MAX_TEXTS)]
    assert embedder.batches == [CHUNK] * (MAX_TEXTS // CHUNK)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"texts": []}, "texts"),
        ({"texts": ["a"] * (MAX_TEXTS + 1)}, "texts"),
        ({"texts": ["a", ""]}, "texts.1"),
        ({"texts": ["a", " "]}, "texts.1"),
        ({"texts": ["x" * (MAX_CHARS + 1)]}, "texts.0"),
        ({"texts": [3]}, "texts.0"),
        ({"texts": "a"}, "texts"),
        ({"texts": ["a"], "model": "x"}, "model"),
        ({}, "texts"),
    ],
)
def test_what_cannot_be_embedded_is_refused_with_the_field(body: Any, field: str) -> None:
    answer = post(FakeEmbedder(), body)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_it_is_described() -> None:
    with client_of(FakeEmbedder()) as client:
        described = client.get("/openapi.json").json()["paths"]["/embed"]["post"]
    assert {"200", "422"} <= set(described["responses"])


def test_a_pricer_that_embeds_nothing_says_so() -> None:
    class Plain:
        def price(self, requests: Any) -> Any:
            raise AssertionError("nobody asks")

    with TestClient(create_app(Fakes(ThreadedPricer(Plain())))) as client:
        assert client.post("/embed", json={"texts": ["a"]}).status_code == 503
