"""The example of docs/extending.md is a whole pricer: written out as it stands there, it answers the pricing API."""

import importlib
import re
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^`(services/per-word/\S+)`:\n\n```\w+\n(.*?)```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    for name, content in BLOCK.findall((ROOT / "docs" / "extending.md").read_text(encoding="utf-8")):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "services" / "per-word" / "src"))
    with TestClient(importlib.import_module("per_word.app").create_app()) as client:
        for _ in range(500):
            if client.get("/readyz").status_code == 200:
                break
            time.sleep(0.01)
        yield client


def test_it_prices_by_the_word(service: TestClient) -> None:
    answer = service.post("/price", json={"title": "Desk lamp", "description": "8 W, white"}).json()
    assert (answer["price"], answer["low"], answer["high"], answer["model"]) == (7.5, 2.5, 22.5, "per-word@1")
    results = service.post("/price/batch", json={"items": [{"description": "kettle"}, {"description": ""}]}).json()["results"]
    assert [results[0]["price"], list(results[1])] == [1.5, ["error"]]
    assert service.get("/v2/models/per-word").json()["name"] == "per-word"


def test_it_has_the_files_and_the_package_of_a_service(service: TestClient, tmp_path: Path) -> None:
    source = tmp_path / "services" / "per-word" / "src" / "per_word"
    assert {path.name for path in source.glob("*.py")} == {"__init__.py", "__main__.py", "app.py", "service.py", "settings.py"}
    project = tomllib.loads((source.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["name"] == "per-word"
    assert importlib.import_module("per_word.settings").Settings().port == 8006
