"""The trained specialist as it is delivered: complete, small, sane, and the same alone as in a batch."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from common.errors import ArtifactError
from common.pricing import PriceRequest
from common.settings import artifacts_dir
from specialist.app import create_app, load_pricer
from specialist.service import SpecialistPricer
from tests.waiting import until_ready

FOLDER = artifacts_dir() / "specialist"
DRILL = "Cordless drill driver kit, 20 V brushless motor, two 2 Ah batteries, charger and carrying bag"


@pytest.fixture(scope="module")
def pricer() -> SpecialistPricer:
    return load_pricer()


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app()) as client:
        yield until_ready(client)


def test_the_artifact_takes_at_most_36_megabytes() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= 36e6


@pytest.mark.parametrize("text", ["x", "???", "价格", "\U0001f600" * 50, "word " * 2000, "9" * 10_000])
def test_any_text_gets_a_price_within_its_interval(pricer: SpecialistPricer, text: str) -> None:
    (answer,) = pricer.price([PriceRequest(description=text)])
    assert 0.5 <= answer.low <= answer.price <= answer.high <= 999.5


def test_dear_things_cost_more_than_cheap_ones(pricer: SpecialistPricer) -> None:
    pairs = [
        ("NVIDIA GeForce RTX 4070 graphics card 12 GB", "USB-C cable, 6 ft, pack of two"),
        ("Samsung 55 inch 4K QLED television", "Clear phone case for iPhone 14"),
        (DRILL, "Single 9 V battery"),
    ]
    for dear, cheap in pairs:
        above, below = pricer.price([PriceRequest(description=dear), PriceRequest(description=cheap)])
        assert above.price > below.price


def test_a_text_is_priced_alike_alone_and_beside_longer_ones(pricer: SpecialistPricer) -> None:
    requests = [PriceRequest(description=text) for text in ("Desk lamp", DRILL, DRILL * 8, "Guitar strings, set of six")]
    together = [answer.price for answer in pricer.price(requests * 9)]
    alone = [pricer.price([request])[0].price for request in requests]
    assert together == pytest.approx(alone * 9, rel=1e-3)


def test_the_service_prices_over_http(client: TestClient) -> None:
    answer = client.post("/price", json={"title": "Drill", "description": DRILL})
    assert answer.status_code == 200
    assert answer.json()["model"].startswith("specialist@20")


def test_a_missing_artifact_names_the_command_that_makes_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    with pytest.raises(ArtifactError, match=r"training\.specialist_train"):
        load_pricer()


def test_a_damaged_model_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "specialist")
    with (tmp_path / "specialist" / "model.onnx").open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"damage")
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    with pytest.raises(ArtifactError, match="sha256"):
        load_pricer()
