"""The command by which docs/delivery.md has a database copied while its service runs takes all of it, and a plain copy does not."""

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from common.database import PRAGMAS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "delivery.md"


def deals_in(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        (there,) = database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'deals'").fetchone()
        return int(database.execute("SELECT count(*) FROM deals").fetchone()[0]) if there else 0


def test_a_copy_of_a_database_in_use_has_what_was_written_last(tmp_path: Path) -> None:
    (program,) = set(re.findall(r"^copy='(.+)'$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    path = tmp_path / "scanner.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as service:
        for pragma in PRAGMAS:
            service.execute(f"PRAGMA {pragma}")
        service.execute("CREATE TABLE deals (id INTEGER)")
        service.executemany("INSERT INTO deals VALUES (?)", [(number,) for number in range(38)])
        subprocess.run([sys.executable, "-c", program, path, tmp_path / "copy.sqlite3"], check=True, timeout=60)
        shutil.copy(path, tmp_path / "plain.sqlite3")
    assert deals_in(tmp_path / "copy.sqlite3") == 38
    assert deals_in(tmp_path / "plain.sqlite3") == 0, "else the page warns of nothing"
