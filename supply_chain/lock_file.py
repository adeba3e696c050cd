"""What uv.lock holds: every third-party package, and for what it is there.

A package is delivered where a plain installation may bring it, optional where only an extra or training does, else of development.
Markers are not weighed: a package of Windows counts as much as one of Linux.
"""

import tomllib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parents[1] / "uv.lock"
PARTS = ("delivered", "optional", "development")
_ROOT = "product-pricing-agent"
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Locked:
    """A package of others; several versions where the lock file has one for each Python."""

    name: str
    versions: tuple[str, ...]
    part: str


def locked_packages(path: Path = LOCK) -> list[Locked]:
    """All of them, by name."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["package"]
    ours = {entry["name"] for entry in entries if not {"editable", "virtual"}.isdisjoint(entry["source"])}
    versions: dict[str, list[str]] = {}
    for entry in entries:
        versions.setdefault(entry["name"], []).append(entry.get("version", ""))
    parts = _parts_of(entries, ours)
    return [Locked(name, tuple(found), parts[name]) for name, found in sorted(versions.items()) if name not in ours]


def _parts_of(entries: list[Entry], ours: set[str]) -> dict[str, str]:
    delivered = _reached(entries, [(_ROOT, "")])
    optional = _reached(entries, [(entry["name"], extra) for entry in entries if entry["name"] in ours for extra in _extras(entry)])
    return {name: PARTS[0 if name in delivered else 1 if name in optional else 2] for name in {each["name"] for each in entries}}


def _extras(entry: Entry) -> list[str]:
    return ["", *entry.get("optional-dependencies", {})]


def _reached(entries: list[Entry], wanted: list[tuple[str, str]]) -> set[str]:
    """Names that these lead to, each a package with one of its extras."""
    by_name: dict[str, list[Entry]] = {}
    for entry in entries:
        by_name.setdefault(entry["name"], []).append(entry)
    waiting, seen = deque(wanted), set(wanted)
    while waiting:
        name, extra = waiting.popleft()
        fresh = {one for entry in by_name[name] for one in _asked_for(entry, extra)} - seen
        seen |= fresh
        waiting.extend(fresh)
    return {name for name, _ in seen}


def _asked_for(entry: Entry, extra: str) -> Iterator[tuple[str, str]]:
    found = entry.get("optional-dependencies", {}).get(extra, []) if extra else entry.get("dependencies", [])
    for one in found:
        yield one["name"], ""
        yield from ((one["name"], inner) for inner in one.get("extra", []))
