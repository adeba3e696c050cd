"""The list of opportunities and a deal's own page in a real Chromium. UPDATE_SCREENSHOT=1 writes pictures of them to docs/pages."""

from typing import Any

import pytest

from dashboard.opportunities.filters import filters_of
from tests.browser import axe_violations, prefer, severe, size
from tests.e2e.acting import HEAP, By, heap_of, see, unfold
from tests.e2e.dashboard_site import SMALL_TARGETS, Site
from tests.e2e.page_pictures import keep_picture
from tests.unit.dashboard.fakes import opportunity
from tests.waiting import until

DEAL = "/opportunities/opp-1"


@pytest.fixture(params=[1280, 360])
def browser(browser: Any, request: pytest.FixtureRequest) -> Any:
    size(browser, request.param)
    return browser


def press(browser: Any, words: str) -> None:
    """A button by its words."""
    found = [each for each in browser.find_elements(By.CSS_SELECTOR, "main button") if each.text.startswith(words)]
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", found[0])
    found[0].click()


def test_a_deal_is_judged_watched_snoozed_and_sent_again(browser: Any, site: Site) -> None:
    browser.get(site.url + DEAL)
    for words, answer in (
        ("It is right", "Noted: it is what it says."),
        ("Watch", "Watched: you are told"),
        ("No more of this product", "Nothing more of this product for 7 days."),
        ("Send to Telegram (2)", "It is being sent again."),
        ("Dismiss", "Dismissed."),
        ("Undo", "It is back in the list."),
    ):
        press(browser, words)
        see(browser, answer)
    paths = [path for _, path, _ in site.world.asked("POST")]
    resent = "/notifications/opp-1/resend?channel=Telegram+%282%29"
    assert paths == [f"{DEAL}/feedback", "/watchlist", "/snoozes", resent, f"{DEAL}/dismiss", f"{DEAL}/restore"]
    assert severe(browser) == []


def test_a_wrong_price_is_put_right_without_javascript(browser: Any, site: Site) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.get(site.url + DEAL)
    browser.find_element(By.XPATH, "//summary[contains(., 'Wrong price')]").click()
    browser.find_element(By.ID, "wrong_price").send_keys("399")
    found = [each for each in browser.find_elements(By.CSS_SELECTOR, "main button") if each.text == "Correct it"]
    found[0].click()
    see(browser, "Noted: the price was read wrongly.")
    assert site.world.asked("POST") == [("scanner", f"{DEAL}/feedback", {"verdict": "wrong_price", "price": 399.0})]


def test_the_list_is_filtered_while_one_types_and_the_address_follows(browser: Any, site: Site) -> None:
    browser.get(site.url)
    browser.find_element(By.ID, "f-q").send_keys("drill")
    until(lambda: "q=drill" in browser.current_url)
    browser.find_element(By.CSS_SELECTOR, ".narrow summary").click()
    browser.find_element(By.CSS_SELECTOR, "input[name=condition][value=new]").click()
    until(lambda: filters_of(browser.current_url.partition("?")[2]).condition == ("new",))
    until(lambda: any("q=drill&condition=new" in path for _, path, _ in site.world.asked("GET")))
    see(browser, "Save this view")
    assert browser.find_element(By.ID, "f-q").get_attribute("value") == "drill"


def test_an_open_list_shows_what_is_new_and_keeps_what_was_opened(browser: Any, site: Site) -> None:
    browser.get(site.url)
    summary = browser.find_element(By.CSS_SELECTOR, ".deal details summary")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", summary)
    summary.click()
    site.world.opportunities.append(opportunity(9, title="A lamp that came later"))
    browser.execute_script("htmx.trigger(document.body, 'live:opportunities')")
    see(browser, "A lamp that came later")
    assert browser.find_element(By.CSS_SELECTOR, ".deal details").get_attribute("open")


@pytest.mark.timeout(300)
def test_a_page_stays_small_through_a_hundred_updates(chromium: Any, site: Site) -> None:
    site.world.opportunities[:] = [opportunity(number, title=f"Thing {number}") for number in range(50)]
    chromium.get(site.url)
    for number in range(100):
        site.world.opportunities[number % 50] = opportunity(1000 + number, title=f"Newer thing {number}")
        chromium.execute_script("htmx.trigger(document.body, 'live:opportunities')")
        if number % 10 == 9:
            see(chromium, f"Newer thing {number}")
    assert heap_of(chromium) < HEAP


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/?q=a&min_saving=5", DEAL, "/opportunities/opp-2"])
def test_axe_finds_nothing_and_everything_fits(browser: Any, site: Site, path: str, scheme: str) -> None:
    prefer(browser, scheme)
    browser.get(site.url + path)
    unfold(browser)
    if path == DEAL:
        until(lambda: browser.find_elements(By.CSS_SELECTOR, "[data-drawn]"))
    assert axe_violations(browser) == []
    assert browser.execute_script(SMALL_TARGETS) == []
    assert browser.execute_script("return document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert severe(browser) == []


@pytest.mark.parametrize(("name", "path"), [("opportunities", "/"), ("deal", DEAL)])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_its_pictures_can_be_kept(chromium: Any, site: Site, name: str, path: str, width: int, scheme: str) -> None:
    size(chromium, width)
    prefer(chromium, scheme)
    chromium.get(site.url + path)
    if path == DEAL:
        until(lambda: chromium.find_elements(By.CSS_SELECTOR, "[data-drawn]"))
    assert keep_picture(chromium, f"{name}-{width}-{scheme}", width)
