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
    before = set(threading.enumerate())  # those of earlier tests may end meanwhile

    async def run() -> None:
        engine = open_engine(f"sqlite:///{path}")
        task = asyncio.create_task(engine.connect().start())
        while set(threading.enumerate()) <= before:  # noqa: ASYNC110 (nothing tells when the connection's thread has begun)
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
    while set(threading.enumerate()) - before:
        assert time.monotonic() < deadline, "the connection's thread is still there"
        time.sleep(0.01)


def test_a_new_file_that_another_process_writes_is_waited_for(tmp_path: Path) -> None:
    """SQLite does not wait when it changes to WAL: one time in four that six processes opened a new file together, one failed."""
    path = tmp_path / "new.db"
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.executescript("CREATE TABLE rows (id INTEGER); BEGIN IMMEDIATE")

    async def run() -> object:
        engine = open_engine(f"sqlite:///{path}")
        asyncio.get_running_loop().call_later(0.2, holder.execute, "COMMIT")
        async with engine.connect() as connection:
            mode = (await connection.execute(text("PRAGMA journal_mode"))).scalar()
        await engine.dispose()
        return mode

    assert asyncio.run(run()) == "wal"
    holder.close()


def test_a_transaction_ends_with_its_connection_though_a_cursor_outlives_both(tmp_path: Path) -> None:
    """As that of a cancelled task does, whose frames are still held: the next writer waited for 30 s and failed."""
    url = f"sqlite:///{tmp_path / 'x.db'}"

    async def run() -> list[int]:
        engine = open_engine(url)
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE rows (id INTEGER PRIMARY KEY)"))
        async with engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            cursor = await driver.execute("INSERT INTO rows VALUES (1), (2) RETURNING id")
            await connection.invalidate()
        await engine.dispose()
        other = open_engine(url, ["busy_timeout = 0"])
        async with other.begin() as connection:
            await connection.execute(text("INSERT INTO rows VALUES (3)"))
            found = list((await connection.execute(text("SELECT id FROM rows"))).scalars())
        await other.dispose()
        del cursor
        return found

    assert asyncio.run(run()) == [3]
