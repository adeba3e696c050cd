"""The rejects file: one JSON object a bad line (reason, file, line, offset, text), and the table of what each rule dropped.

Knows nothing of how lines are read.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from rich.table import Table

from common.product_files.record import DAMAGED_FILE, NOT_AN_OBJECT, NOT_JSON, NOT_UTF8, TOO_DEEP, TOO_LONG
from training.curation.assemble import STRADDLES
from training.curation.chunks import Chunk
from training.curation.curator import CHARACTERS, EXCLUDED, NO_PRICE, PRICE, TOKENS
from training.curation.duplicates import NEAR, SAME_TITLE, SAME_WORDS
from training.curation.shards import path_of
from training.curation.stats import CurationStats


class RejectsFile:
    """Adds the rejects of chunk after chunk, in order, with line numbers that count from the file's beginning."""

    def __init__(self, file: IO[str]) -> None:
        self.file = file
        self.name, self.lines = "", 0

    def add(self, chunk: Chunk, lines: int, shards: Path) -> None:
        """Take over a chunk's rejects; `lines` is how many it has in all."""
        origin = str(chunk.origin)
        if origin != self.name:
            self.name, self.lines = origin, 0
        path = path_of(shards, chunk.number, "rejects.jsonl")
        if path.is_file():
            with path.open(encoding="utf-8") as rows:
                for row in rows:
                    reason, line, offset, text = json.loads(row)
                    told = {"reason": reason, "file": origin, "line": self.lines + line + 1, "offset": offset, "text": text}
                    self.file.write(json.dumps(told, ensure_ascii=False) + "\n")
        self.lines += lines


RULES = (
    *(NOT_UTF8, NOT_JSON, NOT_AN_OBJECT, TOO_LONG, TOO_DEEP, "unusable values", DAMAGED_FILE),
    *(NO_PRICE, PRICE, CHARACTERS, TOKENS, EXCLUDED, SAME_WORDS, SAME_TITLE, NEAR, STRADDLES),
)


def in_order(dropped: Mapping[str, int]) -> dict[str, int]:
    """Counts in the order in which the rules are applied; rules of duplicates are told even where they dropped nothing."""
    return {rule: dropped[rule] for rule in sorted(dropped, key=RULES.index)}


def drops_table(stats: CurationStats) -> Table:
    """What each rule dropped and what was left after it, as shares of all rows too."""
    table = Table(title="What each rule dropped")
    for name in ("rule", "dropped", "of all", "left"):
        table.add_column(name, justify="left" if name == "rule" else "right")
    left = stats.rows
    table.add_row("rows read", "", "", f"{left:,}")
    for rule, dropped in stats.dropped.items():
        left -= dropped
        table.add_row(rule, f"{dropped:,}", f"{dropped / max(stats.rows, 1):.1%}", f"{left:,}")
    table.add_row("kept", "", f"{stats.kept / max(stats.rows, 1):.1%}", f"{stats.kept:,}", style="bold")
    table.add_row("sampled", "", f"{stats.sampled / max(stats.rows, 1):.1%}", f"{stats.sampled:,}", style="bold")
    for name, rows in stats.splits.items():
        table.add_row(f"  {name}", "", "", f"{rows:,}")
    return table
