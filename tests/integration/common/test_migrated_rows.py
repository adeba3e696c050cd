"""Migrations over tables with rows in them, beside another service's, and the form that they make on each database."""

import asyncio
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from tests.integration.common.migrated_forms import Form, fill, forms, rows
from tests.integration.common.test_migration import PACKAGES, metadata_of, of_each, upgrade, using
from tests.integration.postgres import PostgresProcess

_ANSWER = {"price": 20.0, "worth": 20.0, "saving": 11.0, "chance": 0.9, "support": 0.8}
# What a migration reads must be such as its version wrote it.
SAID: dict[str, dict[str, dict[str, Any]]] = {
    "notifier": {"notifications": {"delivered": '["phone"]', "opportunity": "{}", "state": "sent"}},
    "scanner": {"deals": {"answer": _ANSWER, "currency": "USD", "why_no_news": None}, "feeds": {"last_status": 410}},
}
# What a migration is meant to change in rows that are there.
CHANGED = {("feeds", "not_before"), ("feeds", "named_currency"), ("deliveries", "counted")}


def revisions(package: str) -> list[str]:
    """From the first to the last."""
    folder = Path(str(import_module(f"{package}.migrations").__file__)).parent
    return [each.revision for each in ScriptDirectory(str(folder)).walk_revisions()][::-1]


def lost(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Of what was there in columns that are there still."""
    found = []
    for table, kept in before.items():
        new = after[table]
        if len(new) < len(kept):
            found.append(f"{table}: {len(kept)} rows became {len(new)}")
        for old, now in zip(kept, new, strict=False):
            names = [name for name in old if name in now and (table, name) not in CHANGED and old[name] != now[name]]
            found += [f"{table}.{name}: {old[name]!r} became {now[name]!r}" for name in names]
    return found


@of_each
def test_each_step_keeps_what_the_tables_of_the_step_before_hold(database_url: str, package: str) -> None:
    for revision in revisions(package):
        before = using(database_url, rows)
        upgrade(database_url, package, revision)
        assert lost(before, using(database_url, rows)) == [], revision
        using(database_url, partial(fill, said=SAID.get(package, {})))
    held = using(database_url, rows)
    assert set(held) == set(metadata_of(package).tables)
    assert all(held.values()), "every table has rows, so that something could be lost"
    upgrade(database_url, package)
    assert using(database_url, rows) == held


@of_each
def test_whatever_version_a_full_database_is_of_one_start_brings_it_to_the_same_form(database_url: str, package: str) -> None:
    versions = revisions(package)
    made: list[dict[str, Form]] = []
    for version in (versions[0], versions[len(versions) // 2], versions[-2]):
        using(database_url, drop_all)
        upgrade(database_url, package, version)
        using(database_url, partial(fill, said=SAID.get(package, {})))
        upgrade(database_url, package)
        made.append(using(database_url, forms))
    assert made == [made[0]] * len(made)


def drop_all(connection: Connection) -> None:
    there = MetaData()
    there.reflect(connection)
    there.drop_all(connection)


@of_each
def test_migrations_make_exactly_what_the_code_would(database_url: str, package: str) -> None:
    """Keys and what happens to what points at a row too, which a comparison by Alembic leaves out."""
    upgrade(database_url, package)
    migrated = using(database_url, forms)
    using(database_url, drop_all)
    using(database_url, metadata_of(package).create_all)
    assert migrated == using(database_url, forms)


@of_each
def test_both_databases_get_the_same_form(postgres: PostgresProcess, tmp_path: Path, package: str) -> None:
    asyncio.run(postgres.empty())
    urls = (f"sqlite:///{tmp_path / 'service.sqlite3'}", postgres.url)
    for url in urls:
        upgrade(url, package)
    of_sqlite, of_postgres = (using(url, forms) for url in urls)
    assert of_sqlite == of_postgres


def test_services_that_share_a_database_leave_each_others_rows_alone(database_url: str) -> None:
    """They are brought forward in turns, whole releases apart, with rows in all tables."""
    left = {package: revisions(package) for package in PACKAGES}
    while any(left.values()):
        for package in (each for each in PACKAGES if left[each]):
            before = using(database_url, rows)
            upgrade(database_url, package, left[package].pop(0))
            assert lost(before, using(database_url, rows)) == [], package
            said = {table: values for each in PACKAGES for table, values in SAID.get(each, {}).items()}
            using(database_url, partial(fill, said=said))
    shared = using(database_url, forms)
    wanted: dict[str, Form] = {}
    for package in PACKAGES:
        using(database_url, drop_all)
        upgrade(database_url, package)
        alone = using(database_url, forms)
        assert not set(alone) & set(wanted), "two services have a table of the same name"
        wanted |= alone
    assert shared == wanted
