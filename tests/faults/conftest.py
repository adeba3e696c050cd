"""What all fault tests share: processes that can be killed, and whether they run in the short form or the long one."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import contained
from tests.faults.processes import World


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Real processes are started again and again, which takes long where others work on the machine."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(3600 if os.environ.get("FAULTS") == "long" else 600))


@pytest.fixture(scope="session")
def images() -> None:
    """Made once, where processes are to run in containers."""
    if contained.IS_CHOSEN:
        contained.build()


@pytest.fixture
def world(tmp_path: Path, images: None) -> Iterator[World]:
    """A Redis, a publisher with an outbox, notifiers and receivers, all real and none started."""
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def is_long() -> bool:
    """Whether this is the long form (FAULTS=long), as `make faults` runs it; the short one runs with the other tests."""
    return os.environ.get("FAULTS") == "long"
