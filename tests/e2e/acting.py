"""What tests do with a page in a browser, and what they wait for. Imported without selenium, it skips who imports it."""

from typing import Any

import pytest

from tests.browser import axe_violations, forget, prefer, severe, size
from tests.e2e.dashboard_site import SMALL_TARGETS
from tests.e2e.page_pictures import keep_picture
from tests.waiting import until

By = pytest.importorskip("selenium.webdriver.common.by", reason="needs selenium (uv sync --group dev)").By
Keys = pytest.importorskip("selenium.webdriver.common.keys", reason="needs selenium (uv sync --group dev)").Keys
_WebDriverException = pytest.importorskip(
    "selenium.common.exceptions", reason="needs selenium (uv sync --group dev)"
).WebDriverException

HEAP = 150e6  # bytes that a page may take


def see(browser: Any, text: str, within: str = "body") -> None:
    """Wait for `text`, on a page that may be changing to another one."""

    def is_there() -> bool:
        try:
            return text in browser.find_element(By.CSS_SELECTOR, within).text
        except _WebDriverException:
            return False

    until(is_there)


def submit(browser: Any, selector: str) -> None:
    """Press a button and wait for the page after the redirect."""
    old = browser.find_element(By.TAG_NAME, "html")

    def has_changed() -> bool:
        try:
            is_complete = browser.execute_script("return document.readyState") == "complete"
            is_other = is_complete and browser.find_element(By.TAG_NAME, "html") != old
            return is_other and bool(browser.find_element(By.TAG_NAME, "body").text)
        except _WebDriverException:  # between the two pages
            return False

    browser.find_element(By.CSS_SELECTOR, selector).click()
    until(has_changed)


def unfold(browser: Any) -> None:
    """Open all that is folded."""
    browser.execute_script("document.querySelectorAll('main details').forEach((each) => each.open = true)")


def drawn(browser: Any) -> None:
    """Wait for the plots, where there are some."""
    is_drawn = "return [...document.querySelectorAll('[data-figure]')].every((each) => each.dataset.drawn)"
    until(lambda: browser.execute_script(is_drawn))


def look_over(browser: Any, url: str, name: str, width: int, scheme: str) -> None:
    """Open a page, keep its picture for a desk in the light and a phone in the dark, and hold it to the rules of every page."""
    size(browser, width)
    prefer(browser, scheme)
    forget(browser)
    browser.get(url)
    drawn(browser)
    if (width, scheme) in ((1280, "light"), (360, "dark")):
        assert keep_picture(browser, f"{name}-{width}-{scheme}", width).startswith(b"\x89PNG")
    unfold(browser)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert browser.execute_script(SMALL_TARGETS) == []
    assert axe_violations(browser) == []
    assert severe(browser) == []


def awake(browser: Any) -> None:
    """Wait until the service worker sees what this page loads."""
    until(lambda: browser.execute_script("return Boolean(navigator.serviceWorker.controller)"))


def kept(browser: Any) -> list[str]:
    """The addresses of the pages that the service worker keeps."""
    script = "const done = arguments[0]; caches.open('pages').then((c) => c.keys()).then((k) => done(k.map((r) => r.url)))"
    return [str(url) for url in browser.execute_async_script(script)]


def heap_of(browser: Any) -> float:
    """Bytes that the page takes."""
    browser.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
    return float(browser.execute_cdp_cmd("Runtime.getHeapUsage", {})["usedSize"])
