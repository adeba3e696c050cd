"""What a service tells of itself, and the checks that it shares with the doctor."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from common.about import checks
from common.about.checks import MADE_BY, artifact, checks_of, disk_of, pushes
from common.http.app import build_app
from common.settings import HttpSettings


@asynccontextmanager
async def idle(_: FastAPI) -> AsyncIterator[None]:
    yield


async def nothing() -> dict[str, str]:
    return {}


def about(service: str, keys: str = "") -> TestClient:
    return TestClient(build_app(service, lifespan=idle, missing=nothing, settings=HttpSettings(api_keys=keys)))  # type: ignore[arg-type]


def test_a_service_tells_its_versions_its_ground_and_its_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    (tmp_path / "frontier-rag").mkdir()
    (tmp_path / "frontier-rag" / "meta.json").write_text(json.dumps({"version": "2026-11-21"}))
    told = about("frontier-rag").get("/about").json()
    assert told["service"] == "frontier-rag"
    assert told["artifacts"] == {
        "frontier-rag/estimator": None,
        "frontier-rag": "2026-11-21",
        "frontier-rag/catalogue": None,
        "embedder": None,
    }
    assert "fastapi" in told["libraries"]
    assert 0 < told["disk_free"] <= told["disk_total"]
    ill = [each["says"] for each in told["checks"] if not each["is_well"]]
    missing = ("frontier-rag/estimator", "frontier-rag/catalogue", "embedder")
    assert [line for line in ill if line.startswith("artifact")] == [
        f"artifact {name}: {tmp_path / name / 'meta.json'} cannot be read; make it with: uv run python -m {MADE_BY[name]}"
        for name in missing
    ]


def test_out_of_the_wheel_it_tells_the_wheels_version_and_not_that_of_a_strangers_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, version in (("product_pricing_agent", "1.2.0"), ("scanner", "9.9"), ("common", "9.9")):
        folder = tmp_path / f"{name}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert about("scanner").get("/about").json()["version"] == "1.2.0"


def test_it_is_told_to_who_has_a_key() -> None:
    client = about("scanner", "one")
    assert client.get("/about").status_code == 401
    assert client.get("/about", headers={"X-API-Key": "one"}).status_code == 200


def test_addresses_of_pushes_are_counted_and_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_URLS", "ntfy://ntfy.sh/secret-topic, tgram://token/chat")
    assert pushes().says == "pushes: 2 address(es) in NOTIFY_URLS"
    assert any("2 address" in each.says for each in checks_of("notifier"))
    monkeypatch.setenv("NOTIFY_URLS", "")
    assert "log and dashboard only" in pushes().says
    monkeypatch.setenv("NOTIFY_URLS_FILE", "/nowhere/at/all")
    assert (pushes().is_well, pushes().says) == (
        False,
        "pushes: NOTIFY_URLS_FILE: /nowhere/at/all cannot be read: No such file or directory",
    )


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '"x"'])
def test_a_damaged_artifact_is_not_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    (tmp_path / "ensemble").mkdir()
    (tmp_path / "ensemble" / "meta.json").write_text(text)
    assert not artifact("ensemble").is_well


def test_a_full_disk_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "LEAST_DISK", 10**18)
    monkeypatch.setattr(checks, "LEAST_MEMORY", 10**18)
    says = [each.says for each in checks_of("scanner") if not each.is_well]
    assert [line.split(":")[0] for line in says] == ["disk", "memory"]


def test_the_disk_of_a_folder_that_is_yet_to_be_made_is_that_of_what_is_there(tmp_path: Path) -> None:
    assert disk_of(tmp_path / "a" / "b")[0] == disk_of(tmp_path)[0]
