"""`pricer models`: what is asked of which service, and what is done on this machine alone."""

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from common.models.model_store import ModelStore, artifact_folder
from pricer.__main__ import main
from tests.unit.common.models.kept_models import NAME, make

TAKEN = {"outcome": "taken", "model": "random-forest@2026-11-30.2774c4", "why": "", "at": "2026-11-30T05:00:00Z", "seconds": 0.7}


class Service(ThreadingHTTPServer):
    """Answers GET /models with `models`, any POST with `answer`, and keeps what was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.models: dict[str, Any] = {}
        self.status, self.answer = 200, TAKEN
        self.asked: list[tuple[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        self._send(200, self.server.models)

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        self.server.asked.append((self.path, json.loads(self.rfile.read(length) or b"null")))
        self._send(self.server.status, self.server.answer)

    def _send(self, status: int, told: object) -> None:
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where artifacts/, var/ and the registry lie; no service runs at the usual ports."""
    for name, value in {"ARTIFACTS_DIR": "artifacts", "VAR_DIR": "var", "MODEL_REGISTRY": "registry"}.items():
        monkeypatch.setenv(name, str(tmp_path / value))
    for name in ("ENSEMBLE", "SPECIALIST", "FRONTIER_RAG", "RANDOM_FOREST"):
        monkeypatch.setenv(f"{name}_URL", "http://127.0.0.1:9")
    return tmp_path


def registered(home: Path, price: float = 30.0) -> str:
    version = make(home / "made", price)
    shutil.copytree(home / "made", home / "registry" / NAME / version)
    return version


def test_use_and_rollback_are_asked_of_the_service_that_stands_on_the_model(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "use", NAME, "2026-11-30.2774c4", "--url", service.url]) == 0
    assert main(["models", "rollback", "judge", "--url", service.url]) == 0
    assert service.asked == [
        ("/models/reload", {"artifact": NAME, "version": "2026-11-30.2774c4"}),
        ("/models/rollback", {"artifact": "judge"}),
    ]
    assert capsys.readouterr().out.splitlines()[0] == "taken: answers as random-forest@2026-11-30.2774c4"


def test_a_refusal_is_told_with_its_reason(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.status, service.answer = 503, {"title": "Service Unavailable", "status": 503, "detail": "the canary is wrong"}
    assert main(["models", "use", NAME, "2026-11-30.2774c4", "--url", service.url]) == 1
    assert "the canary is wrong" in capsys.readouterr().err


def test_a_model_that_no_service_stands_on_is_wrongly_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "use", "oracle", "2026-11-30.2774c4"]) == 2
    assert "no service stands on oracle" in capsys.readouterr().err


def test_a_version_is_pulled_and_chosen_for_the_next_start(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    delivered, version = make(home / "artifacts" / NAME, 10.0), registered(home)
    assert main(["models", "use", NAME, version, "--offline"]) == 1
    assert "is not here" in capsys.readouterr().err
    assert main(["models", "pull", NAME, version]) == 0
    assert main(["models", "use", NAME, version, "--offline"]) == 0
    assert artifact_folder(NAME) == ModelStore().place(NAME, version)
    assert ModelStore().choice(NAME).former == delivered
    assert main(["models", "use", NAME, delivered, "--offline"]) == 0
    assert artifact_folder(NAME) == home / "artifacts" / NAME


def test_without_a_registry_nothing_is_pulled(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("MODEL_REGISTRY")
    assert main(["models", "pull", NAME, "2026-11-30.2774c4"]) == 2
    assert "MODEL_REGISTRY" in capsys.readouterr().err


def test_the_list_tells_what_lies_here_where_nobody_answers(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    delivered, version = make(home / "artifacts" / NAME, 10.0), registered(home)
    assert main(["models", "list", "--json"]) == 0
    rows = {each["name"]: each for each in json.loads(capsys.readouterr().out)["items"]}
    assert rows[NAME] | {"kept": []} == {
        **{"service": NAME, "name": NAME, "in_use": None, "chosen": delivered, "kept": [], "registry": [version], "former": None}
    }
    assert "holds no model" in rows["specialist"]["problem"]
    assert main(["models", "list"]) == 0
    assert f"registry: {version}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("shadow", "asked"),
    [
        ({"candidate": "2026-12-01.bbbbbb", "member": "", "model": ""}, ("/models/promote", None)),
        (
            {"candidate": "http://other:8003", "member": "", "model": "random-forest@2026-12-01.bbbbbb"},
            ("/models/reload", {"version": "2026-12-01.bbbbbb"}),
        ),
        (
            {"candidate": "specialist=http://gpu:8001", "member": "specialist", "model": "specialist@2026-12-01.bbbbbb"},
            ("/models/reload", {"version": "2026-12-01.bbbbbb"}),
        ),
    ],
)
def test_a_candidate_is_promoted_where_its_version_belongs(
    service: Service, monkeypatch: pytest.MonkeyPatch, shadow: dict[str, str], asked: tuple[str, Any]
) -> None:
    service.models = {"shadow": shadow}
    monkeypatch.setenv("SPECIALIST_URL", service.url)
    assert main(["models", "promote", "random-forest", "--url", service.url]) == 0
    assert service.asked == [asked]


@pytest.mark.parametrize("shadow", [None, {"candidate": "http://other:8003", "member": "", "model": ""}])
def test_without_a_candidate_that_has_answered_nothing_is_promoted(service: Service, shadow: dict[str, str] | None) -> None:
    service.models = {"shadow": shadow}
    assert main(["models", "promote", "random-forest", "--url", service.url]) == 1
    assert service.asked == []
