"""The ensemble takes other weights and another judge while it answers, over the same pricers; a judge that is broken costs both."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bench.model_reload import second_version
from bench.server import serving, trivial_pricers
from common.models.model_store import ModelStore, read_meta
from common.settings import artifacts_dir

NAMES = ("ensemble", "judge")
OFFER = {"description": "Cordless drill driver kit", "offer": {"price": 10, "retailer": "Acme"}}
pytestmark = pytest.mark.skipif(not (artifacts_dir() / "ensemble" / "meta.json").exists(), reason="needs artifacts/")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in NAMES:
        shutil.copytree(artifacts_dir() / name, tmp_path / "artifacts" / name)
    path = tmp_path / "artifacts" / "ensemble" / "meta.json"
    meta = json.loads(path.read_text())
    meta.pop("canary", None)  # what it says over the real pricers does not hold over these
    path.write_text(json.dumps(meta))
    return tmp_path


@pytest.fixture
def url(home: Path) -> Iterator[str]:
    with trivial_pricers(0.0) as urls:
        pricers = dict(zip(("SPECIALIST_URL", "FRONTIER_RAG_URL", "RANDOM_FOREST_URL"), urls, strict=True))
        given = {"ARTIFACTS_DIR": str(home / "artifacts"), "VAR_DIR": str(home / "var"), **pricers}
        with serving("ensemble", port_name="ENSEMBLE_PORT", environment=given) as server:
            yield server.url


def post(url: str, path: str, body: object) -> tuple[int, dict[str, Any]]:
    answer = httpx2.post(f"{url}{path}", json=body, timeout=60)
    return answer.status_code, answer.json()


def test_weights_and_judge_change_under_the_same_pricers(home: Path, url: str) -> None:
    versions = {name: str(read_meta(home / "artifacts" / name)["version"]) for name in NAMES}
    asked = {"description": "a lamp"}
    before = post(url, "/price", asked)[1]
    assert before["model"] == f"ensemble@{versions['ensemble']}"
    assert post(url, "/judge", OFFER)[1]["model"] == f"judge@{versions['judge']}"
    assert httpx2.get(f"{url}/about", timeout=30).json()["artifacts"] == versions

    other = second_version(home, "ensemble")
    assert post(url, "/models/reload", {"version": other})[1]["outcome"] == "taken"
    after = post(url, "/price", asked)[1]
    assert (after["model"], after["price"]) == (f"ensemble@{other}", before["price"])
    assert post(url, "/judge", OFFER)[1]["answer"]["model"] == f"ensemble@{other}"

    shutil.rmtree(home / "other")
    judge = second_version(home, "judge")
    assert post(url, "/models/reload", {"artifact": "judge", "version": judge})[1]["outcome"] == "taken"
    assert post(url, "/judge", OFFER)[1]["model"] == f"judge@{judge}"
    assert post(url, "/models/rollback", {"artifact": "judge"})[0] == 200
    assert post(url, "/judge", OFFER)[1]["model"] == f"judge@{versions['judge']}"


def test_the_judge_is_that_of_the_start_until_another_is_taken(home: Path, url: str) -> None:
    version, path = str(read_meta(home / "artifacts" / "judge")["version"]), home / "artifacts" / "judge" / "meta.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": "2020-01-01.abcdef"}))  # trained before anybody asked
    assert post(url, "/judge", OFFER)[1]["model"] == f"judge@{version}"
    assert httpx2.get(f"{url}/about", timeout=30).json()["artifacts"]["judge"] == version
    assert post(url, "/models/reload", {})[1]["outcome"] == "taken"
    assert post(url, "/judge", OFFER)[1]["model"] == "judge@2020-01-01.abcdef"


def test_a_broken_judge_and_a_canary_that_says_something_else_are_refused(home: Path, url: str) -> None:
    version = str(read_meta(home / "artifacts" / "judge")["version"])
    judge = second_version(home, "judge")
    kept = ModelStore(home / "var" / "models").place("judge", judge)
    (kept / "note.json").unlink()
    status, told = post(url, "/models/reload", {"artifact": "judge", "version": judge})
    assert (status, "note.json is missing" in told["detail"]) == (503, True)
    assert post(url, "/judge", OFFER)[1]["model"] == f"judge@{version}"

    meta = read_meta(home / "artifacts" / "ensemble")
    meta["canary"] = {"tolerance": 0.1, "examples": [{"description": "a lamp", "price": 999_000.0}]}
    (home / "artifacts" / "ensemble" / "meta.json").write_text(json.dumps(meta))
    path = home / "artifacts" / "judge" / "meta.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": "2020-01-01.abcdef"}))
    for _ in range(4):
        status, told = post(url, "/models/reload", {})
        assert (status, "the canary is wrong" in told["detail"]) == (503, True)
    assert post(url, "/price", {"description": "a lamp"})[0] == 200
    assert post(url, "/judge", OFFER)[1]["model"] == f"judge@{version}"  # however often it was refused
