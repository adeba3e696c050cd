"""What the logs show: of an error where it happened, in few lines, and no value that the code held; of a request its ids."""

import json
import logging

import pytest
import structlog

from common import request_context
from common.logs import configure_logs


def fail(key: str) -> None:
    raise ValueError("it went wrong" if key else "")


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_traceback_shows_no_local_values(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("INFO", form)
    try:
        fail("sk-secret".upper())
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("other").exception("failed too")
    shown = capsys.readouterr().out
    assert shown.count("ValueError: it went wrong") == 2
    assert shown.count("test_logs.py") >= 2
    assert "SK-SECRET" not in shown


def test_every_line_of_a_request_bears_its_ids_whoever_writes_it(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("INFO", "json")
    kept = request_context.request_id.set("r-1"), request_context.traceparent.set(f"00-{'a' * 32}-{'b' * 16}-01")
    structlog.get_logger().info("ours", count=1)
    logging.getLogger("uvicorn.error").error("Exception in ASGI application")
    logging.getLogger("a.library").warning("it says %s", "something")
    request_context.request_id.reset(kept[0])
    request_context.traceparent.reset(kept[1])
    structlog.get_logger().info("of no request")
    *lines, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["event"] for each in lines] == ["ours", "Exception in ASGI application", "it says something"]
    ids = {"request_id": "r-1", "trace_id": "a" * 32, "span_id": "b" * 16}
    assert [{name: each.get(name) for name in ids} for each in lines] == [ids] * 3
    assert ids.keys().isdisjoint(last)
    assert all({"timestamp", "level"} <= each.keys() for each in [*lines, last])
