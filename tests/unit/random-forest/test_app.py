"""The service is not ready without its artifact, and says which command makes it."""

import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from random_forest.app import create_app


def not_ready(client: TestClient) -> str:
    """What /readyz says once loading has ended."""
    for _ in range(500):
        detail = str(client.get("/readyz").json().get("detail", ""))
        if "still loading" not in detail:
            return detail
        time.sleep(0.01)
    raise AssertionError("still loading")


@pytest.mark.parametrize("meta", [None, '{"format_version": 99, "version": "x", "files": {}}', "nothing"])
def test_a_missing_or_foreign_artifact_keeps_it_from_being_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meta: str | None
) -> None:
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    (tmp_path / "random-forest").mkdir()
    if meta:
        (tmp_path / "random-forest" / "meta.json").write_text(meta)
    with TestClient(create_app()) as client:
        assert "uv run python -m training.random_forest_train" in not_ready(client)
        assert client.post("/price", json={"description": "lamp"}).status_code == 503
        assert client.get("/healthz").status_code == 200
