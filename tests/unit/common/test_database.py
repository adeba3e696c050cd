"""How a database is opened, and that a cancelled task leaves nothing open."""

import asyncio
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from common.database import asynchronous, open_engine
from common.errors import UnavailableError


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:///a.db", "sqlite+aiosqlite:///a.db"),
        ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql+asyncpg://u@h/d", "postgresql+asyncpg://u@h/d"),
    ],
)
def test_a_plain_url_gets_an_asynchronous_driver(given: str, used: str) -> None:
    assert str(asynchronous(make_url(given))) == used


@pytest.mark.parametrize("url", ["", "nonsense", "carrier-pigeon://loft"])
def test_a_url_that_means_no_database_is_refused(url: str) -> None:
    with pytest.raises(UnavailableError, match="the database cannot be used"):
        open_engine(url)


def test_a_sqlite_file_is_made_with_its_folder_and_pragmas(tmp_path: Path) -> None:
    async def run() -> tuple[object, object]:
        engine = open_engine(f"sqlite:///{tmp_path / 'new' / 'x.db'}", ["synchronous = FULL"])
        async with engine.connect() as connection:
            mode = (await connection.execute(text("PRAGMA journal_mode"))).scalar()
            level = (await connection.execute(text("PRAGMA synchronous"))).scalar()
        await engine.dispose()
        return mode, level

    assert asyncio.run(run()) == ("wal", 2)


def test_a_task_cancelled_while_it_connects_leaves_no_connection(tmp_path: Path) -> None:
    path = tmp_path / "locked.db"
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN EXCLUSIVE")  # the first pragma that reads the file waits for this
    before = threading.active_count()

    async def run() -> None:
        engine = open_engine(f"sqlite:///{path}")
        task = asyncio.create_task(engine.connect().start())
        while threading.active_count() == before:  # noqa: ASYNC110 (nothing tells when the connection's thread has begun)
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.sleep(0)
        holder.execute("COMMIT")
        with pytest.raises(asyncio.CancelledError):
            await task
        await engine.dispose()

    asyncio.run(run())
    holder.close()
    deadline = time.monotonic() + 10
    while threading.active_count() > before:
        assert time.monotonic() < deadline, "the connection's thread is still there"
        time.sleep(0.01)
