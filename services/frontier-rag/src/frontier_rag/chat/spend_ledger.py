"""Keeps what chat models cost, by UTC day and model, in a SQLite file: it outlives restarts, and processes may share it.

Knows no limit: daily_budget.py does.
"""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from common.errors import UnavailableError
from common.private_files import make_private, restrict
from frontier_rag.chat.cost_meter import Usage

PATIENCE = 2.0  # seconds for another process that writes
_TABLE = """CREATE TABLE IF NOT EXISTS spend (day TEXT, model TEXT, dollars REAL NOT NULL, calls INTEGER NOT NULL,
 tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, PRIMARY KEY (day, model)) WITHOUT ROWID"""
_ADD = """INSERT INTO spend VALUES (?, ?, ?, 1, ?, ?) ON CONFLICT (day, model) DO UPDATE SET
 dollars = dollars + excluded.dollars, calls = calls + 1,
 tokens_in = tokens_in + excluded.tokens_in, tokens_out = tokens_out + excluded.tokens_out"""
_TOTAL = "SELECT coalesce(sum(dollars), 0) FROM spend WHERE day = ?"


def utc_day() -> str:
    """Today, as 2026-01-31."""
    return datetime.now(UTC).date().isoformat()


class SpendLedger:
    """The file. Every call opens it anew, so any thread may call; each takes about a millisecond."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            make_private(path)
        except OSError as exc:
            raise UnavailableError(f"{path} cannot be made: {exc}") from exc
        restrict(path)
        with closing(self._open()) as database:
            _run(self.path, database, _TABLE, ())

    def total(self, day: str) -> float:
        """Dollars of the day."""
        with closing(self._open()) as database:
            return _run(self.path, database, _TOTAL, (day,))

    def add(self, day: str, model: str, dollars: float, usage: Usage) -> float:
        """Write one call; the dollars of the day with it. UnavailableError where the file cannot be written."""
        with closing(self._open()) as database:
            _run(self.path, database, _ADD, (day, model, dollars, usage.tokens_in, usage.tokens_out))
            return _run(self.path, database, _TOTAL, (day,))

    def _open(self) -> sqlite3.Connection:
        try:
            database = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
        except sqlite3.Error as exc:
            raise UnavailableError(f"{self.path} cannot be opened: {exc}") from exc
        try:
            _run(self.path, database, "PRAGMA journal_mode = WAL", ())
            _run(
                self.path, database, "PRAGMA synchronous = NORMAL", ()
            )  # a killed process loses nothing, a power cut the last call
        except UnavailableError:
            database.close()
            raise
        return database


def _run(path: Path, database: sqlite3.Connection, statement: str, values: tuple[object, ...]) -> float:
    """Run it; the number it answers with, 0 where it gives none."""
    try:
        row = database.execute(statement, values).fetchone()
    except sqlite3.Error as exc:
        raise UnavailableError(f"{path}, which keeps what chat models cost, cannot be used: {exc}; mend or remove it") from exc
    return float(row[0]) if row and isinstance(row[0], int | float) else 0.0
