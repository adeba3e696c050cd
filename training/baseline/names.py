"""What a NAME of training.baselines means: a fitted baseline, people, or a chat model; and which of them can run here."""

import importlib.util
import re
import sys
from collections.abc import Sequence

from training.baseline.models import OFFLINE, library_of

GROUP, HUMAN, OPENAI, ANTHROPIC = "offline", "human", "chat:", "anthropic:"
KNOWN = ", ".join((GROUP, *OFFLINE, HUMAN, f"{OPENAI}MODEL", f"{ANTHROPIC}MODEL"))


class BaselineError(Exception):
    """A baseline cannot be run as asked; the message says what to do."""


def expanded(given: Sequence[str], *, has_sheet: bool) -> tuple[str, ...]:
    """Each baseline once, the group as its members. `has_sheet`: people's answers are there. ValueError for what is none."""
    names = list(given) or ([] if has_sheet else [GROUP])
    names += [HUMAN] if has_sheet else []
    for name in names:
        if name == HUMAN and not has_sheet:
            raise ValueError("human needs --human-read FILE; --human-write FILE makes one to fill in")
        if name not in (GROUP, HUMAN, *OFFLINE) and not is_chat(name):
            raise ValueError(f"unknown baseline {name!r}; known are {KNOWN}")
    return tuple(dict.fromkeys(each for name in names for each in (_installed() if name == GROUP else [name])))


def is_chat(name: str) -> bool:
    """Whether a chat model is meant."""
    return re.fullmatch(f"({OPENAI}|{ANTHROPIC}).+", name) is not None


def has(package: str) -> bool:
    """Whether a package is installed; "" is one that everybody has."""
    return not package or importlib.util.find_spec(package) is not None


def _installed() -> list[str]:
    absent = [name for name in OFFLINE if not has(library_of(name))]
    if absent:
        print(f"left out, they need what `make training` installs: {', '.join(absent)}", file=sys.stderr)
    return [name for name in OFFLINE if name not in absent]
