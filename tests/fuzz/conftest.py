"""What all fuzz tests share: how long they run.

They run in a short form with the other tests, always with the same examples. `make fuzz` runs the long one, with new examples each
time: FUZZ=60 gives them sixty minutes, in equal shares.
"""

import os
import time
from pathlib import Path

import pytest
from hypothesis import settings

MINUTES = float(os.environ.get("FUZZ") or 0)
if MINUTES:
    settings.register_profile("fuzz", settings.get_profile("shared-machine"), derandomize=False, max_examples=1000, print_blob=True)
    settings.load_profile("fuzz")

LAST_ROUND = 600.0  # seconds that the round of examples may still take with which a test's share of the time ends


def share_of(items: list[pytest.Item]) -> float:
    """Seconds of each of them in the long form."""
    return MINUTES * 60 / len(items)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In the long form a test may take its share of the time, however long others may take."""
    ours = [item for item in items if item.path.is_relative_to(Path(__file__).parent)]
    for item in ours if MINUTES else ():
        item.add_marker(pytest.mark.timeout(share_of(items) + LAST_ROUND), append=False)  # before its own


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """In the long form a test is called again, with other examples, until its share of the time is over."""
    if not MINUTES:
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    until = time.monotonic() + share_of(pyfuncitem.session.items)
    while True:
        pyfuncitem.obj(**arguments)
        if time.monotonic() > until:
            return True
