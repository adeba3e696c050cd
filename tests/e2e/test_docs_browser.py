"""/docs of an API in a real Chromium: it shows the routes and asks them, and loads nothing from elsewhere."""

from collections.abc import Iterator
from typing import Any

import pytest

from scanner.app import create_app
from tests.browser import severe, size
from tests.e2e.acting import By
from tests.e2e.dashboard_site import Served
from tests.waiting import until


@pytest.fixture
def scanner(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    monkeypatch.setenv("VAR_DIR", str(tmp_path_factory.mktemp("var")))
    monkeypatch.setenv("SCANNER_INTERVAL", "0")
    made = Served(create_app())
    yield made
    made.close()


def test_the_page_describes_and_asks_the_api_with_what_we_serve(chromium: Any, scanner: Served) -> None:
    size(chromium, 1280)
    chromium.get(f"{scanner.url}/docs")
    until(lambda: chromium.find_elements(By.CSS_SELECTOR, ".opblock"))
    (probe,) = [each for each in chromium.find_elements(By.CSS_SELECTOR, ".opblock") if "/healthz" in each.text]
    probe.find_element(By.CSS_SELECTOR, ".opblock-summary-control").click()
    until(lambda: probe.find_elements(By.CSS_SELECTOR, ".try-out__btn"))
    probe.find_element(By.CSS_SELECTOR, ".try-out__btn").click()
    until(lambda: probe.find_elements(By.CSS_SELECTOR, ".execute"))
    probe.find_element(By.CSS_SELECTOR, ".execute").click()
    until(lambda: '"service": "scanner"' in probe.text)
    loaded = chromium.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert len(loaded) >= 3
    assert [name for name in loaded if not name.startswith((scanner.url, "data:"))] == []
    assert severe(chromium) == []
