"""What is told of a model that is in use: name, version, and the hash of the data that it was made from."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.about.checks import artifacts_of
from common.artifact import sha256
from common.errors import ArtifactError
from common.models.canary import BUILT_IN, Canary, read_canary
from common.models.drift.stability import PriceBins, read_bins
from common.models.model_store import META, artifact_folder, read_meta


@dataclass(frozen=True)
class Standing:
    """An artifact as it was loaded. `data`: one hash over all files that it was made from; `digest`: of meta.json itself."""

    name: str
    folder: Path
    version: str
    data: str
    created: str
    digest: str


def standing_of(name: str) -> Standing | None:
    """As it lies there now; None where it cannot be read."""
    folder = artifact_folder(name)
    try:
        meta, digest = read_meta(folder), sha256(folder / META)
    except (ArtifactError, OSError):
        return None
    return Standing(name, folder, str(meta["version"]), data_hash(meta), str(meta.get("created", "")), digest)


def passed_over(in_use: Sequence[Standing], delivered: Path) -> str:
    """What lies in artifacts/ and is not taken, since another version was chosen; how to take it. Reads files of some kilobytes."""
    words = list[str]()
    for each in in_use:
        with suppress(ArtifactError):
            made = str(read_meta(delivered / each.name)["version"])
            if made != each.version:
                words.append(f"{each.version} of {each.name} was chosen; for what lies in artifacts/ name its version: {made}")
    return "; ".join(words)


def data_hash(meta: Mapping[str, Any]) -> str:
    """12 hex digits: the same where the same files were used, under whatever order; empty where meta.json tells of none."""
    data = meta.get("data")
    if not isinstance(data, dict) or not data:
        return ""
    lines = "".join(f"{name}={digest}\n" for name, digest in sorted(data.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:12]


def stamp_of(name: str) -> tuple[Path, int, int] | None:
    """Another one when the artifact was made anew, or another version was chosen."""
    folder = artifact_folder(name)
    try:
        found = (folder / META).stat()
    except OSError:
        return None
    return folder, found.st_mtime_ns, found.st_size


def bins_in_use(service: str) -> PriceBins | None:
    """The reference of what a service's answers are named after; None where it has none."""
    names = artifacts_of(service)
    try:
        return read_bins(read_meta(artifact_folder(names[0]))) if names else None
    except ArtifactError:
        return None


def canary_of(service: str) -> Canary:
    """The recorded canary of what a service's answers are named after, else ours."""
    names = artifacts_of(service)
    try:
        return read_canary(read_meta(artifact_folder(names[0]))) if names else BUILT_IN
    except ArtifactError:
        return BUILT_IN
