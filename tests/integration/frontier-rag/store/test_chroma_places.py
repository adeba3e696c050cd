"""Which settings name a server, which names a collection may have, and the folder's lock and alias files."""

import asyncio
from pathlib import Path

import pytest

from common.errors import InvalidInputError, UnavailableError
from frontier_rag.store.aliases import AliasRecord
from frontier_rag.store.chroma_places import FolderPlace, checked, is_server, place_of
from frontier_rag.store.folder_lock import FolderLock


@pytest.mark.parametrize(
    "setting", ["http://chroma:8000", "https://a.b", "localhost:8000", "10.0.0.1:80", "chroma.lan:8000", "[::1]:8000"]
)
def test_an_address_names_a_server(setting: str) -> None:
    assert is_server(setting)


@pytest.mark.parametrize("setting", ["var/chroma", "/data", "chroma", "C:\\chroma", "./a:b/c", "host:", "host:port"])
def test_anything_else_is_a_folder(setting: str) -> None:
    assert not is_server(setting)


def test_another_kind_of_address_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="neither"):
        asyncio.run(place_of("ftp://somewhere", 1.0))


@pytest.mark.parametrize("name", ["", "ab", "../etc", "a/b/c", "-abc", "abc-", "a..b", "a" * 300, "a\\bc", "a b c"])
def test_a_name_that_chroma_or_the_folder_could_not_take_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="is no name"):
        checked(name)
    with pytest.raises(InvalidInputError):
        asyncio.run(FolderPlace(tmp_path, 1.0).delete(name))


def test_an_alias_is_replaced_as_a_whole_and_a_damaged_one_is_told(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "root", 1.0)
    assert asyncio.run(place.alias("products")) is None
    assert asyncio.run(place.names()) == []
    for record in (AliasRecord("one"), AliasRecord("two", {"one": 5.0})):
        asyncio.run(place.set_alias("products", record))
        assert asyncio.run(place.alias("products")) == record
    assert [each.name for each in (tmp_path / "root").iterdir()] == ["alias.products.json"]
    (tmp_path / "root" / "alias.products.json").write_bytes(b'{"collection": "\xff')
    with pytest.raises(UnavailableError, match=r"alias\.products\.json cannot be read.*frontier_rag_index"):
        asyncio.run(place.alias("products"))


def test_readers_share_a_folder_and_a_writer_has_it_alone(tmp_path: Path) -> None:
    first, second = FolderLock.take(tmp_path / "a", shared=True), FolderLock.take(tmp_path / "a", shared=True)
    assert first is not None
    assert second is not None
    assert FolderLock.take(tmp_path / "a", shared=False) is None
    first.release()
    first.release()
    assert FolderLock.take(tmp_path / "a", shared=False) is None
    second.release()
    writer = FolderLock.take(tmp_path / "a", shared=False)
    assert writer is not None
    assert FolderLock.take(tmp_path / "a", shared=True) is None
    writer.release()


def test_a_folder_that_somebody_reads_is_not_deleted(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path, 1.0)
    reader = FolderLock.take(tmp_path / "one", shared=True)
    assert reader is not None
    assert asyncio.run(place.delete("one")) is False
    assert asyncio.run(place.names()) == ["one"]
    reader.release()
    assert asyncio.run(place.delete("one")) is True
    assert asyncio.run(place.names()) == []
