"""The ensemble asks whom the list of pricers names, where the environment says."""

import pytest

from ensemble.settings import Settings


def test_the_pricers_are_asked_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECIALIST_URL", "http://gpu-node:8001")
    assert Settings().pricers == {
        "specialist": "http://gpu-node:8001",
        "frontier-rag": "http://127.0.0.1:8002",
        "random-forest": "http://127.0.0.1:8003",
    }
