"""The dashboard in a real Chromium: with and without JavaScript, on a desk and on a phone, loading nothing from elsewhere.

UPDATE_SCREENSHOT=1 writes docs/dashboard.png, of the dashboard at SCREENSHOT_OF (a running one), else of this test's own.
"""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.browser import axe_violations, picture, prefer, severe, size
from tests.e2e.acting import By, Keys, see, submit, unfold
from tests.e2e.dashboard_site import CONTRAST, PASSWORD, SMALL_TARGETS, Site
from tests.unit.dashboard.fakes import scan

SCREENSHOT = Path(__file__).resolve().parents[2] / "docs" / "dashboard.png"


@pytest.mark.parametrize("path", ["/", "/deals", "/feeds"])
@pytest.mark.parametrize("width", [1280, 768, 360])
def test_no_page_is_wider_than_the_screen_nor_breaks_its_own_rules(browser: Any, site: Site, path: str, width: int) -> None:
    size(browser, width)
    browser.get(site.url + path)
    unfold(browser)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert severe(browser) == []
    loaded = browser.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert loaded
    assert all(name.startswith(site.url) for name in loaded)


@pytest.mark.parametrize("is_scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_person_prices_a_description(browser: Any, site: Site, is_scripted: bool) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not is_scripted})
    browser.get(site.url)
    browser.find_element(By.ID, "description").send_keys("Espresso machine, 15 bar")
    submit(browser, "#price form button")
    assert "$1,234.56" in browser.find_element(By.CSS_SELECTOR, ".result").text
    assert browser.find_element(By.ID, "description").get_attribute("value") == "Espresso machine, 15 bar"
    browser.refresh()
    assert len([path for _, path, _ in site.world.asked("POST") if path == "/price"]) == 1


def test_what_each_pricer_said_is_a_click_away(browser: Any, site: Site) -> None:
    browser.get(site.url)
    card = browser.find_element(By.CSS_SELECTOR, ".deal")
    assert "random-forest" not in card.text
    card.find_element(By.TAG_NAME, "summary").click()
    assert "random-forest" in card.text


def test_a_person_scans_dismisses_and_edits_feeds(browser: Any, site: Site) -> None:
    browser.get(site.url)
    browser.find_element(By.CSS_SELECTOR, ".deal .more button").click()
    see(browser, "Dismissed")
    browser.find_element(By.CSS_SELECTOR, ".undo button").click()
    see(browser, "It is back in the list.")
    submit(browser, ".scan button")
    browser.get(f"{site.url}/feeds")
    browser.find_element(By.ID, "url").send_keys("https://a.example/rss")
    submit(browser, ".add button")
    see(browser, "Added")
    browser.find_element(By.CSS_SELECTOR, ".list .ask summary").click()
    submit(browser, ".list .ask button")
    see(browser, "Removed")
    opportunity = "/opportunities/opp-1"
    assert [path for _, path, _ in site.world.asked("POST")] == [
        f"{opportunity}/dismiss",
        f"{opportunity}/restore",
        "/scan",
        "/feeds",
    ]
    assert [path for _, path, _ in site.world.asked("DELETE")] == ["/feeds/1"]


@pytest.mark.parametrize("is_scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_what_is_typed_while_a_scan_runs_is_kept(browser: Any, site: Site, is_scripted: bool) -> None:
    site.world.scans[:] = [scan("running")]
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not is_scripted})
    browser.get(site.url)
    assert not browser.find_element(By.CSS_SELECTOR, ".scan button").is_enabled()
    browser.find_element(By.ID, "title").send_keys("Lamp")
    time.sleep(5)  # longer than the pause between two looks
    assert browser.find_element(By.ID, "title").get_attribute("value") == "Lamp"
    site.world.scans[:] = [scan("done")]
    if is_scripted:
        browser.get(site.url)
    else:
        browser.find_element(By.LINK_TEXT, "Look again").click()
    see(browser, "Scan now")


def test_the_page_looks_again_by_itself_while_nobody_types(browser: Any, site: Site) -> None:
    site.world.scans[:] = [scan("running")]
    browser.get(site.url)
    site.world.scans[:] = [scan("done")]
    see(browser, "Scan now")


def test_the_keyboard_reaches_everything_and_shows_where_it_is(browser: Any, site: Site) -> None:
    browser.get(site.url)
    seen = set()
    for _ in range(25):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        active = browser.switch_to.active_element
        assert active.value_of_css_property("outline-style") != "none"
        seen.add((active.text or active.get_attribute("id") or active.tag_name).partition("\n")[0])
    assert {"Skip to content", "All deals", "Feeds", "Scan now"} <= seen
    assert any(each.startswith("Dismiss") for each in seen)


def test_every_field_and_button_has_a_name(browser: Any, site: Site) -> None:
    for path in ("/", "/feeds"):
        browser.get(site.url + path)
        browser.execute_script("document.querySelectorAll('details').forEach((each) => each.open = true)")
        for element in browser.find_elements(By.CSS_SELECTOR, "button, input:not([type=hidden]), textarea, a[href], svg[role=img]"):
            assert element.accessible_name, element.get_attribute("outerHTML")


@pytest.mark.parametrize("path", ["/", "/deals", "/feeds", "/map"])
@pytest.mark.parametrize("width", [1280, 360])
def test_what_is_to_be_pressed_is_large_enough(browser: Any, site: Site, path: str, width: int) -> None:
    size(browser, width)
    browser.get(site.url + path)
    unfold(browser)
    assert browser.execute_script(SMALL_TARGETS) == []


@pytest.mark.parametrize("is_scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_person_signs_in_and_out(browser: Any, guarded_site: Site, is_scripted: bool) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not is_scripted})
    browser.get(f"{guarded_site.url}/feeds")
    assert "Sign in" in browser.title
    browser.find_element(By.ID, "password").send_keys("a wrong password")
    submit(browser, ".gate button")
    see(browser, "That is not it.")
    browser.find_element(By.ID, "password").send_keys(PASSWORD)
    submit(browser, ".gate button")
    assert browser.current_url == f"{guarded_site.url}/feeds"
    assert browser.execute_script("return document.cookie") == "" if is_scripted else True
    submit(browser, ".out button")
    browser.get(guarded_site.url)
    assert "Sign in" in browser.title
    assert [entry for entry in severe(browser) if "401" not in entry] == []


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_that_asks_is_readable(browser: Any, guarded_site: Site, scheme: str, width: int) -> None:
    size(browser, width)
    prefer(browser, scheme)
    browser.get(guarded_site.url)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert [pair for pair in browser.execute_script(CONTRAST) if pair[1] < 4.5] == []
    assert browser.execute_script(SMALL_TARGETS) == []
    assert browser.switch_to.active_element.get_attribute("id") == "password"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Any, site: Site, scheme: str) -> None:
    prefer(browser, scheme)
    browser.get(site.url)
    ratios = browser.execute_script(CONTRAST)
    assert ratios
    assert [pair for pair in ratios if pair[1] < 4.5] == []


def test_a_picture_of_it_can_be_taken(browser: Any, site: Site, tmp_path: Path) -> None:
    browser.get(os.environ.get("SCREENSHOT_OF") or site.url)
    browser.execute_script("document.querySelectorAll('.deal details').forEach((each, place) => each.open = place === 0)")
    path = SCREENSHOT if os.environ.get("UPDATE_SCREENSHOT") == "1" else tmp_path / "dashboard.png"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(picture(browser, 1280, 1000))
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("path", ["/", "/opportunities/opp-1", "/deals", "/feeds", "/map"])
def test_axe_finds_nothing(browser: Any, site: Site, path: str, width: int, scheme: str) -> None:
    size(browser, width)
    prefer(browser, scheme)
    browser.get(site.url + path)
    unfold(browser)
    assert axe_violations(browser) == []


def test_a_message_of_a_form_comes_without_a_new_page(browser: Any, site: Site) -> None:
    browser.get(site.url)
    page = browser.find_element(By.TAG_NAME, "html")
    browser.find_element(By.CSS_SELECTOR, ".deal .more form button").click()
    see(browser, "Dismissed.")
    assert browser.find_element(By.TAG_NAME, "html") == page
