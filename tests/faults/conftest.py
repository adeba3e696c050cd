"""What all fault tests share: processes that can be killed, and the table that is printed at the end.

They run in a short form with the other tests; `make faults` runs the long one (FAULTS=long), which takes some ten minutes.
"""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.faults.ledger import TABLE, Tally
from tests.faults.processes import World

IS_LONG = os.environ.get("FAULTS") == "long"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A Redis, a publisher with an outbox, notifiers and receivers, all real and none started."""
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def is_long() -> bool:
    """Whether this is the long form."""
    return IS_LONG


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None, None, None]:
    yield
    if TABLE and IS_LONG:
        terminalreporter.write_line("")
        for line in Tally.table(TABLE):
            terminalreporter.write_line(line)
