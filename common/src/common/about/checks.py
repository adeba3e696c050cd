"""What `pricer doctor` looks at, and services in themselves: each check says how it is, and what to do where it is not well."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from common.pricers import PRICERS
from common.private_files import secret
from common.settings import artifacts_dir, var_dir

MADE_BY = {
    "embedder": "training.embedder_export",
    **{pricer.name: pricer.made_by for pricer in sorted(PRICERS, key=lambda pricer: pricer.name)},
    "ensemble": "training.ensemble_train",
}
LEAST_DISK, LEAST_MEMORY = 1_000_000_000, 300_000_000  # bytes below which a person should see to it
_OF = {pricer.name: (pricer.name,) for pricer in PRICERS} | {
    "ensemble": ("ensemble",),
    "frontier-rag": ("frontier-rag", "embedder"),
}


@dataclass(frozen=True)
class Check:
    """How something is, in a line that says what to do where that is not well."""

    is_well: bool
    says: str


def artifact_version(name: str) -> str | None:
    """Of a trained artifact; None where it cannot be read."""
    try:
        return str(json.loads((artifacts_dir() / name / "meta.json").read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def artifact(name: str) -> Check:
    """Whether a trained artifact is there."""
    version, path = artifact_version(name), artifacts_dir() / name / "meta.json"
    if version is None:
        return Check(False, f"artifact {name}: {path} cannot be read; make it with: uv run python -m {MADE_BY[name]}")
    return Check(True, f"artifact {name}: version {version}")


def pushes() -> Check:
    """Where alerts go by the environment."""
    try:
        urls = secret("NOTIFY_URLS", os.environ).replace(",", " ").split()
    except ValueError as exc:
        return Check(False, f"pushes: {exc}")
    if urls:
        return Check(True, f"pushes: {len(urls)} address(es) in NOTIFY_URLS")
    return Check(True, "pushes: none (NOTIFY_URLS is empty): log and dashboard only")


def data() -> Check:
    """Whether there is a place for what a run makes."""
    folder = var_dir()
    there = _there(folder)
    can_write = there.is_dir() and os.access(there, os.W_OK)
    return Check(can_write, f"data: {folder}{'' if can_write else ' cannot be written; set VAR_DIR'}")


def disk() -> Check:
    """Whether there is room for what a run makes."""
    free = disk_of(var_dir())[1]
    if free < LEAST_DISK:
        return Check(False, f"disk: {free / 1e9:.1f} GB are left; make room, or set VAR_DIR to another disk")
    return Check(True, f"disk: {free / 1e9:.0f} GB are free")


def memory() -> Check:
    """Whether the machine has memory to spare."""
    _, free = memory_of_machine()
    if free is not None and free < LEAST_MEMORY:
        return Check(False, f"memory: {free / 1e6:.0f} MB are left; end other programs, or leave the specialist out")
    return Check(True, "memory: enough is free" if free is not None else "memory: this machine does not tell")


def checks_of(service: str) -> list[Check]:
    """What a service looks at in itself."""
    of_all: list[Callable[[], Check]] = [data, disk, memory, *([pushes] if service == "notifier" else [])]
    return [*map(artifact, artifacts_of(service)), *(check() for check in of_all)]


def artifacts_of(service: str) -> tuple[str, ...]:
    """The trained artifacts on which a service stands."""
    return _OF.get(service, ())


def disk_of(folder: Path) -> tuple[int, int]:
    """(bytes in all, bytes free) of the disk of a folder, or of what it will be in."""
    usage = shutil.disk_usage(_there(folder))
    return usage.total, usage.free


def _there(folder: Path) -> Path:
    """A folder, or the nearest above it that is there."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def memory_of_machine() -> tuple[int | None, int | None]:
    """(bytes in all, bytes to be had); None where the machine has no /proc/meminfo."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        kib = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines) if rest}
    except (OSError, ValueError, IndexError):
        return None, None
    return kib.get("MemTotal", 0) * 1024, kib.get("MemAvailable", 0) * 1024
