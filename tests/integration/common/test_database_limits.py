"""A PostgreSQL that is cut off, or never done, is not waited for without end."""

import asyncio
import socket
from importlib.util import find_spec
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from common import database
from common.database import open_engine
from common.errors import InvalidInputError
from tests.integration.postgres import PostgresProcess


async def ask(url: str, question: str) -> Any:
    engine = open_engine(url)
    try:
        async with engine.connect() as connection:
            return (await connection.execute(text(question))).scalar()
    finally:
        await engine.dispose()


async def link(url: str) -> dict[str, str]:
    """What the driver was told of a connection."""
    engine = open_engine(url)
    try:
        async with engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            found: dict[str, str] = driver.info.get_parameters()
            return found
    finally:
        await engine.dispose()


def test_a_connection_that_is_cut_off_is_noticed(postgres: PostgresProcess) -> None:
    told = asyncio.run(link(postgres.url))
    assert told.items() >= {name: str(value) for name, value in database.LINK.items()}.items()


def test_a_statement_that_is_never_done_ends(postgres: PostgresProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "STATEMENT", 100)
    with pytest.raises(OperationalError, match="statement timeout"):
        asyncio.run(ask(postgres.url, "SELECT pg_sleep(30)"))


def test_a_text_that_cannot_be_stored_is_its_senders_fault_and_the_next_one_is_stored(postgres: PostgresProcess) -> None:
    async def run() -> Any:
        engine = open_engine(postgres.url)
        try:
            with pytest.raises(InvalidInputError, match="NUL"):
                async with engine.begin() as connection:
                    await connection.execute(text("SELECT CAST(:text AS text)"), {"text": "a\0b"})
            async with engine.begin() as connection:
                return (await connection.execute(text("SELECT CAST(:text AS text)"), {"text": "ab"})).scalar()
        finally:
            await engine.dispose()

    assert asyncio.run(run()) == "ab"


def test_what_the_address_says_counts(postgres: PostgresProcess) -> None:
    url = f"{postgres.url}?options=-csearch_path%3Danother%20-cstatement_timeout%3D9s&tcp_user_timeout=7000"
    assert asyncio.run(ask(url, "SELECT current_setting('search_path') || current_setting('statement_timeout')")) == "another9s"
    assert asyncio.run(link(url))["tcp_user_timeout"] == "7000"


def test_a_server_that_takes_a_connection_and_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    if find_spec("psycopg") is None:
        pytest.skip("needs the extra postgres (psycopg)")
    monkeypatch.setattr(database, "LINK", {"connect_timeout": 2})

    async def run(port: int) -> None:
        async with asyncio.timeout(30):
            await ask(f"postgresql://tester@127.0.0.1:{port}/postgres", "SELECT 1")

    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(OperationalError, match="timeout"):
        asyncio.run(run(silent.getsockname()[1]))
