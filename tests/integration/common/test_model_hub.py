"""Versions come from a repository of the hub, at one revision; one that falls silent, or is cut off, costs a bounded wait."""

import time
from pathlib import Path

import pytest

from common.errors import DeadlineExceededError, NotFoundError, UnavailableError
from common.models.model_store import ModelStore
from common.models.registry import HubRegistry, pull
from tests.unit.common.models.kept_models import NAME, make
from tests.unit.training.hub_server import NAME as REPOSITORY
from tests.unit.training.hub_server import TOKEN, Hub, running

pytest.importorskip("huggingface_hub", reason="needs huggingface-hub (the extra hub)")


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, dict[str, bytes]]:
    """The version of an artifact, and its files as a repository holds them."""
    for name, value in {
        "VAR_DIR": tmp_path / "var",
        "HF_HOME": tmp_path / "hf",
        "HF_TOKEN": TOKEN,
        "HF_HUB_DISABLE_XET": "1",
    }.items():
        monkeypatch.setenv(name, str(value))
    version = make(tmp_path / "made", 30.0)
    return version, {f"{NAME}/{version}/{path.name}": path.read_bytes() for path in (tmp_path / "made").iterdir()}


def registry(hub: Hub, monkeypatch: pytest.MonkeyPatch, deadline: float = 60.0) -> HubRegistry:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    return HubRegistry(REPOSITORY, "1" * 40, deadline, deadline)


def test_a_version_is_listed_and_pulled(made: tuple[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch) -> None:
    version, files = made
    with running(Hub(private=True, kind="models")) as hub:
        hub.files = files | {"README.md": b"ours"}
        there = registry(hub, monkeypatch)
        assert there.versions(NAME) == [version]
        pull(there, ModelStore(), NAME, version)
        with pytest.raises(NotFoundError, match="there is no"):
            pull(there, ModelStore(), NAME, "2020-01-01.abcdef")
    assert ModelStore().versions(NAME) == [version]
    assert sorted(path.name for path in ModelStore().place(NAME, version).iterdir()) == ["meta.json", "price.json"]


def test_a_hub_that_says_nothing_is_given_up_at_the_deadline(
    made: tuple[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(Hub(private=True, kind="models", is_silent=True)) as hub:
        started = time.monotonic()
        with pytest.raises(DeadlineExceededError, match="did not answer within"):
            pull(registry(hub, monkeypatch, 6.0), ModelStore(), NAME, made[0])
        assert time.monotonic() - started < 30
    assert ModelStore().versions(NAME) == []


def test_a_repository_that_is_not_there_and_a_hub_that_is_away_are_told(
    made: tuple[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(Hub(kind="models")) as hub, pytest.raises(NotFoundError, match="HF_TOKEN"):
        pull(registry(hub, monkeypatch), ModelStore(), NAME, made[0])
    with pytest.raises(UnavailableError, match="did not answer"):
        pull(registry(hub, monkeypatch), ModelStore(), NAME, made[0])
