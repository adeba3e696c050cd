"""What a database holds and how it is made, read from the database itself: to compare two, or one before and after a migration."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Float, Inspector, Integer, LargeBinary, MetaData, Table, insert, inspect, select
from sqlalchemy.types import JSON, TypeEngine

_SAME = {"DOUBLE PRECISION": "FLOAT", "DOUBLE": "FLOAT", "BYTEA": "BLOB"}  # one type under the names that dialects have for it


@dataclass(frozen=True)
class Form:
    """One table."""

    columns: dict[str, tuple[str, bool]]  # type, whether it may be empty
    key: list[str]
    points: set[tuple[str, str, str]]  # at which table, by which column, and what becomes of a row when that goes
    unique: set[tuple[str, ...]]
    indices: set[tuple[str, tuple[str, ...], bool]]


def forms(connection: Connection) -> dict[str, Form]:
    """Of all tables but those where versions are kept."""
    inspector = inspect(connection)
    names = (name for name in inspector.get_table_names() if not name.endswith("_version"))
    return {name: _form(inspector, name) for name in names}


def _form(inspector: Inspector, name: str) -> Form:
    found = [index for index in inspector.get_indexes(name) if not index.get("duplicates_constraint")]
    return Form(
        {column["name"]: (_named(column["type"]), column["nullable"]) for column in inspector.get_columns(name)},
        inspector.get_pk_constraint(name)["constrained_columns"],
        {
            (each["referred_table"], ",".join(each["constrained_columns"]), each["options"].get("ondelete", ""))
            for each in inspector.get_foreign_keys(name)
        },
        {tuple(each["column_names"]) for each in inspector.get_unique_constraints(name)},
        {(str(index["name"]), tuple(str(each) for each in index["column_names"]), bool(index["unique"])) for index in found},
    )


def _named(kind: TypeEngine[Any]) -> str:
    return _SAME.get(str(kind), str(kind))


def reflected(connection: Connection) -> MetaData:
    """The tables as they are, without those where versions are kept."""
    tables = MetaData()
    tables.reflect(connection, only=lambda name, _: not name.endswith("_version"))
    return tables


def fill(connection: Connection, said: dict[str, dict[str, Any]]) -> None:
    """A row into each table that has none: `said` of its columns, and something that fits of the others, none of them empty."""
    for table in reflected(connection).sorted_tables:
        if connection.execute(select(table)).first() is None:
            given = {name: value for name, value in said.get(table.name, {}).items() if name in table.columns}
            connection.execute(insert(table).values({column.name: _some(column) for column in table.columns} | given))


def _some(column: Column[Any]) -> object:
    for key in column.foreign_keys:
        return _some(key.column)
    if isinstance(column.type, JSON):
        return {}
    return _plain(column.type, column.name)


def _plain(kind: TypeEngine[Any], name: str) -> object:
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, Integer):
        return 1
    if isinstance(kind, Float):
        return 1.5
    if isinstance(kind, LargeBinary):
        return b"\x00\x01"
    return name[: getattr(kind, "length", None) or None]


def rows(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """All that the tables hold."""
    return {table.name: _rows_of(connection, table) for table in reflected(connection).sorted_tables}


def _rows_of(connection: Connection, table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]
