"""Brings a service's database to the form that its code knows, at start, by the Alembic migrations in the service's package.

Needs the extra `common[database]`. Services that share a database keep a version each; instances that start together wait for the
first, under a lock of the database. Knows no tables.
"""

import asyncio
import threading
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from common.errors import NewerDatabaseError

PATIENCE = 30  # seconds for another that migrates, or that uses a table which is to be altered
_LOCK = 0x7072696365  # of PostgreSQL's advisory locks, whose numbers all users of a database share
_SYNCHRONOUS = {"sqlite+aiosqlite": "sqlite"}  # psycopg speaks both ways under one name
_ONE_AT_A_TIME = threading.Lock()  # Alembic keeps what it is doing in its modules


async def migrate(url: URL, package: str, revision: str = "head") -> None:
    """Run what is missing of `package`.migrations, all or nothing.

    SQLAlchemyError where the database does not let us, or another takes longer than PATIENCE; NewerDatabaseError where it has
    run a migration that is not among ours.
    """
    await asyncio.to_thread(_migrate, url, package, revision)


def _migrate(url: URL, package: str, revision: str) -> None:
    from common.database import LINK  # here: a module that has it from the start on needs the extra by itself

    driver = _SYNCHRONOUS.get(url.drivername, url.drivername)
    patience: dict[str, Any] = {"timeout": PATIENCE} if driver == "sqlite" else {**LINK, "connect_timeout": PATIENCE}
    engine = create_engine(url.set(drivername=driver), poolclass=NullPool, connect_args=patience)
    with _ONE_AT_A_TIME, engine.connect() as connection:
        _lock(connection)
        config = Config()
        config.set_main_option("script_location", f"{package}:migrations")
        config.set_main_option("path_separator", "os")
        config.attributes |= {"connection": connection, "version_table": f"{package}_version"}
        _refuse_newer(config, package)
        command.upgrade(config, revision)
        connection.commit()


def _refuse_newer(config: Config, package: str) -> None:
    """What a later version has altered we would read wrongly, or write so that it cannot read it."""
    options = {"version_table": config.attributes["version_table"]}
    applied = set(MigrationContext.configure(config.attributes["connection"], opts=options).get_current_heads())
    ours = {each.revision for each in ScriptDirectory.from_config(config).walk_revisions()}
    if unknown := applied - ours:
        raise NewerDatabaseError(
            f"the database is at version {', '.join(sorted(unknown))} of the {package}, which knows those up to {max(ours)}:"
            f" start the later {package} that altered it, or restore the copy from before"
        )


def _lock(connection: Connection) -> None:
    """Until the end of the transaction, which SQLite's driver would not begin by itself before a CREATE or ALTER TABLE."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
