"""Which tests may run side by side: a file's follow one another, since they share what they start, and files that open a browser or
start containers follow one another too.

A container that comes or goes changes the machine's network interfaces, and Chromium then drops what it is loading
(net::ERR_NETWORK_CHANGED), from 127.0.0.1 as well.
"""

import re

import pytest
from xdist.scheduler import LoadFileScheduling

ONE_BY_ONE = "browsers and containers"
_FILES = re.compile(r"(?:^|/)test_(\w+_browser|compose\w*|upgrade|local_run|curation_page|evaluation_report)\.py$")


def scope_of(node: str) -> str:
    """What a test is kept together with: its file's path, or ONE_BY_ONE."""
    file = node.partition("::")[0]
    return ONE_BY_ONE if _FILES.search(file) else file


class Scheduling(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduling | None:
    """Scopes with the most tests come first, and ONE_BY_ONE has more than any file that takes long."""
    return Scheduling(config, log) if config.getoption("dist") == "loadfile" else None
