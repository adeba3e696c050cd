"""What a run makes is readable to its user alone, whether it is made now or was made by an earlier version."""

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from common.database import open_engine
from common.errors import UnavailableError
from common.private_files import keep_private, make_private, restrict


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    """Of a system that lets everybody read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


async def write_to(path: Path) -> dict[str, int]:
    """The modes of a database's files while it is open."""
    engine = open_engine(f"sqlite:///{path}")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE IF NOT EXISTS t (a INTEGER)"))
        await connection.execute(text("INSERT INTO t VALUES (1)"))
    found = {each.name: mode(each) for each in path.parent.iterdir()}
    await engine.dispose()
    return found


def test_a_database_and_the_files_beside_it_are_made_private(tmp_path: Path) -> None:
    found = asyncio.run(write_to(tmp_path / "var" / "x.db"))
    assert found == {"x.db": 0o600, "x.db-wal": 0o600, "x.db-shm": 0o600}
    assert mode(tmp_path / "var") == 0o700


def test_a_database_that_everybody_could_read_is_made_private_with_the_files_that_a_crash_left(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    crash = (
        "import os, sqlite3, sys; d = sqlite3.connect(sys.argv[1], isolation_level=None); d.execute('PRAGMA journal_mode = WAL')"
    )
    crash += "; d.execute('CREATE TABLE t (a)'); os._exit(0)"
    subprocess.run([sys.executable, "-c", crash, str(path)], check=True)
    assert {each.name: mode(each) for each in tmp_path.iterdir()} == dict.fromkeys(("x.db", "x.db-wal", "x.db-shm"), 0o644)
    assert asyncio.run(write_to(path)) == dict.fromkeys(("x.db", "x.db-wal", "x.db-shm"), 0o600)


def test_a_database_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnavailableError, match="the database cannot be used"):
        open_engine(f"sqlite:///{tmp_path / 'file' / 'x.db'}")


def test_a_folder_that_somebody_named_keeps_its_rights_and_what_is_made_in_it_is_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    tmp_path.chmod(0o755)
    keep_private(tmp_path)
    make_private(tmp_path / "chat-spend.sqlite3")
    (tmp_path / "redis").mkdir()
    assert (mode(tmp_path), mode(tmp_path / "redis"), mode(tmp_path / "chat-spend.sqlite3")) == (0o755, 0o700, 0o600)


def test_only_the_rights_of_others_are_taken_and_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    folder, program = tmp_path / "folder", tmp_path / "program"
    folder.mkdir(0o775)
    program.touch(0o555)
    restrict(folder, program, tmp_path / "missing")
    assert (mode(folder), mode(program)) == (0o700, 0o500)
