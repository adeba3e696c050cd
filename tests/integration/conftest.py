"""Databases for the integration tests of all services: a SQLite file, and a PostgreSQL server where there is one."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.postgres import PostgresProcess


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresProcess]:
    """A server for all tests of this process."""
    server = PostgresProcess()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'service.sqlite3'}"
    server: PostgresProcess = request.getfixturevalue("postgres")
    asyncio.run(server.empty())
    return server.url
