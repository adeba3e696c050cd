"""Versions come from a folder; the hub is played in tests/integration/common/test_model_hub.py."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from common.environment.unusable import UnusableSettingsError
from common.errors import ArtifactError, DeadlineExceededError, NotFoundError, UnavailableError
from common.models.model_store import Choice, ModelStore
from common.models.registry import FolderRegistry, HubRegistry, open_registry, pull, pull_from
from common.models.settings import ModelSettings
from tests.unit.common.models.kept_models import NAME, make


def registry_in(home: Path, price: float = 30.0) -> tuple[FolderRegistry, str]:
    version = make(home / "made", price)
    shutil.copytree(home / "made", home / "registry" / NAME / version)
    return FolderRegistry(home / "registry"), version


def test_a_version_is_pulled_and_kept_once(home: Path) -> None:
    registry, version = registry_in(home)
    (home / "registry" / NAME / "notes").mkdir()
    assert registry.versions(NAME) == [version]
    pull(registry, ModelStore(), NAME, version)
    shutil.rmtree(home / "registry")
    pull(registry, ModelStore(), NAME, version)
    assert ModelStore().versions(NAME) == [version]
    assert list((home / "var" / "models").glob(".pull-*")) == []


def test_what_is_damaged_or_another_than_it_says_is_not_kept(home: Path) -> None:
    registry, version = registry_in(home)
    other = "2020-01-01.abcdef"
    shutil.copytree(home / "registry" / NAME / version, home / "registry" / NAME / other)
    with pytest.raises(ArtifactError, match="calls itself"):
        pull(registry, ModelStore(), NAME, other)
    (home / "registry" / NAME / version / "price.json").write_text(json.dumps(31))
    with pytest.raises(ArtifactError, match="sha256 differs"):
        pull(registry, ModelStore(), NAME, version)
    assert ModelStore().versions(NAME) == []


def test_a_folder_that_calls_itself_as_the_version_in_use_leaves_that_alone(home: Path) -> None:
    registry, version = registry_in(home)
    pull(registry, ModelStore(), NAME, version)
    ModelStore().choose(NAME, Choice(version))
    other = "2020-01-01.abcdef"
    (home / "registry" / NAME / version).rename(home / "registry" / NAME / other)
    with pytest.raises(ArtifactError, match="calls itself"):
        pull(registry, ModelStore(), NAME, other)
    assert ModelStore().folder(NAME) == ModelStore().place(NAME, version)


def test_what_is_not_there_is_not_found(home: Path) -> None:
    registry, _ = registry_in(home)
    with pytest.raises(NotFoundError):
        pull(registry, ModelStore(), NAME, "2020-01-01.abcdef")
    assert FolderRegistry(home / "away").versions(NAME) == []


def test_a_folder_that_is_silent_or_holds_too_much_is_given_up(home: Path) -> None:
    registry, version = registry_in(home)
    with pytest.raises(DeadlineExceededError, match="did not answer within 0 s"):
        pull(replace(registry, deadline=0.0), ModelStore(), NAME, version)
    with pytest.raises(UnavailableError, match="for which there is no room"):
        pull(replace(registry, largest=100), ModelStore(), NAME, version)
    assert list((home / "var" / "models").iterdir()) == []


def test_what_those_left_who_were_ended_goes_once_it_is_old(home: Path) -> None:
    registry, version = registry_in(home)
    left = [
        home / "var" / "models" / each for each in (".pull-old", f"{NAME}/.2026-01-01.abcdef.7.part", "a/b/.c.7.part", ".pull-new")
    ]
    for each in left:
        each.mkdir(parents=True)
    for each in left[:3]:
        os.utime(each, (0, 0))
    pull(registry, ModelStore(), NAME, version)
    assert [each.exists() for each in left] == [False, False, False, True]
    assert ModelStore().versions(NAME) == [version]


@pytest.mark.anyio
async def test_a_disk_that_takes_nothing_is_told(home: Path) -> None:
    _, version = registry_in(home)
    (home / "var").mkdir()
    (home / "var" / "models").write_text("in the way")
    pulled = pull_from(str(home / "registry"), ModelStore())
    assert pulled
    with pytest.raises(UnavailableError, match="cannot be kept"):
        await pulled(NAME, version)
    assert pull_from("", ModelStore()) is None


def test_the_setting_names_a_folder_or_a_pinned_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_registry("") is None
    assert open_registry("/srv/models") == FolderRegistry(Path("/srv/models"))
    assert open_registry("hub:team/models@3f2a1c") == HubRegistry("team/models", "3f2a1c")
    monkeypatch.setenv("MODEL_REGISTRY", "hub:team/models")
    with pytest.raises(UnusableSettingsError, match="REVISION"):
        ModelSettings()
