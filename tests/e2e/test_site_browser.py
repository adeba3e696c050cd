"""The documentation's site: built without a warning, opened from a folder without a network, with search, sources and the API."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import opened_chromium
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
pytest.importorskip("material", reason="needs the group docs: uv sync --group docs")
_LOADED = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=["']?(?:https?:)?//[^>]*>""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Strict: a link that leads nowhere, or to a heading that is not there, is an error."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def browser(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with opened_chromium(tmp_path_factory.mktemp("profile"), ["--window-size=1280,900"]) as opened:
        opened.get((site / "index.html").as_uri())
        yield opened


@pytest.mark.timeout(500)
def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 100
    assert {found[:120] for page in pages for found in _LOADED.findall(page.read_text(encoding="utf-8"))} == set()


@pytest.mark.timeout(500)
def test_every_page_of_docs_and_every_service_is_there(site: Path) -> None:
    wanted = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"README"}
    assert wanted - {path.stem for path in site.glob("*.html")} == set()
    assert (site / "source" / "common" / "src" / "common" / "pricing.py.html").is_file()
    assert "def app_of" not in (site / "search" / "search_index.json").read_text(encoding="utf-8")  # sources are not searched


@pytest.mark.timeout(500)
def test_the_search_works_from_a_folder(site: Path, browser: Any) -> None:
    browser.get((site / "index.html").as_uri())
    box = until(lambda: browser.find_elements("css selector", "input.md-search__input"))[0]
    until(box.is_displayed)

    def results() -> Any:
        if not box.get_attribute("value"):  # what is typed before the page's script runs is dropped
            box.send_keys("calibrated")
        return browser.find_elements("css selector", ".md-search-result__link")

    found = until(results)
    assert any("judge" in link.get_attribute("href") or "decisions" in link.get_attribute("href") for link in found)
    picture(browser, "search")


@pytest.mark.timeout(500)
def test_the_reference_shows_every_operation_of_a_service(site: Path, browser: Any) -> None:
    browser.get((site / "reference" / "ensemble.html").as_uri())
    until(lambda: browser.find_elements("css selector", "#openapi .opblock"))
    shown = {each.text for each in browser.find_elements("css selector", "#openapi .opblock-summary-path")}
    assert "/price" in {path.replace("\u200b", "") for path in shown}
    assert not browser.find_elements("css selector", "#openapi .try-out")
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
    picture(browser, "reference")


def picture(browser: Any, name: str) -> None:
    """Kept where SITE_PICTURES names a folder, for a person to look at."""
    if folder := os.environ.get("SITE_PICTURES"):
        browser.save_screenshot(str(Path(folder) / f"{name}.png"))
