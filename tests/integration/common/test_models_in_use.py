"""A real service takes other versions of its model while it answers: no request fails, what is broken is refused, one goes back."""

import json
import os
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bench.model_reload import second_version
from bench.server import Server, serving
from common.models.model_store import ModelStore, read_meta
from common.settings import artifacts_dir
from pricer.__main__ import main
from tests.waiting import until

NAME = "random-forest"
ASKED = {"description": "Cordless drill driver kit, 20 V, two 2 Ah batteries"}
pytestmark = pytest.mark.skipif(not (artifacts_dir() / NAME / "meta.json").exists(), reason="needs artifacts/")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shutil.copytree(artifacts_dir() / NAME, tmp_path / "artifacts" / NAME)
    return tmp_path


@pytest.fixture
def served(home: Path) -> Iterator[Server]:
    given = {"ARTIFACTS_DIR": str(home / "artifacts"), "VAR_DIR": str(home / "var"), "MODEL_RELOAD": "0.2"}
    with serving("random_forest", port_name="RANDOM_FOREST_PORT", environment=given) as server:
        yield server


class Callers:
    """Four who ask without a pause, each with a connection of its own."""

    def __init__(self, url: str) -> None:
        self.url, self.is_over = url, threading.Event()
        self.models, self.failures = Counter[str](), list[str]()
        self._threads = [threading.Thread(target=self._ask) for _ in range(4)]

    def __enter__(self) -> "Callers":
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        for each in self._threads:
            each.join()

    def _ask(self) -> None:
        with httpx2.Client(base_url=self.url, timeout=30) as client:
            while not self.is_over.is_set():
                try:
                    answer = client.post("/price", json=ASKED)
                    answer.raise_for_status()
                    self.models[answer.json()["model"]] += 1
                except (httpx2.HTTPError, KeyError, ValueError) as exc:
                    self.failures.append(repr(exc))


def post(url: str, path: str, **body: object) -> tuple[int, dict[str, Any]]:
    answer = httpx2.post(f"{url}{path}", json=body, timeout=60)
    return answer.status_code, answer.json()


def get(url: str, path: str) -> dict[str, Any]:
    return dict(httpx2.get(f"{url}{path}", timeout=30).raise_for_status().json())


def test_under_load_versions_change_and_are_gone_back_from_and_no_request_fails(home: Path, served: Server) -> None:
    first = str(read_meta(home / "artifacts" / NAME)["version"])
    second = second_version(home, NAME)
    with Callers(served.url) as callers:
        until(lambda: callers.models[f"{NAME}@{first}"] > 10)
        status, told = post(served.url, "/models/reload", version=second)
        assert (status, told["outcome"], told["model"]) == (200, "taken", f"{NAME}@{second}")
        until(lambda: callers.models[f"{NAME}@{second}"] > 10)
        damage(home, second)
        status, told = post(served.url, "/models/rollback")
        assert (status, told["model"]) == (200, f"{NAME}@{first}")
        until(lambda: callers.models[f"{NAME}@{first}"] > 20)
        status, told = post(served.url, "/models/reload", version=second)
        assert (status, "sha256 differs" in told["detail"]) == (503, True)
        assert get(served.url, "/models")["model"] == f"{NAME}@{first}"
    assert callers.failures == []
    assert any("sha256 differs" in each["says"] for each in get(served.url, "/about")["checks"])
    assert get(served.url, "/about")["artifacts"] == {NAME: first}
    shown = httpx2.get(f"{served.url}/metrics", timeout=30).text
    assert f'model_info{{artifact="{NAME}",version="{first}"}} 1.0' in shown
    assert 'model_reloads_total{outcome="refused"} 1.0' in shown


def test_what_is_made_anew_in_its_place_is_taken_by_itself_and_by_sighup(home: Path, served: Server) -> None:
    first = str(read_meta(home / "artifacts" / NAME)["version"])
    store = ModelStore(home / "var" / "models", home / "artifacts")
    until(lambda: store.versions(NAME) == [first])  # kept, before it is written over
    made_in_place(home)
    until(lambda: get(served.url, "/models")["model"] != f"{NAME}@{first}")
    assert get(served.url, "/models")["artifacts"][0]["former"] == first
    os.kill(served.memory.pid, signal.SIGHUP)
    until(lambda: get(served.url, "/models")["last"]["outcome"] == "unchanged")
    assert post(served.url, "/models/rollback")[1]["model"] == f"{NAME}@{first}"


def damage(home: Path, version: str) -> None:
    path = home / "var" / "models" / NAME / version / "note.json"
    path.unlink()
    path.write_text('{"is": "another"}')


def made_in_place(home: Path) -> None:
    """As training does: each file through a rename, meta.json last."""
    version = second_version(home, NAME)
    made = home / "other"
    for path in (made / "note.json", made / "meta.json"):
        path.replace(home / "artifacts" / NAME / path.name)
    shutil.rmtree(home / "var" / "models" / NAME / version)
    assert json.loads((home / "artifacts" / NAME / "meta.json").read_text())["version"] == version


def test_a_candidate_of_the_same_process_is_compared_and_promoted(home: Path) -> None:
    version = second_version(home, NAME)
    given = {"ARTIFACTS_DIR": str(home / "artifacts"), "VAR_DIR": str(home / "var"), "RANDOM_FOREST_SHADOW": version}
    with serving("random_forest", port_name="RANDOM_FOREST_PORT", environment=given) as server:
        for number in range(20):
            assert post(server.url, "/price", description=f"lamp {number}", category="Lights")[0] == 200
        until(lambda: (get(server.url, "/models")["shadow"]["total"] or {"n": 0})["n"] == 20)
        shadow = get(server.url, "/models")["shadow"]
        assert (shadow["model"], shadow["total"]["within_20_share"]) == (f"{NAME}@{version}", 1.0)
        assert [each["category"] for each in shadow["categories"]] == ["Lights"]
        status, told = post(server.url, "/models/promote")
        assert (status, told["model"]) == (200, f"{NAME}@{version}")
        assert post(server.url, "/price", description="a lamp")[1]["model"] == f"{NAME}@{version}"


def test_a_version_comes_from_the_registry_by_the_command_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    version = second_version(home, NAME)
    shutil.move(home / "var" / "models" / NAME / version, home / "registry" / NAME / version)
    given = {"ARTIFACTS_DIR": str(home / "artifacts"), "VAR_DIR": str(home / "var"), "MODEL_REGISTRY": str(home / "registry")}
    with serving("random_forest", port_name="RANDOM_FOREST_PORT", environment=given) as server:
        assert main(["models", "use", NAME, version, "--url", server.url]) == 0
        assert main(["models", "rollback", NAME, "--url", server.url]) == 0
        assert main(["models", "use", NAME, "2020-01-01.abcdef", "--url", server.url]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[0] == f"taken: answers as {NAME}@{version}"
    assert "there is no version 2020-01-01.abcdef" in said.err
