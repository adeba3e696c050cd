"""Where versions of models come from: a folder with NAME/VERSION/, or a repository of the Hugging Face hub with the same in it.

What is fetched is checked file by file against its meta.json before it is kept. Knows no service.
"""

import multiprocessing
import re
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from anyio import to_thread

from common.errors import ArtifactError, DeadlineExceededError, NotFoundError, UnavailableError
from common.models.folder_client import copy_folder
from common.models.hub_client import HubError, fetch_folder, list_folders
from common.models.model_store import META, PULLED, ModelStore, checked_name, checked_version, read_meta
from common.models.settings import HUB_NAME

T = TypeVar("T")
DEADLINE = 1800.0  # seconds for all files of a version
LIST_DEADLINE = 30.0
LARGEST = 40 * 10**9  # bytes of all files of a version


class Registry(Protocol):
    """Versions of models, to be fetched."""

    def versions(self, name: str) -> list[str]:
        """Those of a model, the newest first."""
        ...

    def fetch(self, name: str, version: str, folder: Path) -> None:
        """Put the files of a version into `folder`. NotFoundError, UnavailableError."""
        ...


@dataclass(frozen=True)
class FolderRegistry:
    """A folder, which may be of another machine. `deadline`: seconds for all files of a version; `largest`: their bytes."""

    root: Path
    deadline: float = DEADLINE
    largest: int = LARGEST

    def versions(self, name: str) -> list[str]:
        """See Registry."""
        folder = self.root / checked_name(name)
        try:
            found = [each.name for each in folder.iterdir() if (each / META).is_file()] if folder.is_dir() else []
        except OSError as exc:
            raise UnavailableError(f"{folder} cannot be read: {exc}") from exc
        return _sorted(found)

    def fetch(self, name: str, version: str, folder: Path) -> None:
        """See Registry."""
        source = self.root / checked_name(name) / checked_version(version)
        _apart(str(self.root), copy_folder, (str(source), str(folder), self.largest), self.deadline)


@dataclass(frozen=True)
class HubRegistry:
    """A repository of the hub at one revision. `deadline`: seconds for all files of a version."""

    repository: str
    revision: str
    deadline: float = DEADLINE
    list_deadline: float = LIST_DEADLINE

    def versions(self, name: str) -> list[str]:
        """See Registry."""
        asked = (self.repository, self.revision, checked_name(name))
        return _sorted(_apart(self.repository, list_folders, asked, self.list_deadline))

    def fetch(self, name: str, version: str, folder: Path) -> None:
        """See Registry."""
        wanted = f"{checked_name(name)}/{checked_version(version)}"
        _apart(self.repository, fetch_folder, (self.repository, self.revision, wanted, str(folder), LARGEST), self.deadline)


def _apart(who: str, work: Callable[..., T], arguments: tuple[object, ...], seconds: float) -> T:
    """In a process of its own, which is ended at the deadline: the hub's client and a network drive wait without end."""
    try:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            return pool.apply_async(work, arguments).get(seconds)
    except multiprocessing.TimeoutError as exc:
        raise DeadlineExceededError(f"{who} did not answer within {seconds:,.0f} s") from exc
    except HubError as exc:
        raise (NotFoundError if exc.is_missing else UnavailableError)(str(exc)) from None


def open_registry(setting: str) -> Registry | None:
    """What MODEL_REGISTRY names; None where it names nothing."""
    if not setting:
        return None
    found = HUB_NAME.fullmatch(setting)
    return HubRegistry(found["repository"], found["revision"]) if found else FolderRegistry(Path(setting))


def pull(registry: Registry, store: ModelStore, name: str, version: str) -> None:
    """Bring a version into the store, unless it is there; nothing is kept that is not what training wrote."""
    if version in store.versions(name):
        return
    store.root.mkdir(parents=True, exist_ok=True)
    store.clear()
    with tempfile.TemporaryDirectory(prefix=PULLED, dir=store.root) as given:
        folder = Path(given)
        registry.fetch(name, version, folder)
        told = str(read_meta(folder)["version"])
        if told != version:
            raise ArtifactError(f"what the registry has as {version} of {name} calls itself {told}")
        store.keep(name, folder)


def pull_from(setting: str, store: ModelStore) -> Callable[[str, str], Awaitable[None]] | None:
    """The same for whoever waits beside other work; None where there is no registry."""
    registry = open_registry(setting)
    if registry is None:
        return None

    async def pulled(name: str, version: str) -> None:
        try:
            await to_thread.run_sync(pull, registry, store, name, version)
        except OSError as exc:
            raise UnavailableError(f"version {version} of {name} cannot be kept: {exc}") from exc

    return pulled


def _sorted(versions: list[str]) -> list[str]:
    return sorted((each for each in versions if re.fullmatch(r"\d{4}-\d{2}-\d{2}\.[0-9a-f]{6,64}", each)), reverse=True)
