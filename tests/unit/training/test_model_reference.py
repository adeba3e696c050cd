"""What a finished model says is written beside it, and nothing else of it changes."""

import json
from pathlib import Path

import pytest

from common.models.canary import TEXTS, read_canary
from common.models.drift.stability import read_bins
from tests.unit.common.models.kept_models import make
from training import model_reference


def test_parts_of_meta_are_added_and_the_rest_stays(tmp_path: Path) -> None:
    version = make(tmp_path, 10.0, metrics={"mae": 1})
    before = json.loads((tmp_path / "meta.json").read_text())
    examples = [{"description": text.description, "price": 10.0} for text in TEXTS]
    facts = {"canary": {"tolerance": 0.1, "examples": examples}, "price_bins": {"edges": [1.0], "shares": [0.5, 0.5]}}
    model_reference.write(tmp_path, facts)
    after = json.loads((tmp_path / "meta.json").read_text())
    assert after == before | facts
    assert after["version"] == version
    assert (read_canary(after).tolerance, read_bins(after) is not None) == (0.1, True)
    assert list(tmp_path.glob("*.part")) == []


def test_an_artifact_that_nobody_prices_with_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        model_reference.parse(["--artifact", "embedder", "--data", "/data"])
    assert "invalid choice" in capsys.readouterr().err


def test_every_pricer_has_a_tolerance_for_what_it_is_named_after() -> None:
    assert set(model_reference.TOLERANCES) == {"specialist", "random-forest", "frontier-rag/estimator", "ensemble"}
