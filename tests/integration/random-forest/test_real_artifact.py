"""The trained forest as it is delivered: complete, small, sane, and the same as scikit-learn's."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from common.errors import ArtifactError
from common.pricing import PriceRequest
from common.settings import artifacts_dir
from random_forest.app import create_app, load_pricer
from random_forest.onnx_forest import load_forest
from random_forest.service import ForestPricer
from training.data.parts import load_market
from training.data.rows import product_text

FOLDER = artifacts_dir() / "random-forest"


@pytest.fixture(scope="module")
def pricer() -> ForestPricer:
    return load_pricer()


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app()) as client:
        for _ in range(1000):
            if client.get("/readyz").status_code == 200:
                break
            time.sleep(0.02)
        yield client


def price_of(pricer: ForestPricer, text: str) -> float:
    (answer,) = pricer.price([PriceRequest(description=text)])
    return answer.price


def test_predictions_are_those_of_scikit_learn(pricer: ForestPricer) -> None:
    """parity.npz: features of 64 rows of products-dev and what scikit-learn predicted for them when it was trained."""
    with np.load(FOLDER / "parity.npz", allow_pickle=False) as kept:
        predicted, _ = pricer.forest.predict(kept["features"])
        assert np.abs(np.expm1(predicted - kept["log_price"])).max() < 1e-4
        assert np.ptp(kept["log_price"]) > 1


def test_predictions_on_all_dev_rows_are_those_of_scikit_learn(pricer: ForestPricer, shared_data: Path) -> None:
    """parity.npz, `dev`: what scikit-learn predicted for every row when it was trained; features are made anew from the texts."""
    rows = load_market(shared_data / "data").dev
    predicted, _ = pricer.forest.predict(pricer.features.matrix([product_text(row) for row in rows]))
    with np.load(FOLDER / "parity.npz", allow_pickle=False) as kept:
        assert len(kept["dev"]) == len(rows) > 2000
        assert np.abs(np.expm1(predicted - kept["dev"])).max() < 1e-4


def test_words_that_nobody_knows_change_little(pricer: ForestPricer) -> None:
    """Unknown words borrow the vector of words that begin alike, or count for nothing; the known ones still decide."""
    known = "Cordless drill driver kit, 20 V brushless motor, two 2 Ah batteries, charger and carrying bag"
    assert price_of(pricer, f"{known} qzxvj wkkpl") == pytest.approx(price_of(pricer, known), rel=0.35)
    vector = pricer.features.mean_vector([b"qzxvjq"])  # type: ignore[attr-defined]
    assert not vector.any()
    borrowed = pricer.features.mean_vector([b"motorzzq"])  # type: ignore[attr-defined]
    assert borrowed.any()


def test_the_artifact_is_at_most_12_megabytes() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 12_000_000


def test_the_service_becomes_ready_and_prices(client: TestClient) -> None:
    answer = client.post("/price", json={"title": "Cordless drill", "description": "20 V drill driver kit with two batteries"})
    assert answer.status_code == 200
    body = answer.json()
    assert 5 < body["low"] <= body["price"] <= body["high"] < 2000
    assert body["model"].startswith("random-forest@")


def test_dearer_things_are_priced_higher(pricer: ForestPricer) -> None:
    cheap = price_of(pricer, "Phone case for iPhone, clear silicone, slim fit")
    middle = price_of(pricer, "Cordless drill driver kit, 20 V brushless motor, two 2 Ah batteries, charger and carrying bag")
    dear = price_of(pricer, "Dell laptop computer, 15.6 inch, Intel Core i7, 32 GB RAM, 1 TB SSD, Windows 11 Pro")
    assert cheap < middle < dear


@pytest.mark.parametrize("text", ["x", "冷蔵庫", "9" * 10_000, "word " * 2000, "\x00\x01", "🪑" * 100])
def test_any_text_gets_a_price_within_reason(pricer: ForestPricer, text: str) -> None:
    (answer,) = pricer.price([PriceRequest(description=text)])
    assert 0.5 < answer.low <= answer.price <= answer.high < 5000


def test_a_batch_prices_like_single_requests(pricer: ForestPricer) -> None:
    requests = [PriceRequest(description=text) for text in ("Oak desk", "USB cable 6 ft", "Washing machine, front load")]
    alone = [pricer.price([request])[0].price for request in requests]
    assert [answer.price for answer in pricer.price(requests)] == pytest.approx(alone, rel=1e-4)


@pytest.mark.parametrize("content", [b"", b"nothing", b"\xfd7zXZ\x00damaged"])
def test_a_file_that_holds_no_forest_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "forest.onnx.xz").write_bytes(content)
    with pytest.raises(ArtifactError):
        load_forest(tmp_path / "forest.onnx.xz")
