"""The service's app: ready only with its artifacts, and the pricing API over a fake."""

import time
import weakref
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from frontier_rag.app import Fakes, create_app
from frontier_rag.service import FrontierRag
from frontier_rag.settings import Settings
from tests.unit.frontier_rag_fakes import FakeEmbedder, FakeEstimator, FakeStore, neighbour


def readiness(client: TestClient) -> tuple[int, str]:
    """Status and words of /readyz once loading has ended."""
    for _ in range(1000):
        answer = client.get("/readyz")
        detail = str(answer.json().get("detail", ""))
        if "still loading" not in detail:
            return answer.status_code, detail
        time.sleep(0.01)
    raise AssertionError("still loading")


@pytest.mark.parametrize("meta", [None, '{"format_version": 99, "version": "x", "files": {}}', "nothing"])
def test_a_missing_or_foreign_artifact_keeps_it_from_being_ready_and_the_command_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meta: str | None
) -> None:
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    (tmp_path / "embedder").mkdir()
    if meta:
        (tmp_path / "embedder" / "meta.json").write_text(meta)
    with TestClient(create_app()) as client:
        status, detail = readiness(client)
        assert status == 503
        assert "uv run python -m training.embedder_export" in detail
        assert client.post("/price", json={"description": "lamp"}).status_code == 503


def test_a_product_is_priced_over_http() -> None:
    pricer = FrontierRag(FakeEmbedder(), FakeStore([neighbour("lamp", 20.0, 0.9, "a lamp")]), FakeEstimator())
    with TestClient(create_app(Fakes(pricer))) as client:
        assert readiness(client) == (200, "")
        answer = client.post("/price", json={"title": "Lamp", "description": "white"}).json()
    assert answer["price"] == 110.0
    assert answer["model"] == "frontier-rag-local@1"
    assert answer["similar"] == [{"title": "lamp", "price": 20.0, "similarity": 0.9, "match": "similar"}]


def test_what_stays_beside_another_estimator_does_not_hold_the_former_one() -> None:
    estimator = FakeEstimator()
    pricer = FrontierRag(FakeEmbedder(), FakeStore([]), estimator, k=7)
    besides, former = pricer.besides_estimator(), weakref.ref(estimator)
    del pricer, estimator
    assert former() is None
    other = besides.with_estimator(FakeEstimator())
    assert (other.store, other.embedder, other.k, other.limiter) == (besides.store, besides.embedder, 7, besides.limiter)


@pytest.mark.parametrize(
    ("environment", "has_chat"),
    [
        ({}, False),
        ({"OPENAI_API_KEY": ""}, False),
        ({"OPENAI_API_KEY": "k"}, True),
        ({"OPENAI_BASE_URL": "http://localhost:1"}, True),
    ],
)
def test_a_chat_model_is_asked_only_where_the_environment_names_one(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], has_chat: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Settings().has_chat is has_chat
    assert "k" not in repr(Settings().openai_api_key or "")


def test_how_many_products_are_shown_is_a_setting_with_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().k == 5
    monkeypatch.setenv("FRONTIER_RAG_K", "12")
    assert Settings().k == 12
    monkeypatch.setenv("FRONTIER_RAG_K", "0")
    with pytest.raises(ValueError, match="must be 1 or more"):
        Settings()
