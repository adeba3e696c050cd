"""What the tests of pages in a real browser share: a site, and a Chromium for each file."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import opened_chromium
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
