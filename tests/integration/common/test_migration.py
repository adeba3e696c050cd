"""Migrations of every service that has some: they make what the code knows, once, whoever starts, and whatever kills them."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, create_engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from common import migration
from common.database import asynchronous
from common.errors import NewerDatabaseError
from common.migration import migrate

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = sorted(path.parent.parent.name for path in ROOT.glob("services/*/src/*/migrations/env.py"))
PACKAGE = "scanner"  # for what is common.migration's own affair: processes cost seconds
TOGETHER = 3  # processes

T = TypeVar("T")

of_each = pytest.mark.parametrize("package", PACKAGES)


def metadata_of(package: str) -> MetaData:
    found: MetaData = import_module(f"{package}.store.schema").METADATA
    return found


def upgrade(url: str, package: str, revision: str = "head") -> None:
    asyncio.run(migrate(asynchronous(make_url(url)), package, revision))


def opened(url: str) -> Engine:
    parsed = make_url(url)
    driver = "postgresql+psycopg" if parsed.drivername == "postgresql" else parsed.drivername
    return create_engine(parsed.set(drivername=driver), poolclass=NullPool)


def using(url: str, work: Callable[[Connection], T]) -> T:
    with opened(url).begin() as connection:
        return work(connection)


def differences(url: str, package: str) -> list[object]:
    """Of the database from the tables that the code knows: columns with types, indexes, constraints."""
    options = {"version_table": f"{package}_version", "compare_type": True}
    return using(
        url, lambda connection: compare_metadata(MigrationContext.configure(connection, opts=options), metadata_of(package))
    )


def tables(url: str) -> list[str]:
    return sorted(using(url, lambda connection: inspect(connection).get_table_names()))


def start(url: str, *options: str) -> subprocess.Popen[str]:
    """A process that waits to be told to migrate."""
    argv = [sys.executable, "-m", "tests.integration.common.migrating", url, PACKAGE, *options]
    return subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(processes: Sequence[subprocess.Popen[str]]) -> list[tuple[int, str]]:
    """Let them go on at once when all are ready; exit status of each and what it complains of."""
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    complaints = [process.communicate(timeout=60)[1] for process in processes]
    return [(process.returncode, said) for process, said in zip(processes, complaints, strict=True)]


@of_each
@pytest.mark.parametrize("revision", ["base", "0001"])
def test_they_make_the_tables_that_the_code_knows(database_url: str, package: str, revision: str) -> None:
    upgrade(database_url, package, revision)
    assert differences(database_url, package) != []
    upgrade(database_url, package)
    assert differences(database_url, package) == []
    upgrade(database_url, package)
    assert differences(database_url, package) == []


@of_each
def test_a_database_of_a_later_version_is_refused_and_left_alone(database_url: str, package: str) -> None:
    upgrade(database_url, package)
    using(database_url, lambda connection: connection.exec_driver_sql(f"UPDATE {package}_version SET version_num = '9001'"))
    before = tables(database_url)
    with pytest.raises(NewerDatabaseError, match=rf"at version 9001 of the {package}, which knows those up to 0\d\d\d: start"):
        upgrade(database_url, package)
    assert tables(database_url) == before


def test_processes_that_start_together_wait_for_the_one_that_migrates(database_url: str) -> None:
    assert end([start(database_url) for _ in range(TOGETHER)]) == [(0, "")] * TOGETHER
    assert differences(database_url, PACKAGE) == []


def test_who_waits_too_long_for_another_is_told_and_may_come_again(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, "PATIENCE", 1)
    with opened(database_url).connect() as another:
        migration._lock(another)
        with pytest.raises(OperationalError, match="lock"):
            upgrade(database_url, PACKAGE)
    upgrade(database_url, PACKAGE)


@pytest.mark.parametrize("statements", [8, 11])
def test_one_that_is_killed_in_the_middle_leaves_the_database_as_it_was(database_url: str, statements: int) -> None:
    upgrade(database_url, PACKAGE, "0001")
    before = tables(database_url)
    ((status, _),) = end([start(database_url, str(statements))])
    assert status == -signal.SIGKILL
    assert tables(database_url) == before
    upgrade(database_url, PACKAGE)
    assert differences(database_url, PACKAGE) == []
