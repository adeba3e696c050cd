"""Spans: what is under way is the trace parent that calls, logs and the stream pass on; nothing begins where nobody records."""

from collections.abc import Iterator

import pytest

from common import request_context
from common.tracing.span import begin, entry, note, span, traced
from tests.unit.common.tracing.recorder import FakeRecorder, recording

CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def recorder() -> Iterator[FakeRecorder]:
    with recording() as made:
        yield made


def test_a_step_is_within_what_is_under_way_and_ends_with_it(recorder: FakeRecorder) -> None:
    with entry("scan") as scan:
        with span("judge", {"deals": 3}, "client") as judged:
            assert request_context.outgoing_headers()["traceparent"] == judged.traceparent
            judged.put({"found": 1})
        assert request_context.traceparent.get() == scan.traceparent
    outer, inner = recorder.spans
    assert (inner.name, inner.kind, inner.parent, inner.facts) == ("judge", "client", outer.traceparent, {"deals": 3, "found": 1})
    assert outer.parent is None
    assert all(each.is_over for each in recorder.spans)
    assert request_context.traceparent.get() is None


def test_a_step_that_fails_is_told_by_the_class_of_its_error_and_not_by_its_words(recorder: FakeRecorder) -> None:
    with pytest.raises(ValueError, match="secret"), entry("scan"):
        raise ValueError("a secret")
    (failed,) = recorder.spans
    assert (failed.failed, failed.is_over, failed.facts) == ("ValueError", True, {})


def test_no_step_begins_a_trace_by_itself(recorder: FakeRecorder) -> None:
    with span("ask whether it is ready") as asked:
        assert asked.traceparent is None
    note("wait", 1.0)
    begin("publish", "producer", None).end()
    assert recorder.spans == []


def test_an_entry_goes_on_in_the_trace_that_came_from_outside(recorder: FakeRecorder) -> None:
    with entry("deliver", parent=CALLER):
        assert (request_context.traceparent.get() or "").split("-")[1] == CALLER.split("-")[1]
    assert recorder.spans[0].parent == CALLER


def test_a_step_that_is_over_is_dated_back(recorder: FakeRecorder) -> None:
    with entry("scan"):
        note("fetch", 2.0, 0.5, {"bytes": 7}, problem="failed")
    _, fetched = recorder.spans
    assert fetched.began is not None
    assert fetched.ended is not None
    assert fetched.ended - fetched.began == 1_500_000_000
    assert (fetched.failed, fetched.facts) == ("failed", {"bytes": 7})


@pytest.mark.anyio
async def test_each_call_of_a_traced_function_is_an_entry(recorder: FakeRecorder) -> None:
    @traced("turn")
    async def turn(number: int) -> int:
        """One."""
        return number + 1

    assert (await turn(1), await turn(number=2), turn.__doc__) == (2, 3, "One.")
    assert [(each.name, each.parent) for each in recorder.spans] == [("turn", None), ("turn", None)]


def test_where_nobody_records_a_trace_from_outside_is_passed_on_all_the_same() -> None:
    with entry("deliver", parent=CALLER) as delivered:
        assert request_context.outgoing_headers()["traceparent"] == CALLER
        with span("push") as pushed:
            pushed.put({"outcome": "sent"})
            pushed.fail("late")
        assert delivered.traceparent is None
        assert request_context.traceparent.get() == CALLER
    assert request_context.traceparent.get() is None


@pytest.mark.parametrize(
    ("given", "is_one"),
    [
        (CALLER, True),
        ("01" + CALLER[2:], True),  # of a later version, which has these four parts as well
        ("ff" + CALLER[2:], False),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", False),
        (f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01", False),
        (CALLER.upper(), False),
        (CALLER + "\n", False),
        ("", False),
    ],
)
def test_a_trace_parent_from_outside_is_looked_at(given: str, is_one: bool) -> None:
    assert request_context.read_traceparent(given) == (given if is_one else None)
