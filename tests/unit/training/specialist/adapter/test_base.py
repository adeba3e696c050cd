"""Why a base cannot be loaded, in words; hubs that refuse, lack it or are silent."""

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs torch (make training)")

from tests.unit.training.hub_server import TOKEN, Hub, running
from training.specialist.adapter.base import hub_options, reason_of
from training.specialist.errors import BaseError


@pytest.fixture(autouse=True)
def _own_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("You are trying to access a gated repo.\nMake sure to have access", "is gated: accept its licence at"),
        ("CUDA out of memory. Tried to allocate 20 GiB", "--quantization nf4 takes the least"),
        (
            "x is not a local folder and is not a valid model identifier listed on 'https://huggingface.co/models'",
            "there is no base",
        ),
        ("We couldn't connect to 'https://huggingface.co'", "the hub cannot be reached"),
        ("Unrecognized model in x", "cannot be loaded: Unrecognized model in x"),
    ],
)
def test_each_reason_comes_with_what_to_do(error: str, told: str) -> None:
    assert told in reason_of("somebody/base", OSError(error))


def test_a_folder_is_taken_without_asking_a_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert hub_options(str(tmp_path)) == {}
    with pytest.raises(BaseError, match="there is no base"):
        hub_options(str(tmp_path / "none"))


def test_a_hub_that_is_silent_or_lacks_the_base_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(Hub(is_silent=True, kind="models")) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        with pytest.raises(BaseError, match="not fetched within 2 seconds"):
            hub_options("somebody/silent", deadline=2)
    with running(Hub(kind="models")) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        with pytest.raises(BaseError, match="there is no somebody/products on the hub"):
            hub_options("somebody/products", deadline=60)
