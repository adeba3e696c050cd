"""Where the models of this machine lie: as delivered in artifacts/NAME, and versions side by side in var/models/NAME/VERSION.

chosen.json beside the versions says which one is in use; without it, it is the delivered one. Knows no pricer and no HTTP.
"""

import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.artifact import sha256
from common.errors import ArtifactError, InvalidInputError, NotFoundError
from common.settings import artifacts_dir, var_dir

META, CHOSEN, PULLED = "meta.json", "chosen.json", ".pull-"
KEPT = 3  # versions of a name that nobody has chosen
ABANDONED = 3600.0  # seconds after which nobody fetches or copies a version any more
LINKED = 200 * 10**6  # bytes from which on a file is linked rather than copied
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}(/[a-z0-9][a-z0-9-]{0,60})?")
VERSION = re.compile(r"\d{4}-\d{2}-\d{2}\.[0-9a-f]{6,64}")
_tried: ContextVar[Mapping[str, Path]] = ContextVar("tried", default={})  # noqa: B039 (never changed, only replaced)


@dataclass(frozen=True)
class Choice:
    """What is in use, and what was before; None: the delivered one."""

    version: str | None = None
    former: str | None = None


def artifact_folder(name: str) -> Path:
    """The folder of the artifact in use: the one that is being tried, else the chosen version, else artifacts/NAME."""
    return _tried.get().get(name) or ModelStore().folder(name)


@contextmanager
def trying(folders: Mapping[str, Path]) -> Iterator[None]:
    """What is opened in here, also in threads that are started here, is opened in these folders."""
    token = _tried.set({**_tried.get(), **folders})
    try:
        yield
    finally:
        _tried.reset(token)


def checked_name(name: str) -> str:
    """`name`, which must be that of an artifact: specialist, frontier-rag/estimator."""
    if not NAME.fullmatch(name):
        raise InvalidInputError(f"{name[:80]!r} is no name of a model", "artifact")
    return name


def checked_version(version: str) -> str:
    """`version`, which must be a date and a content hash."""
    if not VERSION.fullmatch(version):
        raise InvalidInputError(f"{version[:80]!r} is no version: it looks like 2026-11-21.3fa94c", "version")
    return version


def read_meta(folder: Path) -> dict[str, Any]:
    """What training wrote of the artifact in `folder`; ArtifactError where it holds none."""
    try:
        found = json.loads((folder / META).read_text(encoding="utf-8"))
        if isinstance(found, dict) and isinstance(found["files"], dict) and VERSION.fullmatch(str(found["version"])):
            return found
    except (OSError, ValueError, KeyError) as exc:
        raise ArtifactError(f"{folder} holds no model: {META} cannot be read ({exc})") from exc
    raise ArtifactError(f"{folder / META} does not describe a model with a version")


def verify(folder: Path) -> dict[str, Any]:
    """The same, once every file was found to be the one that training wrote."""
    meta = read_meta(folder)
    for name, digest in meta["files"].items():
        path = folder / name
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise ArtifactError(f"{folder / META} names a file outside of the model: {name[:80]}")
        if not path.is_file():
            raise ArtifactError(f"{path} is missing")
        if sha256(path) != digest:
            raise ArtifactError(f"{path} is not the file that training wrote (sha256 differs)")
    return meta


class ModelStore:
    """`root`: of the versions side by side; `delivered`: of those that came with the system.

    Files of `linked` bytes and more are kept as hard links.
    """

    def __init__(self, root: Path | None = None, delivered: Path | None = None, linked: int = LINKED) -> None:
        self.root, self.delivered, self._linked = root or var_dir() / "models", delivered or artifacts_dir(), linked
        self._held: list[tuple[str, str]] = []

    def folder(self, name: str) -> Path:
        """Of the version in use. One that was chosen and is gone counts as not chosen."""
        version = self.choice(name).version
        place = self.place(name, version) if version else None
        return place if place and (place / META).is_file() else self.delivered / name

    def place(self, name: str, version: str) -> Path:
        """Where a version belongs, or lies."""
        return self.root / checked_name(name) / checked_version(version)

    def choice(self, name: str) -> Choice:
        """What chosen.json says; what it says wrongly counts as nothing."""
        try:
            found = json.loads((self.root / checked_name(name) / CHOSEN).read_text(encoding="utf-8"))
            version, former = (found[key] and checked_version(found[key]) for key in ("version", "former"))
            return Choice(version, former)
        except (OSError, ValueError, KeyError, TypeError, InvalidInputError):
            return Choice()

    def choose(self, name: str, choice: Choice) -> None:
        """From now on. OSError where nothing can be written."""
        path = self.root / checked_name(name) / CHOSEN
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{CHOSEN}.{os.getpid()}.part")
        part.write_text(json.dumps({"version": choice.version, "former": choice.former}) + "\n", encoding="utf-8")
        part.replace(path)

    def versions(self, name: str) -> list[str]:
        """Those that are kept, the newest first."""
        folder = self.root / checked_name(name)
        kept = [each for each in folder.glob(f"*/{META}") if VERSION.fullmatch(each.parent.name)] if folder.is_dir() else []
        return [each.parent.name for each in sorted(kept, key=_made, reverse=True)]

    def find(self, name: str, version: str) -> tuple[Path, str | None]:
        """(folder, what to choose for it) of a version that is here. NotFoundError."""
        with suppress(ArtifactError):
            if read_meta(self.delivered / name)["version"] == version:
                return self.delivered / name, None
        if (self.place(name, version) / META).is_file():
            return self.place(name, version), version
        raise NotFoundError(f"version {version} of {name} is not here; pull it first, or set MODEL_REGISTRY")

    def clear(self) -> None:
        """Delete what those left who were ended while they fetched or kept a version."""
        before = time.time() - ABANDONED
        for each in (place for kind in (f"{PULLED}*", "*/.*.part", "*/*/.*.part") for place in self.root.glob(kind)):
            if _kept(each) < before * 1e9:
                shutil.rmtree(each, ignore_errors=True)

    @contextmanager
    def holding(self, name: str, version: str) -> Iterator[None]:
        """Meanwhile this store does not delete it, however old it is."""
        self._held.append((name, version))
        try:
            yield
        finally:
            self._held.remove((name, version))

    def keep(self, name: str, folder: Path) -> str:
        """Keep what lies in `folder`, whatever is made there next; its version."""
        meta = verify(folder)
        version = str(meta["version"])
        place = self.place(name, version)
        if (place / META).is_file():
            with suppress(OSError):
                os.utime(place)  # see _sweep
            return version
        part = place.with_name(f".{place.name}.{os.getpid()}.part")
        shutil.rmtree(part, ignore_errors=True)
        try:
            for each in meta["files"]:
                self._copy(folder / each, part / each)
            shutil.copyfile(folder / META, part / META)
            if verify(part)["version"] != version:  # training may write into `folder` at any moment
                raise ArtifactError(f"{folder} was made anew while it was copied")
            part.replace(place)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        self._sweep(name, version)
        return version

    def _copy(self, path: Path, to: Path) -> None:
        """A copy stays what it is, whoever writes over `path`; a link does where a new file takes its name, as after training."""
        path = path.resolve()  # a link to a symbolic link would follow that one
        to.parent.mkdir(parents=True, exist_ok=True)
        if path.stat().st_size >= self._linked:
            with suppress(OSError):  # another disk, or one without hard links
                os.link(path, to)
                return
        shutil.copyfile(path, to)

    def _sweep(self, name: str, last: str) -> None:
        """Delete what is old: neither in use, nor before, nor held, nor among those that were kept last, of whatever date."""
        held = {self.choice(name).former, *(version for each, version in self._held if each == name)}
        with suppress(ArtifactError):
            held.add(str(read_meta(self.folder(name))["version"]))
        others = [self.place(name, each) for each in self.versions(name) if each not in held]
        for place in sorted(others, key=lambda each: (each.name == last, _kept(each)), reverse=True)[KEPT:]:
            shutil.rmtree(place, ignore_errors=True)


def _kept(place: Path) -> int:
    try:
        return place.stat().st_mtime_ns
    except OSError:  # deleted by another process
        return 0


def _made(path: Path) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8")).get("created", ""))
    except (OSError, ValueError, AttributeError):
        return ""
