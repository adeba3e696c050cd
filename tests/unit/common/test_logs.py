"""What the logs show of an error: where it happened, in few lines, and no value that the code held."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from common.logs import configure_logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logs go where they went before."""
    kept, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    yield
    structlog.configure(**kept)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


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
