"""The specialist's wiring: readiness after a real inference, limits by backend, what is said when something is missing."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from starlette.testclient import TestClient

from common.artifact import write_meta
from common.environment.unusable import UnusableSettingsError
from common.errors import ArtifactError
from specialist.app import COMMAND, FORMAT_VERSION, Fakes, create_app, limits_of
from specialist.batching import Limits
from specialist.readout import UNCALIBRATED
from specialist.service import SpecialistPricer
from specialist.settings import Settings
from tests.waiting import until_ready


class FlatModel:
    """Prices everything alike; counts how often it was asked, and whether it was closed."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.batches, self.is_closed = error, list[int](), False
        self.kernel: str | None = None

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.batches.append(len(texts))
        if self.error:
            raise self.error
        return np.zeros((len(texts), 1000), np.float32)

    def close(self) -> None:
        self.is_closed = True


def test_ready_means_that_a_real_inference_was_done() -> None:
    model = FlatModel()
    with TestClient(create_app(Fakes(load=lambda: SpecialistPricer(model, UNCALIBRATED, "test")))) as client:
        until_ready(client)
        assert model.batches == [1]
        assert client.post("/price", json={"description": "a lamp"}).json()["model"] == "specialist@test"
        assert 'batch_items_bucket{le="1.0"} 2.0' in client.get("/metrics").text
    assert model.is_closed


def test_metrics_tell_the_kernel_that_was_chosen() -> None:
    model = FlatModel()
    model.kernel = "float32"
    with TestClient(create_app(Fakes(load=lambda: SpecialistPricer(model, UNCALIBRATED, "test")))) as client:
        until_ready(client)
        assert 'model_kernel{kernel="float32"} 1.0' in client.get("/metrics").text


def test_a_model_that_loads_and_cannot_price_is_not_ready() -> None:
    model = FlatModel(ArtifactError("the graph gives 7 classes"))
    with TestClient(create_app(Fakes(load=lambda: SpecialistPricer(model, UNCALIBRATED, "test")))) as client:
        until_ready(client, "the graph gives 7 classes")
        assert client.post("/price", json={"description": "a lamp"}).status_code == 503
        assert client.get("/healthz").status_code == 200


def test_a_large_request_is_priced_in_slices() -> None:
    model = FlatModel()
    with TestClient(create_app(Fakes(load=lambda: SpecialistPricer(model, UNCALIBRATED, "test")))) as client:
        until_ready(client)
        answer = client.post("/price/batch", json={"items": [{"description": "a lamp"}] * 50})
        assert len(answer.json()["results"]) == 50
    assert max(model.batches) == limits_of(Settings()).batch


def test_the_kernel_is_one_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().kernel == "auto"
    monkeypatch.setenv("SPECIALIST_KERNEL", "float32")
    assert Settings().kernel == "float32"
    monkeypatch.setenv("SPECIALIST_KERNEL", "float16")
    with pytest.raises(UnusableSettingsError, match="KERNEL"):
        Settings()


def artifact(folder: Path, *, format_version: int = FORMAT_VERSION, **facts: object) -> Path:
    folder = folder / "specialist"
    folder.mkdir()
    for name in ("model.onnx", "tokenizer.json"):
        (folder / name).write_bytes(b"content")
    write_meta(folder, format_version=format_version, command=COMMAND, files=["model.onnx", "tokenizer.json"], **facts)
    return folder


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("none", "holds no artifact (no meta.json)"),
        ("changed", "model.onnx is not the file that training wrote (sha256 differs)"),
        ("gone", "tokenizer.json is missing"),
        ("format", "has format version 99"),
        ("uncalibrated", "lacks 'calibration'"),
    ],
)
def test_an_artifact_that_cannot_be_used_is_told_by_the_probe(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, case: str, why: str
) -> None:
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    if case != "none":
        folder = artifact(tmp_path, format_version=99 if case == "format" else FORMAT_VERSION)
        if case == "changed":
            (folder / "model.onnx").write_bytes(b"other content")
        if case == "gone":
            (folder / "tokenizer.json").unlink()
    with TestClient(create_app()) as client:
        until_ready(client, why)
        assert COMMAND in client.get("/readyz").json()["detail"]


def test_without_the_gpu_extra_the_backend_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        import torch  # noqa: F401
    except ImportError:
        monkeypatch.setenv("SPECIALIST_BACKEND", "cuda")
        with TestClient(create_app()) as client:
            until_ready(client, "uv sync --extra gpu")
    else:
        pytest.skip("needs an environment without torch")


@pytest.mark.parametrize(("backend", "batch", "workers"), [("onnx", 4, 1), ("cuda", 24, 2), ("openai", 32, 4)])
def test_each_backend_has_its_limits_and_settings_change_them(backend: str, batch: int, workers: int) -> None:
    assert limits_of(Settings.model_validate({"backend": backend})) == Limits(batch=batch, workers=workers)
    chosen = {"backend": backend, "batch": 7, "workers": 3, "queue": 1500, "queue_seconds": 2}
    assert limits_of(Settings.model_validate(chosen)) == Limits(batch=7, workers=3, queue=1500, wait=2)
    assert limits_of(Settings.model_validate(chosen), 4) == Limits(batch=7, workers=12, queue=6000, wait=2, devices=4)


def test_a_queue_that_cannot_hold_the_largest_request_is_refused() -> None:
    with pytest.raises(UnusableSettingsError, match="QUEUE"):
        Settings(queue=999)
