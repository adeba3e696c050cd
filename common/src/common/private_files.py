"""Files that a run makes are its user's alone: they tell what somebody watches, and what was pushed where."""

import os
from contextlib import suppress
from pathlib import Path


def keep_private(folder: Path) -> None:
    """At a process's start: what it makes is for its user alone, and so is the `folder` var/ where an earlier version made it.

    One that somebody named, by VAR_DIR, keeps its own rights.
    """
    os.umask(0o077)
    if not os.environ.get("VAR_DIR"):
        restrict(folder)


def make_private(path: Path) -> None:
    """An empty file where there is none, with its folder, for its user alone; OSError where it cannot be made."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)


def restrict(*paths: Path) -> None:
    """Take others' rights from files and folders that an earlier version made. What is not there or not ours is left alone."""
    for path in paths:
        with suppress(OSError):
            path.chmod(path.stat().st_mode & ~0o077)
