"""Files that a run makes are its user's alone: they tell what somebody watches, and what was pushed where.

And secrets that stand in files: NAME_FILE names the file that holds what NAME would say, which then shows neither in a process's
environment nor in what an engine tells of a container. Knows no setting by name.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from common.environment.unusable import UnusableSettingsError

LONGEST_SECRET = 64 * 1024  # bytes of such a file


class SecretFileError(UnusableSettingsError):
    """A secret that is said twice, or whose file cannot be read. Names variables and the path, never what it holds."""


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


def secret(name: str, environment: Mapping[str, str]) -> str:
    """What NAME says, else what stands in the file that NAME_FILE names, without white space around it; "" where neither does.

    SecretFileError where both say something, or where the file cannot be read.
    """
    given, path = environment.get(name, "").strip(), environment.get(f"{name}_FILE", "").strip()
    held = _content(f"{name}_FILE", Path(path)) if path else ""
    if given and held:
        raise SecretFileError(f"{name} is set, and {name}_FILE names a file that holds another: take one away")
    return held or given


def _content(variable: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            found = file.read(LONGEST_SECRET + 1)
        text = found.decode("utf-8")
    except OSError as exc:
        raise SecretFileError(f"{variable}: {path} cannot be read: {exc.strerror}") from None
    except UnicodeDecodeError:
        raise SecretFileError(f"{variable}: {path} is no text in UTF-8") from None
    if len(found) > LONGEST_SECRET:
        raise SecretFileError(f"{variable}: {path} has more than {LONGEST_SECRET} bytes, which no secret has")
    return text.strip()
