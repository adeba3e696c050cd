"""Trained artifacts: a folder of inert files with a meta.json, written last by training and checked by the service that loads it.

meta.json holds at least {"name", "format_version", "command", "created", "version", "files": {name: sha256}}; training adds
its arguments, data hashes, calibration and metrics.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from common.errors import ArtifactError


@dataclass(frozen=True)
class Artifact:
    """A checked artifact: `folder` holds the files, `meta` is the content of meta.json."""

    folder: Path
    meta: dict[str, Any]

    @property
    def version(self) -> str:
        """Date and content hash, for example 2026-11-21.3fa94c."""
        return str(self.meta["version"])

    def path(self, name: str) -> Path:
        """Where the file `name` lies."""
        return self.folder / name


def is_same_content(version: str, other: str) -> bool:
    """Whether two versions are of the same files: what was made again from the same has another date and the same hash."""
    return version.rpartition(".")[2] == other.rpartition(".")[2]


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_artifact(folder: Path, *, format_version: int, command: str) -> Artifact:
    """Check meta.json, the format version and every file's digest; ArtifactError names `command` when one is wrong."""
    remedy = f"make it with: {command}"
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise ArtifactError(f"{folder} holds no artifact (no meta.json); {remedy}") from exc
    except (OSError, ValueError) as exc:
        raise ArtifactError(f"{folder / 'meta.json'} cannot be read ({exc}); {remedy}") from exc
    if not isinstance(meta, dict) or not isinstance(meta.get("files"), dict) or "version" not in meta:
        raise ArtifactError(f"{folder / 'meta.json'} is not an artifact's description; {remedy}")
    if meta.get("format_version") != format_version:
        found = meta.get("format_version")
        raise ArtifactError(f"{folder} has format version {found}, this service reads {format_version}; {remedy}")
    for name, digest in meta["files"].items():
        path = folder / name
        if not path.is_file():
            raise ArtifactError(f"{path} is missing; {remedy}")
        if sha256(path) != digest:
            raise ArtifactError(f"{path} is not the file that training wrote (sha256 differs); {remedy}")
    return Artifact(folder, meta)


def write_meta(folder: Path, *, format_version: int, command: str, files: Sequence[str], **facts: object) -> Artifact:
    """Write meta.json over files that already lie in `folder`. It goes last, through a rename: a folder with it is complete."""
    digests = {name: sha256(folder / name) for name in sorted(files)}
    now = datetime.now(UTC)
    combined = hashlib.sha256("".join(digests.values()).encode()).hexdigest()
    meta: dict[str, Any] = {
        "name": folder.name,
        "format_version": format_version,
        "version": f"{now:%Y-%m-%d}.{combined[:6]}",
        "command": command,
        "created": now.isoformat(timespec="seconds"),
        "files": digests,
        **facts,
    }
    temporary = folder / "meta.json.part"
    temporary.write_text(json.dumps(meta, indent=2) + "\n", encoding="utf-8")
    os.replace(temporary, folder / "meta.json")
    return Artifact(folder, meta)
