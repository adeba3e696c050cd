"""A lock on a folder, shared by those who read it or held by the one who writes: Chroma's embedded form has none of its own.

The system gives it back when a process ends, however it ends. Where there is no flock (Windows) nothing is locked.
"""

import os
import sys
from pathlib import Path

FILE = "lock"


class FolderLock:
    """Held from its making until `release`. None of this blocks: see `take`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, folder: Path, *, shared: bool) -> "FolderLock | None":
        """The lock on `folder`, which is made when it is not there; None while another process holds it otherwise."""
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if _lock(descriptor, shared):
            return cls(descriptor)
        os.close(descriptor)
        return None

    def release(self) -> None:
        """Give it back; once is enough."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _lock(descriptor: int, shared: bool) -> bool:
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
