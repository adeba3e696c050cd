"""Where Chroma keeps collections and their aliases: a folder, or a server. `place_of` takes either by one setting.

In a folder every collection is a Chroma store of its own, under a lock, and an alias is a small file: Chroma's embedded form
must not be opened by two processes while one of them writes. On a server an alias is an empty collection whose metadata
changes in one transaction. Knows nothing of when to switch or delete.
"""

import json
import os
import re
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from anyio import to_thread

from common.errors import ArtifactError, InvalidInputError, UnavailableError
from frontier_rag.store.aliases import AliasRecord, Place
from frontier_rag.store.chroma_connection import WRITE_SECONDS, Connection, NoCollectionError, connect
from frontier_rag.store.chroma_store import ChromaStore, create, open_complete
from frontier_rag.store.folder_lock import FolderLock

COMMAND = "uv run python -m training.frontier_rag_index"
ALIAS_PREFIX, DATABASE = "alias.", "chroma.sqlite3"
_SERVER = re.compile(r"https?://.+|(?:localhost|\[[0-9a-f:]+\]|[\w-]+(?:\.[\w-]+)*):\d{1,5}", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,200}[A-Za-z0-9]")


def is_server(chroma: str) -> bool:
    """Whether the setting names a server (a URL, or host:port) rather than a folder."""
    return _SERVER.fullmatch(chroma) is not None


async def place_of(chroma: str, seconds: float) -> Place:
    """The server at a URL or host:port, else the folder; `seconds` for a query."""
    if is_server(chroma):
        return ServerPlace(await connect(chroma, Path(), seconds))
    if "://" in chroma:
        raise InvalidInputError(f"{chroma} is neither the address of a Chroma server nor a folder", "CHROMA_URL")
    return FolderPlace(Path(chroma), seconds)


def checked(name: str) -> str:
    """`name`, which must be one that Chroma takes and that stays within its folder."""
    if not _NAME.fullmatch(name) or ".." in name:
        raise InvalidInputError(
            f"{name!r} is no name: 3 to 200 letters, digits and ._-, a letter or digit at both ends", "collection"
        )
    return name


class FolderPlace:
    """Collections in `root`, each in a folder of its name."""

    def __init__(self, root: Path, seconds: float) -> None:
        self.root, self.seconds = root, seconds

    async def alias(self, name: str) -> AliasRecord | None:
        """What root/alias.<name>.json says."""
        try:
            return AliasRecord.from_json(json.loads((await to_thread.run_sync(self._alias_file(name).read_bytes)).decode()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as exc:
            raise UnavailableError(
                f"the alias {self._alias_file(name)} cannot be read: {exc}; make it again with: {COMMAND}"
            ) from exc

    async def set_alias(self, name: str, record: AliasRecord) -> None:
        """Through a rename, so that a reader sees the old record or the new one."""
        await to_thread.run_sync(self._write_alias, name, record)

    def _write_alias(self, name: str, record: AliasRecord) -> None:
        path = self._alias_file(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        part.write_text(json.dumps(record.to_json()) + "\n", encoding="utf-8")
        part.replace(path)

    def _alias_file(self, name: str) -> Path:
        return self.root / f"{ALIAS_PREFIX}{checked(name)}.json"

    async def names(self) -> Sequence[str]:
        """The folders of root."""
        return await to_thread.run_sync(self._names)

    def _names(self) -> list[str]:
        return sorted(each.name for each in self.root.iterdir() if each.is_dir()) if self.root.is_dir() else []

    async def open(self, name: str, embedder: str) -> ChromaStore | None:
        """The complete collection `name`, locked against being written to or deleted; None while it is not that."""
        folder = self.root / checked(name)
        if not await to_thread.run_sync((folder / DATABASE).exists):
            return None
        lock = self._locked(folder, shared=True)
        return await self._opened(folder, lock, lambda connection: open_complete(connection, name, embedder))

    async def create(self, name: str, expected: int = 0) -> ChromaStore:
        """The collection `name` to write to. UnavailableError while another process has it open."""
        folder = self.root / checked(name)
        lock = self._locked(folder, shared=False)
        store = await self._opened(folder, lock, lambda connection: create(connection, name, expected))
        if store is None:
            raise UnavailableError(f"the collection {name} could not be made")
        return store

    async def complete(self, store: ChromaStore, embedder: str) -> None:
        """Bring the whole index to disk (Chroma does when it is opened again), say that the load has ended, and close the store."""
        name = store.collection.name
        try:
            await store.write_index_next()
        finally:
            await store.aclose()
        again = await self.create(name)
        try:
            await again.touch()
            await again.mark_complete(embedder)
        finally:
            await again.aclose()

    def _locked(self, folder: Path, *, shared: bool) -> FolderLock:
        lock = FolderLock.take(folder, shared=shared)
        if lock is None:
            raise UnavailableError(f"{folder} is {'being written' if shared else 'in use'} by another process")
        return lock

    async def _opened(self, folder: Path, lock: FolderLock, open_in: Any) -> ChromaStore | None:
        """What `open_in` finds through a connection to the folder; the store closes both when it is closed."""
        connection: Connection | None = None
        try:
            connection = await connect("", folder, self.seconds)
            found: ChromaStore | None = await open_in(connection)
        except BaseException:
            await _close(connection, lock)
            raise
        if found is None:
            await _close(connection, lock)
            return None
        return ChromaStore(connection, found.collection, partial(_close, connection, lock))

    async def delete(self, name: str) -> bool:
        """Remove the folder, unless somebody has it open."""
        folder = self.root / checked(name)
        lock = FolderLock.take(folder, shared=False)
        if lock is None:
            return False
        try:
            await to_thread.run_sync(partial(shutil.rmtree, folder, ignore_errors=True))
        finally:
            lock.release()
        return True

    async def aclose(self) -> None:
        """Nothing is held."""


async def _close(connection: Connection | None, lock: FolderLock) -> None:
    try:
        if connection:
            await connection.aclose()
    finally:
        lock.release()


class ServerPlace:
    """Collections of a Chroma server. All stores share one connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.client = connection, connection.client

    async def alias(self, name: str) -> AliasRecord | None:
        """What the metadata of the collection alias.<name> says."""
        try:
            found = await self.connection.call(
                self.client.get_collection, f"{ALIAS_PREFIX}{checked(name)}", embedding_function=None
            )
        except NoCollectionError:
            return None
        try:
            return AliasRecord.from_json(json.loads((found.metadata or {}).get("record", "")))
        except ValueError as exc:
            raise ArtifactError(f"the alias {name} of {self.connection.name} is damaged; make it again with: {COMMAND}") from exc

    async def set_alias(self, name: str, record: AliasRecord) -> None:
        """One change of metadata."""
        marks = {"record": json.dumps(record.to_json())}
        stored, make = f"{ALIAS_PREFIX}{checked(name)}", self.client.get_or_create_collection
        found = await self.connection.call(make, stored, embedding_function=None, metadata=marks, seconds=WRITE_SECONDS)
        await self.connection.call(found.modify, metadata=marks, seconds=WRITE_SECONDS)

    async def names(self) -> Sequence[str]:
        """All but the aliases."""
        found = await self.connection.call(self.client.list_collections, seconds=WRITE_SECONDS)
        return sorted(each.name for each in found if not each.name.startswith(ALIAS_PREFIX))

    async def open(self, name: str, embedder: str) -> ChromaStore | None:
        """The complete collection `name`; None while it is not that."""
        return await open_complete(self.connection, checked(name), embedder)

    async def create(self, name: str, expected: int = 0) -> ChromaStore:
        """The collection `name` to write to."""
        return await create(self.connection, checked(name), expected)

    async def complete(self, store: ChromaStore, embedder: str) -> None:
        """Say that the load has ended."""
        await store.mark_complete(embedder)

    async def delete(self, name: str) -> bool:
        """Delete it. Who still asks it is told that it is gone, and follows the alias."""
        try:
            await self.connection.call(self.client.delete_collection, checked(name), seconds=WRITE_SECONDS)
        except NoCollectionError:
            return True
        return True

    async def aclose(self) -> None:
        """Close the connection."""
        await self.connection.aclose()
