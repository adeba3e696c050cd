"""The dashboard as an app in a real Chromium: installable, readable without a connection, nothing left after a sign-out."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.browser import reads, severe, size
from tests.e2e.dashboard_site import PASSWORD, Site, poll

webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium (uv sync --group dev)")
By = pytest.importorskip("selenium.webdriver.common.by", reason="needs selenium (uv sync --group dev)").By


@pytest.fixture
def browser(chromium: "webdriver.Chrome") -> "Iterator[webdriver.Chrome]":
    size(chromium, 360)
    yield chromium
    connect(chromium, True)


def connect(browser: "webdriver.Chrome", is_connected: bool) -> None:
    conditions = {"offline": not is_connected, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)


def awake(browser: "webdriver.Chrome") -> None:
    """Until the service worker sees what this page loads."""
    poll(lambda: browser.execute_script("return Boolean(navigator.serviceWorker.controller)"))


def kept(browser: "webdriver.Chrome") -> list[str]:
    script = "const done = arguments[0]; caches.open('pages').then((c) => c.keys()).then((k) => done(k.map((r) => r.url)))"
    return [str(url) for url in browser.execute_async_script(script)]


def test_a_browser_finds_nothing_that_keeps_it_from_being_installed(browser: "webdriver.Chrome", site: Site) -> None:
    browser.get(site.url)
    awake(browser)
    manifest: dict[str, Any] = browser.execute_cdp_cmd("Page.getAppManifest", {})
    assert manifest["errors"] == []
    assert manifest["url"].endswith("/static/manifest.webmanifest")
    problems = browser.execute_cdp_cmd("Page.getInstallabilityErrors", {})["installabilityErrors"]
    assert [each["errorId"] for each in problems if each["errorId"] != "in-incognito"] == []
    assert severe(browser) == []


def test_pages_that_were_looked_at_are_there_without_a_connection(browser: "webdriver.Chrome", site: Site) -> None:
    browser.get(site.url)
    awake(browser)
    browser.get(f"{site.url}/opportunities/opp-1")
    browser.get(site.url)
    poll(lambda: len(kept(browser)) == 2)
    site.close()
    connect(browser, False)
    for path, text in (("/opportunities/opp-1", "Robot vacuum"), ("/", "Cordless drill"), ("/feeds", "There is no connection")):
        browser.get(site.url + path)
        poll(partial(reads, browser, text))
        poll(lambda: reads(browser, "this page is as it was when it was last fetched"))


def test_nothing_is_left_after_a_sign_out(browser: "webdriver.Chrome", guarded_site: Site) -> None:
    browser.get(guarded_site.url)
    browser.find_element(By.ID, "password").send_keys(PASSWORD)
    browser.find_element(By.CSS_SELECTOR, "main button").click()
    poll(lambda: reads(browser, "Robot vacuum"))
    awake(browser)
    browser.get(guarded_site.url)
    poll(lambda: kept(browser) != [])
    browser.find_element(By.CSS_SELECTOR, ".out button").click()
    poll(lambda: reads(browser, "Password"))
    assert kept(browser) == []
