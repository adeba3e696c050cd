"""What a file would change: which named things come, become others, or go. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Change:
    """One that becomes another: a line for each of its fields that does."""

    name: str
    lines: list[str]


@dataclass(frozen=True)
class Differences:
    """By names; `same`: how many stay as they are."""

    added: list[str] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    same: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


Facts = Mapping[str, Any]


def differences(before: Mapping[str, Facts], after: Mapping[str, Facts], *, removes: bool = True) -> Differences:
    """Between facts by name, as they are and as they are to be. `removes`: what is not named any more goes."""
    changed = [Change(name, lines) for name, facts in after.items() if name in before and (lines := _lines(before[name], facts))]
    return Differences(
        added=[name for name in after if name not in before],
        changed=changed,
        removed=[name for name in before if name not in after] if removes else [],
        same=sum(name in before for name in after) - len(changed),
    )


def _lines(before: Facts, after: Facts) -> list[str]:
    names = [*before, *(name for name in after if name not in before)]
    return [
        f"{name.replace('_', ' ')}: {_said(before.get(name))} → {_said(after.get(name))}"
        for name in names
        if before.get(name) != after.get(name)
    ]


def _said(value: Any) -> str:
    if value in (None, "", [], {}, ()):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_said(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_said, value))
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
