"""The pages of activity and of the system in a real Chromium. UPDATE_SCREENSHOT=1 writes pictures of them to docs/pages."""

from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.app import Fakes, create_app
from dashboard.settings import Settings
from tests.browser import axe_violations, forget, prefer, severe, size
from tests.e2e.acting import HEAP, By, heap_of, unfold
from tests.e2e.dashboard_site import CONTRAST, SMALL_TARGETS, Served
from tests.e2e.page_pictures import keep_picture
from tests.unit.dashboard.activity_world import ActivityWorld, busy_world
from tests.unit.dashboard.fakes import NAMES
from tests.unit.dashboard.test_system import about, exposition
from tests.waiting import until

PAGES = {
    "activity": "/activity",
    "scans": "/activity/scans",
    "scan": "/activity/scans/s1",
    "plans": "/activity/plans",
    "system": "/system",
}
MOST = 500  # lines on the page


def busy(name: str, look: int) -> str:
    """More and less to do, and now and then something slow."""
    done = sum((each * 7 + len(name) * 3) % 11 for each in range(look))
    waits = f"scanner_unpriced_deals {(look * 5) % 17}\nscanner_outbox_pending {look % 3}\nnotifier_stream_lag {(look * 2) % 5}\n"
    return exposition(done % 400, (0.02, 0.04, 0.2)[look % 3]) + waits


class ActivitySite(Served):
    """The dashboard over services that tell what they do."""

    def __init__(self) -> None:
        self.world: ActivityWorld = busy_world()
        self.world.shown = busy
        self.world.abouts = {name: about(name) for name in NAMES}
        self.world.lacks = {"specialist": "no model yet"}
        super().__init__(create_app(Fakes(self.world.clients(), pause=0.5), Settings()))


@pytest.fixture
def place() -> Iterator[ActivitySite]:
    made = ActivitySite()
    yield made
    made.close()


@pytest.fixture
def browser(browser: Any) -> Any:
    forget(browser)
    return browser


def lines(browser: Any) -> int:
    return int(browser.execute_script("return document.querySelectorAll('#lines > li').length"))


def first(browser: Any) -> str:
    return str(browser.execute_script("return document.querySelector('#lines > li')?.textContent ?? ''"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_fits_is_legible_and_accessible(browser: Any, place: ActivitySite, width: int, scheme: str) -> None:
    size(browser, width)
    prefer(browser, scheme)
    for name, path in PAGES.items():
        browser.get(place.url + path)
        if (width, scheme) in ((1280, "light"), (360, "dark")):
            keep_picture(browser, f"{name}-{width}-{scheme}", width)
        unfold(browser)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width, path
        assert browser.execute_script(SMALL_TARGETS) == [], path
        assert [each for each in browser.execute_script(CONTRAST) if each[1] < 4.5] == [], path
        assert axe_violations(browser) == [], path
        assert severe(browser) == [], path


def test_lines_appear_as_they_are_told_and_wait_while_paused(browser: Any, place: ActivitySite) -> None:
    browser.get(f"{place.url}/activity")
    until(lambda: lines(browser) == 14)
    place.world.tell("A new thing was done")
    until(lambda: "A new thing was done" in first(browser))
    pause = browser.find_element(By.ID, "pause")
    pause.click()
    place.world.tell("<b>Another</b>")
    until(lambda: browser.find_element(By.ID, "waiting").text == "1 line waits")
    assert "Another" not in first(browser)
    pause.click()
    until(lambda: "<b>Another</b>" in first(browser))
    assert severe(browser) == []


def test_only_lines_of_the_chosen_agents_appear(browser: Any, place: ActivitySite) -> None:
    browser.get(f"{place.url}/activity")
    browser.find_element(By.CSS_SELECTOR, "input[value='planner']").click()
    browser.find_element(By.CSS_SELECTOR, ".sift button").click()
    until(lambda: lines(browser) == 1)
    place.world.tell("of the scanner")
    place.world.tell("of the planner", "planner")
    until(lambda: "of the planner" in first(browser))
    assert lines(browser) == 2


def test_without_javascript_the_last_lines_are_there(browser: Any, place: ActivitySite) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.get(f"{place.url}/activity")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#lines > li")) == 14
    assert not browser.find_element(By.ID, "pause").is_displayed()


def test_a_page_that_stays_open_grows_neither_without_end_nor_beyond_its_memory(browser: Any, place: ActivitySite) -> None:
    browser.get(f"{place.url}/activity")
    for number in range(900):
        place.world.tell(f"Thing {number} was done, and told at some length to whoever looks")
    until(lambda: "Thing 899" in first(browser), 60)
    assert lines(browser) == MOST
    used = heap_of(browser)
    assert used < HEAP, f"{used / 1e6:.1f} MB"


def test_a_page_that_fetches_itself_again_three_hundred_times_stays_small(browser: Any, place: ActivitySite) -> None:
    browser.get(f"{place.url}/activity/scans")
    script = """
    const [done] = arguments;
    const again = () => htmx.trigger(document.body, "live:scans");
    let left = 300;
    document.body.addEventListener("htmx:afterSettle", () => (--left ? again() : done(0)));
    again();
    """
    browser.set_script_timeout(240)
    browser.execute_async_script(script)
    used = heap_of(browser)
    assert used < HEAP, f"{used / 1e6:.1f} MB"
