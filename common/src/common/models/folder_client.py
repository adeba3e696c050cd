"""Copies a version out of a folder, which may be of another machine. Runs in a process of its own: registry.py."""

import shutil
from pathlib import Path

from common.errors import NotFoundError, UnavailableError


def copy_folder(source: str, folder: str, largest: int) -> None:
    """Put the files of `source` into `folder`. NotFoundError where there is no meta.json, UnavailableError for want of room."""
    try:
        _copy(Path(source), Path(folder), largest)
    except OSError as exc:
        raise UnavailableError(f"{source} cannot be copied: {exc}") from None


def _copy(source: Path, folder: Path, largest: int) -> None:
    if not (source / "meta.json").is_file():
        raise NotFoundError(f"there is no version {source.name} of {source.parent.name} in {source.parent.parent}")
    sizes = {path.relative_to(source): path.stat().st_size for path in source.rglob("*") if path.is_file()}
    total = sum(sizes.values())
    if total > min(largest, shutil.disk_usage(folder).free):
        raise UnavailableError(f"{source} has {total / 1e9:.1f} GB, for which there is no room")
    for name in sizes:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, folder / name)
