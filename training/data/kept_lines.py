"""Results kept one JSON array a line as they come, so that a run that is stopped goes on. Knows not what they are."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO


def kept_lines(path: Path) -> list[Any]:
    """The whole lines of the file, decoded; what a stopped run left of one is passed over. Nothing where there is no file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [each for each in map(_decoded, lines) if isinstance(each, list)]


def _decoded(line: str) -> Any:
    """None for half a line, wherever it was cut: also behind a bracket that stands within a text."""
    try:
        return json.loads(line)
    except ValueError:
        return None


@contextmanager
def keeping(path: Path) -> Iterator[TextIO]:
    """The file, to be added to: half a line of a stopped run stands alone, and its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    is_cut = path.exists() and path.stat().st_size > 0 and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" if is_cut else "")
        yield file
