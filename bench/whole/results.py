"""What came of a benchmark, as a JSON file: its own last line, and when, where and of which commit it was measured.

A file is small, so that it can be committed: bench/recorded/ holds those that docs/benchmarks.md is made of.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).resolve().parents[1] / "recorded"
DONE, FAILED, LATE, NOT_RUN = "done", "failed", "late", "not run"


@dataclass(frozen=True)
class Result:
    """`why`: what stood in its way, where `status` is not DONE. `busy`: cores that others kept busy in the second before it began
    and in that after it ended; `load`: the load average then, in which the benchmark before it and it itself are still felt.

    Empty, as `seconds` 0: not told.
    """

    name: str
    command: str
    status: str
    why: str = ""
    commit: str = ""
    date: str = ""  # UTC, to the minute
    machine: str = ""
    cores: int = 0
    load: tuple[float, ...] = ()
    seconds: float = 0.0
    output: Mapping[str, Any] | None = None
    busy: tuple[float, ...] = ()


def write(folder: Path, result: Result) -> None:
    """As NAME.json in `folder`, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{result.name}.json.part"
    part.write_text(json.dumps(asdict(result), indent=1) + "\n", encoding="utf-8")
    part.replace(folder / f"{result.name}.json")


def read(path: Path) -> Result | None:
    """One result; None where the file is not there, broken, or of another shape."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        known = {field.name: found[field.name] for field in fields(Result) if field.name in found}
        result = Result(**known)
        return replace(result, load=tuple(map(float, result.load)), busy=tuple(map(float, result.busy)))
    except (OSError, ValueError, TypeError, LookupError):
        return None


def read_all(folder: Path) -> dict[str, Result]:
    """All of a folder, by name."""
    found = [read(path) for path in sorted(folder.glob("*.json"))]
    return {result.name: result for result in found if result}


def supersedes(new: Result, old: Result | None) -> bool:
    """Whether `new` is told from now on: what was merely not run takes no figure away."""
    return new.status != NOT_RUN or old is None or old.status != DONE
