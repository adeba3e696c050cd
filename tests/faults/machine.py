"""What is done to the machine below the processes: its clock is set, or runs fast, and a disk is full. Skips where it cannot be."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

_CHUNK = 4096  # bytes by which a disk is filled


def libfaketime() -> str:
    """The library that stands before the clock of a process."""
    if os.environ.get("FAULTS_IN") == "containers":
        pytest.skip("needs local processes: images have no libfaketime")
    if os.environ.get("FAULTS") != "long":
        pytest.skip("needs FAULTS=long (make faults): now and then a process stalls at its start under libfaketime")
    found = next(iter(sorted(Path("/usr").glob("lib*/**/faketime/libfaketime.so.1"))), None)
    if found is None:
        pytest.skip("needs libfaketime (apt-get install libfaketime)")
    return str(found)


class Clock:
    """The clock of all processes with its `environment`; the steady clock, which nobody can set, goes on."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.environment = {
            "LD_PRELOAD": libfaketime(),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",  # seconds after which the file is read again
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
        self.set(0)

    def set(self, ahead: float) -> None:
        """Be so many seconds ahead of the true time, or behind it."""
        self._file.write_text(f"{ahead:+.0f}\n")


def forget_clock(process: int) -> None:
    """Take away what libfaketime leaves of a process that was killed, or the next one of that number would stumble over it."""
    for name in (f"faketime_shm_{process}", f"sem.faketime_sem_{process}"):
        Path("/dev/shm", name).unlink(missing_ok=True)


def fast_clock(times: int) -> dict[str, str]:
    """The environment of a process whose clocks, and whose patience with others, run so many times faster."""
    return {"LD_PRELOAD": libfaketime(), "FAKETIME": f"+0 x{times}", "NO_FAKE_STAT": "1"}


class SmallDisk:
    """A file system of a few megabytes at `folder`."""

    def __init__(self, folder: Path, megabytes: int = 16) -> None:
        if os.environ.get("FAULTS_IN") == "containers":
            pytest.skip("needs local processes: a container does not see what is mounted after its start")
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self._filler = folder, folder / "filler"
        if os.geteuid() != 0:
            pytest.skip("needs root, to mount a small disk")
        argv = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "faults", str(folder)]
        if subprocess.run(argv, capture_output=True, check=False).returncode:
            pytest.skip("needs the right to mount a small disk")

    def fill(self) -> None:
        """Leave no byte."""
        with self._filler.open("ab", buffering=0) as file, suppress(OSError):  # no space is left
            while True:
                file.write(b"\0" * _CHUNK)

    def free(self) -> None:
        """Give back what `fill` took."""
        with suppress(FileNotFoundError):
            self._filler.unlink()

    def close(self) -> None:
        """Take it away, with all that is on it."""
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)
