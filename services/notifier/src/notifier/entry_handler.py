"""Turns stream entries into verdicts: stored, or to be buried with a reason. It knows nothing of Redis."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from common.deals import NOTICE_FIELD, STREAM, STREAM_FIELD, TRACE_FIELD, WITHDRAWN_FIELD, Notice, Opportunity
from common.problem import field_errors
from common.request_context import read_traceparent
from common.tracing.span import begin
from notifier.stream_data import StreamEntry

_ID_LENGTH = 200
_MOST = 1e15  # of any number, so that a share can be reckoned of each pair of them
T = TypeVar("T", bound=BaseModel)


class MalformedError(Exception):
    """The entry is neither an opportunity nor a notice, and never will be."""


@dataclass(frozen=True)
class Verdict:
    """What became of an entry: `stored` is the id of its opportunity or notice, which is safe now in this revision.

    Else `reason` says why to bury it.
    """

    entry: StreamEntry
    stored: str = ""
    reason: str = ""


class Receives(Protocol):
    """The use case."""

    async def receive(self, opportunities: Sequence[Opportunity], traces: Mapping[str, str]) -> None:
        """Make them safe. `traces`: the trace parents of some, by id."""
        ...

    async def receive_notices(self, notices: Sequence[Notice]) -> None:
        """Make them safe."""
        ...


async def handle_entries(notifier: Receives, entries: Sequence[StreamEntry]) -> list[Verdict]:
    """Have the opportunities in `entries` stored, all at once, then the notices, and say what became of each."""
    facts = {"messaging.system": "redis", "messaging.destination.name": STREAM}
    spans = [begin(f"process {STREAM}", "consumer", trace_of(entry), facts) for entry in entries]
    try:
        return await _handle(
            notifier, entries, [span.traceparent or trace_of(each) for span, each in zip(spans, entries, strict=True)]
        )
    except Exception as exc:
        for span in spans:
            span.fail(type(exc).__name__)
        raise
    finally:
        for span in spans:
            span.end()


def trace_of(entry: StreamEntry) -> str | None:
    """The trace parent that an entry bears beside what it tells; None where it bears none, or something else."""
    return read_traceparent(entry.fields.get(TRACE_FIELD.encode(), b"").decode(errors="replace"))


async def _handle(notifier: Receives, entries: Sequence[StreamEntry], parents: Sequence[str | None]) -> list[Verdict]:
    found: list[Opportunity] = []
    notices: list[Notice] = []
    verdicts: list[Verdict] = []
    traces: dict[str, str] = {}
    for entry, parent in zip(entries, parents, strict=True):
        try:
            if NOTICE_FIELD.encode() in entry.fields:
                notices.append(parse_notice(entry.fields))
                verdicts.append(Verdict(entry, stored=notices[-1].id))
            else:
                found.append(parse_entry(entry.fields))
                verdicts.append(Verdict(entry, stored=found[-1].stored_as))
                traces |= {found[-1].id: parent} if parent else {}
        except MalformedError as exc:
            verdicts.append(Verdict(entry, reason=f"malformed: {exc}"))
    if found:
        await notifier.receive(found, traces)
    if notices:
        await notifier.receive_notices(notices)
    return verdicts


def parse_notice(fields: Mapping[bytes, bytes]) -> Notice:
    """The notice in a stream entry; MalformedError says what is wrong with it."""
    notice = _parsed(Notice, fields[NOTICE_FIELD.encode()])
    _check_id(notice.id)
    return notice


def parse_entry(fields: Mapping[bytes, bytes]) -> Opportunity:
    """The opportunity in a stream entry; MalformedError says what is wrong with it."""
    raw = fields.get(STREAM_FIELD.encode(), fields.get(WITHDRAWN_FIELD.encode()))
    if raw is None:
        raise MalformedError(f"the entry has no field {STREAM_FIELD!r}")
    opportunity = _parsed(Opportunity, raw)
    _check_id(opportunity.id)
    if not all(abs(number) <= _MOST for number in _numbers_in(opportunity.model_dump())):
        raise MalformedError("a price is not a finite number, or beyond any price")
    return opportunity


def _numbers_in(told: object) -> Iterator[float]:
    """Every fraction, at any depth: one that is none would be stored as null, and be read as none of these models ever after."""
    if isinstance(told, float):
        yield told
    elif isinstance(told, dict):
        for each in told.values():
            yield from _numbers_in(each)
    elif isinstance(told, list | tuple):
        for each in told:
            yield from _numbers_in(each)


def _parsed(model: type[T], raw: bytes) -> T:
    try:
        return model.model_validate_json(raw)
    except ValidationError as exc:
        found = field_errors(exc.errors(include_input=False, include_url=False))
        raise MalformedError("; ".join(f"{item.field}: {item.message}" for item in found[:5])) from exc


def _check_id(identifier: str) -> None:
    if not 1 <= len(identifier) <= _ID_LENGTH or not identifier.isprintable():
        raise MalformedError(f"id: 1 to {_ID_LENGTH} printable characters are needed")
