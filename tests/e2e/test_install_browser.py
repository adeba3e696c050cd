"""The dashboard as an app in a real Chromium: installable, readable without a connection, nothing left after a sign-out."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import severe, size
from tests.e2e.acting import By, awake, kept, see
from tests.e2e.dashboard_site import PASSWORD, Site
from tests.waiting import until


@pytest.fixture
def browser(browser: Any) -> Iterator[Any]:
    size(browser, 360)
    yield browser
    connect(browser, True)


def connect(browser: Any, is_connected: bool) -> None:
    conditions = {"offline": not is_connected, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)


def test_a_browser_finds_nothing_that_keeps_it_from_being_installed(browser: Any, site: Site) -> None:
    browser.get(site.url)
    awake(browser)
    manifest: dict[str, Any] = browser.execute_cdp_cmd("Page.getAppManifest", {})
    assert manifest["errors"] == []
    assert manifest["url"].endswith("/static/manifest.webmanifest")
    problems = browser.execute_cdp_cmd("Page.getInstallabilityErrors", {})["installabilityErrors"]
    assert [each["errorId"] for each in problems if each["errorId"] != "in-incognito"] == []
    assert severe(browser) == []


def test_pages_that_were_looked_at_are_there_without_a_connection(browser: Any, site: Site) -> None:
    browser.get(site.url)
    awake(browser)
    browser.get(f"{site.url}/opportunities/opp-1")
    browser.get(site.url)
    until(lambda: len(kept(browser)) == 2)
    site.close()
    connect(browser, False)
    for path, text in (("/opportunities/opp-1", "Robot vacuum"), ("/", "Cordless drill"), ("/feeds", "There is no connection")):
        browser.get(site.url + path)
        see(browser, text)
        see(browser, "this page is as it was when it was last fetched")


def test_nothing_is_left_where_a_session_has_ended_without_a_sign_out(browser: Any, guarded_site: Site) -> None:
    """As after a week, or where the dashboard was started anew."""
    browser.get(guarded_site.url)
    browser.find_element(By.ID, "password").send_keys(PASSWORD)
    browser.find_element(By.CSS_SELECTOR, "main button").click()
    see(browser, "Robot vacuum")
    awake(browser)
    browser.get(guarded_site.url)
    until(lambda: kept(browser) != [])
    browser.delete_all_cookies()
    browser.get(f"{guarded_site.url}/feeds")
    see(browser, "Password")
    until(lambda: kept(browser) == [])


def test_nothing_is_left_after_a_sign_out(browser: Any, guarded_site: Site) -> None:
    browser.get(guarded_site.url)
    browser.find_element(By.ID, "password").send_keys(PASSWORD)
    browser.find_element(By.CSS_SELECTOR, "main button").click()
    see(browser, "Robot vacuum")
    awake(browser)
    browser.get(guarded_site.url)
    until(lambda: kept(browser) != [])
    browser.find_element(By.CSS_SELECTOR, ".out button").click()
    see(browser, "Password")
    assert kept(browser) == []
