"""Reads the log of `pricer run` where its services write JSON: how often each said what, and what went wrong in them."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

_WRONG = ("error", "critical")


@dataclass
class LogCount:
    """`warnings` and `errors` by "service: event"; `tracebacks`: of errors that something foresaw, and of what nothing did."""

    warnings: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    tracebacks: int = 0
    examples: dict[str, str] = field(default_factory=dict)  # of each error, its first line

    @staticmethod
    def of(lines: Iterable[str]) -> "LogCount":
        """Of all that was said."""
        found = LogCount()
        for line in lines:
            name, _, text = line.partition(" | ")
            found._add(name.strip(), text.strip())
        return found

    def _add(self, name: str, text: str) -> None:
        said = _fields(text)
        self.tracebacks += "Traceback (most recent call last)" in (text if said is None else str(said.get("exception", "")))
        if said is None:
            if text.startswith(("Traceback", "Fatal Python error")) or " ERROR " in text:
                self._note(self.errors, f"{name}: {text[:80]}", text)
            return
        what = f"{name}: {str(said.get('event', ''))[:80]}"
        if said.get("level") in _WRONG:
            self._note(self.errors, what, text)
        elif said.get("level") == "warning":
            self.warnings[what] += 1

    def _note(self, where: Counter[str], what: str, text: str) -> None:
        where[what] += 1
        self.examples.setdefault(what, text[:2000])


def _fields(text: str) -> dict[str, object] | None:
    if not text.startswith("{"):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
