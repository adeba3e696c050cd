"""What a fine-tuning run has paid for so far: ids of files, job and model, so that the same command goes on.

Knows nothing of the API but that its things have ids.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

NAME = "state.json"


class StateError(Exception):
    """The kept state is of other settings or unreadable; the message says what to do."""


@dataclass
class State:
    """Ids, "" for what is not there yet. `fingerprint`: of all that a job depends on."""

    fingerprint: str
    training_file: str = ""
    validation_file: str = ""
    job: str = ""
    model: str = ""

    def save(self, folder: Path) -> None:
        """Write it durably: what it holds was paid for."""
        part = folder / (NAME + ".part")
        with part.open("w", encoding="utf-8") as file:
            file.write(json.dumps(asdict(self), indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / NAME)


def fingerprint_of(settings: dict[str, object]) -> str:
    """Hash of everything that decides what a job would learn, and where."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def load(folder: Path, fingerprint: str) -> State:
    """The kept state, or a new one. StateError when what is kept belongs to other settings."""
    path = folder / NAME
    if not path.exists():
        return State(fingerprint)
    try:
        state = State(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as exc:
        raise StateError(f"{path} cannot be read ({exc}); --again starts anew, --job ID follows a job") from exc
    if state.fingerprint != fingerprint:
        raise StateError(
            f"{path} is of a run with other settings, examples or endpoint (job {state.job or 'not started'}): "
            "repeat its settings, give another --out, or start anew with --again"
        )
    return state


def kept_job(folder: Path) -> str:
    """The id of the job that a run in `folder` has started; StateError where it has started none."""
    try:
        found = str(json.loads((folder / NAME).read_text(encoding="utf-8"))["job"] or "")
    except (OSError, ValueError, KeyError, TypeError):
        found = ""
    if not found:
        raise StateError(f"{folder} knows of no job; name it with --job ID")
    return found


def forget(folder: Path) -> None:
    """Let the next run start anew: it pays again."""
    (folder / NAME).unlink(missing_ok=True)
