"""NDJSON over real connections: answers come while the body does, a slow side holds the other back, leaving ends the work."""

import contextlib
import itertools
import json
import threading
from collections.abc import Iterator

import pytest

from tests.integration.common.front_doors import SlowPricer, Stream, serving
from tests.waiting import until


@pytest.fixture
def pricer() -> SlowPricer:
    return SlowPricer()


@pytest.fixture
def stream(pricer: SlowPricer) -> Iterator[Stream]:
    with serving(pricer, body_seconds=0.2) as port:
        stream, pricer.begun = Stream(port), 0
        yield stream
        stream.close()


def test_a_line_is_answered_while_the_next_is_still_to_come(stream: Stream) -> None:
    answers = stream.lines()
    for number in range(1, 6):
        stream.send("x" * number)
        found = next(answers)
        assert (found["index"], found["price"]) == (number - 1, number)
    stream.end()
    assert list(answers) == []


def test_tens_of_thousands_of_lines_come_back_in_order(stream: Stream) -> None:
    def send() -> None:
        for _ in range(300):
            stream.send(*["x" * (1 + n) for n in range(100)])
        stream.end()

    sender = threading.Thread(target=send)
    sender.start()
    prices = [(found["index"], found["price"]) for found in stream.lines()]
    sender.join()
    assert prices == [(n, 1 + n % 100) for n in range(30_000)]


def test_no_more_is_under_way_than_the_window_holds(pricer: SlowPricer, stream: Stream) -> None:
    pricer.seconds = 0.01
    sender = threading.Thread(target=lambda: [stream.send(*["abc"] * 100) for _ in range(30)] and stream.end())
    sender.start()
    assert len(list(stream.lines())) == 3000
    sender.join()
    assert pricer.most <= 300  # four chunks of 50, the one being written, and the one being read


def test_a_caller_who_does_not_read_is_not_priced_ahead_for(pricer: SlowPricer, stream: Stream) -> None:
    stream.connection.settimeout(2)
    with contextlib.suppress(TimeoutError):
        for _ in range(2_000):
            stream.send(*["x" * 2000] * 100)
    begun = pricer.begun
    assert 1000 < begun < 100_000
    assert len(list(itertools.islice(stream.lines(), begun))) == begun
    until(lambda: pricer.begun > begun)  # reading lets it go on


def test_a_caller_who_leaves_is_not_computed_for(pricer: SlowPricer, stream: Stream) -> None:
    pricer.seconds = 30.0
    stream.send(*["abc"] * 120)
    until(lambda: pricer.begun == 120)
    stream.close()
    until(lambda: pricer.given_up == 120)


def test_a_quota_sets_the_pace_of_a_stream_and_does_not_break_it(pricer: SlowPricer) -> None:
    with serving(pricer, api_keys="one", api_rate_limit="200/1") as port:
        stream = Stream(port, "X-API-Key: one\r\n")
        stream.send(*["abc"] * 350)
        stream.end()
        found = list(stream.lines())
        stream.close()
    assert [each["price"] for each in found] == [3] * 350


def test_lines_are_json_whatever_stands_in_them(stream: Stream) -> None:
    stream.send("größer\n\u2028 ☃")
    stream.end()
    assert [json.dumps(each["price"]) for each in stream.lines()] == ["10.0"]
