"""What the tests of pages in a real browser share: a site, and a Chromium for each file."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import opened_chromium, size
from tests.e2e.dashboard_site import Site


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


@pytest.fixture
def guarded_site() -> Iterator[Site]:
    made = Site(is_guarded=True)
    yield made
    made.close()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with opened_chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def browser(chromium: Any) -> Iterator[Any]:
    """A file may lay its own over it. What a test set is as before after it."""
    size(chromium, 1280)
    yield chromium
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
