"""Versions side by side, and which of them is in use."""

import json
from pathlib import Path

import pytest

from common.artifact import read_artifact
from common.errors import ArtifactError, InvalidInputError
from common.models.model_store import CHOSEN, Choice, ModelStore, artifact_folder, trying
from tests.unit.common.models.kept_models import NAME, make


def test_the_delivered_one_is_in_use_until_another_is_chosen(home: Path) -> None:
    store = ModelStore()
    assert artifact_folder(NAME) == home / "artifacts" / NAME
    version = store.keep(NAME, made(home, 1.0))
    store.choose(NAME, Choice(version))
    assert artifact_folder(NAME) == home / "var" / "models" / NAME / version
    assert artifact_folder("frontier-rag/estimator") == home / "artifacts" / "frontier-rag" / "estimator"


def test_what_is_tried_goes_before_what_is_chosen(home: Path) -> None:
    with trying({NAME: home / "other"}):
        assert artifact_folder(NAME) == home / "other"
    assert artifact_folder(NAME) == home / "artifacts" / NAME


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": "../../x", "former": null}', '{"version": 3, "former": 4}'])
def test_a_choice_that_says_nothing_of_sense_counts_as_none(home: Path, text: str) -> None:
    (home / "var" / "models" / NAME).mkdir(parents=True)
    (home / "var" / "models" / NAME / CHOSEN).write_text(text)
    assert ModelStore().choice(NAME) == Choice()


def test_a_chosen_version_that_is_gone_leaves_the_delivered_one(home: Path) -> None:
    ModelStore().choose(NAME, Choice("2026-01-01.abcdef"))
    assert artifact_folder(NAME) == home / "artifacts" / NAME


def test_what_is_kept_survives_what_training_writes_next(home: Path) -> None:
    folder = home / "artifacts" / NAME
    version = make(folder, 1.0)
    store = ModelStore()
    assert store.keep(NAME, folder) == version
    make(folder, 2.0)
    assert json.loads((store.place(NAME, version) / "price.json").read_text()) == 1.0


def test_what_is_made_anew_while_it_is_copied_is_not_kept_as_what_it_was(home: Path) -> None:
    folder = home / "artifacts" / NAME
    version = make(folder, 1.0)

    class TrainedMeanwhile(ModelStore):
        def _copy(self, path: Path, to: Path) -> None:
            super()._copy(path, to)
            make(folder, 2.0)

    with pytest.raises(ArtifactError, match=r"made anew|sha256 differs"):
        TrainedMeanwhile().keep(NAME, folder)
    assert ModelStore().versions(NAME) == []
    assert ModelStore().keep(NAME, folder) != version


def test_what_is_kept_survives_what_is_copied_over_the_files(home: Path) -> None:
    folder = home / "artifacts" / NAME
    version = make(folder, 1.0)
    store = ModelStore()
    store.keep(NAME, folder)
    (folder / "price.json").write_text("2.0")
    assert read_artifact(store.place(NAME, version), format_version=1, command="make").version == version


def test_a_large_file_is_linked_itself_where_a_symbolic_link_leads_to_it(home: Path) -> None:
    folder = home / "artifacts" / NAME
    version = make(folder, 1.0)
    (folder / "price.json").rename(home / "weights")
    (folder / "price.json").symlink_to(home / "weights")
    store = ModelStore(linked=1)
    store.keep(NAME, folder)
    kept = store.place(NAME, version) / "price.json"
    assert not kept.is_symlink()
    assert kept.samefile(home / "weights")


def test_nothing_is_kept_that_is_not_whole_or_points_elsewhere(home: Path) -> None:
    folder = made(home, 1.0)
    (folder / "price.json").write_text("2.0")
    with pytest.raises(ArtifactError, match="sha256 differs"):
        ModelStore().keep(NAME, folder)
    meta = json.loads((folder / "meta.json").read_text()) | {"files": {"../../secret": "0"}}
    (folder / "meta.json").write_text(json.dumps(meta))
    with pytest.raises(ArtifactError, match="outside of the model"):
        ModelStore().keep(NAME, folder)
    assert ModelStore().versions(NAME) == []


@pytest.mark.parametrize("name", ["", "..", "../up", "/etc", "a/b/c", "A", "a//b", "a/"])
def test_no_name_leads_out_of_the_store(home: Path, name: str) -> None:
    with pytest.raises(InvalidInputError):
        ModelStore().place(name, "2026-01-01.abcdef")


def test_old_versions_go_but_for_those_in_use(home: Path) -> None:
    store = ModelStore()
    held = [store.keep(NAME, made(home, float(price))) for price in range(1, 3)]
    store.choose(NAME, Choice(held[0], held[1]))
    for price in range(3, 9):
        store.keep(NAME, made(home, float(price)))
    assert set(held) < set(store.versions(NAME))
    assert len(store.versions(NAME)) == 5


def test_what_came_last_stays_however_old_it_is(home: Path) -> None:
    store = ModelStore()
    newer = [store.keep(NAME, made(home, float(price), created=f"2026-11-0{price}")) for price in range(1, 4)]
    old = store.keep(NAME, made(home, 4.0, created="2026-01-01"))
    assert set(store.versions(NAME)) == {old, *newer[1:]}
    store.keep(NAME, made(home, 5.0, created="2026-11-09"))
    assert old in store.versions(NAME)


def test_the_delivered_one_that_is_in_use_stays(home: Path) -> None:
    store = ModelStore()
    make(home / "artifacts" / NAME, 1.0, created="2026-01-01")
    version = store.keep(NAME, home / "artifacts" / NAME)
    for price in range(2, 8):
        store.keep(NAME, made(home, float(price)))
    assert version in store.versions(NAME)


def test_what_is_held_stays(home: Path) -> None:
    store = ModelStore()
    version = store.keep(NAME, made(home, 1.0))
    with store.holding(NAME, version):
        for price in range(2, 8):
            store.keep(NAME, made(home, float(price)))
        assert version in store.versions(NAME)
    store.keep(NAME, made(home, 8.0))
    assert version not in store.versions(NAME)


def made(home: Path, price: float, **facts: object) -> Path:
    folder = home / f"runs-{price}"
    make(folder, price, **facts)
    return folder
