"""Files and folders that are there whole or not at all: written under a temporary name, then renamed.

Knows nothing of what they hold.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the name `path` at the end. After a failure what was there before still is."""
    part = path.with_name(f"{path.name}.part")
    yield part
    os.replace(part, path)


def check_replaceable(path: Path) -> None:
    """SystemExit where the folder holds something and is no artifact, which says so by its meta.json: nobody meant to lose that."""
    if path.exists() and not (path.is_dir() and ((path / "meta.json").is_file() or not any(path.iterdir()))):
        raise SystemExit(
            f"{path} is there and is no artifact (it has no meta.json): all in it would be removed, name another --out"
        )


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """An empty folder to fill, which takes the place of `path` and of all that was in it at the end; see check_replaceable."""
    check_replaceable(path)
    part = path.with_name(f"{path.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    yield part
    shutil.rmtree(path, ignore_errors=True)
    part.rename(path)
