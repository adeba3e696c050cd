"""Which Parquet types a catalogue's columns have: those of its own schema, else those that all its values share.

A column of mixed values, or of values that Parquet cannot hold (an object without keys, a whole number over 64 bits), becomes
a column of JSON text: no value is lost for its type.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

Types = dict[str, Any]


class Untypable(Exception):  # noqa: N818 (it asks for another type; nothing is wrong)
    """The values of the column `name` do not fit its type."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def input_types(path: Path) -> Types:
    """The columns of a Parquet file."""
    from pyarrow import parquet

    return {field.name: field.type for field in parquet.read_schema(path)}


def _holds_nothing(kind: Any) -> bool:
    """Whether a type has an object without keys in it, which Parquet refuses."""
    from pyarrow import types

    if types.is_struct(kind) and kind.num_fields == 0:
        return True
    return any(_holds_nothing(kind.field(i).type) for i in range(kind.num_fields))


def _type_of(values: Sequence[object]) -> Any:
    import pyarrow

    try:
        kind = pyarrow.array(values).type
    except (pyarrow.ArrowException, OverflowError, UnicodeEncodeError, TypeError, ValueError):
        return pyarrow.string()
    return pyarrow.string() if _holds_nothing(kind) else kind


def _shared(one: Any, other: Any) -> Any:
    import pyarrow

    try:
        schemas = [pyarrow.schema([("it", kind)]) for kind in (one, other)]
        return pyarrow.unify_schemas(schemas, promote_options="permissive").field("it").type
    except pyarrow.ArrowException:
        return pyarrow.string()


def infer(blocks: Iterator[list[dict[str, Any]]], known: Iterable[str]) -> Types:
    """A type for every column but the known ones, from all values of all blocks, in the order of first appearance."""
    types: Types = {}
    for records in blocks:
        names = {name: None for record in records for name in record if name not in known}
        for name in names:
            found = _type_of([record.get(name) for record in records])
            types[name] = _shared(types[name], found) if name in types else found
    return {name: _filled(kind) for name, kind in types.items()}


def _filled(kind: Any) -> Any:
    """The type, with strings where no value was ever seen: many readers of Parquet know no type without values."""
    import pyarrow

    if pyarrow.types.is_list(kind):
        return pyarrow.list_(_filled(kind.value_type))
    return pyarrow.string() if kind == pyarrow.null() else kind


def _as_text(value: object) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text.encode("utf-8", "replace").decode()


def _array(name: str, values: list[object], kind: Any) -> Any:
    import pyarrow

    try:
        return pyarrow.array(values, kind)
    except (pyarrow.ArrowException, OverflowError, UnicodeEncodeError, TypeError, ValueError) as exc:
        if kind != pyarrow.string():
            raise Untypable(name) from exc
        return pyarrow.array(list(map(_as_text, values)), kind)


def arrays_of(records: Sequence[dict[str, Any]], types: Types) -> Any:
    """The records as a pyarrow.RecordBatch of these columns. Untypable names one whose values do not fit."""
    import pyarrow

    arrays = [_array(name, [record.get(name) for record in records], kind) for name, kind in types.items()]
    return pyarrow.RecordBatch.from_arrays(arrays, schema=pyarrow.schema(list(types.items())))
