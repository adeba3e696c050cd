"""Review, pushes, ledger and feeds in a real Chromium: by mouse, by keyboard, without JavaScript, on a desk and on a phone.

UPDATE_SCREENSHOT=1 writes their pictures to docs/pages.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.browser import prefer, size
from tests.e2e.acting import By, Keys, drawn, look_over, see, submit, unfold
from tests.e2e.dashboard_site import Site
from tests.e2e.desk_site import fill
from tests.waiting import until

PAGES = {
    "review": "/review",
    "review-decided": "/review/4",
    "pushes": "/pushes",
    "pushes-to-come": "/pushes/held",
    "pushes-undeliverable": "/pushes/dead",
    "ledger": "/ledger",
    "feeds": "/feeds",
    "feed": "/feeds/4",
}


@pytest.fixture
def desk(site: Site) -> Site:
    fill(site.world)
    site.world.next = None
    return site


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_screen_is_read_by_all_and_breaks_no_rule(
    browser: Any, desk: Site, name: str, width: int, scheme: str
) -> None:
    look_over(browser, desk.url + PAGES[name], name, width, scheme)


def test_what_waits_is_decided_one_after_the_other_by_the_keyboard_alone(browser: Any, desk: Site) -> None:
    browser.get(f"{desk.url}/review")
    until(lambda: browser.switch_to.active_element.get_attribute("name") == "choice")
    browser.switch_to.active_element.send_keys("2")
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    see(browser, "It goes on its way at that price")
    assert "/review/6" in browser.current_url
    browser.switch_to.active_element.send_keys("p")
    browser.switch_to.active_element.send_keys("75.50", Keys.ENTER)
    until(lambda: "/review/5" in browser.current_url)
    browser.switch_to.active_element.send_keys("n")
    browser.switch_to.active_element.send_keys("pin 1 of a sticker", Keys.ENTER)
    see(browser, "Nothing waits")
    bodies = [body for _, path, body in desk.world.asked("POST") if path.startswith("/review/")]
    assert bodies == [{"candidate": 2}, {"price": 75.5, "currency": "USD"}, {"drop": True, "note": "pin 1 of a sticker"}]
    browser.find_element(By.CSS_SELECTOR, ".outcome .undo button").click()
    see(browser, "It waits again.")


def test_what_is_left_for_later_is_asked_of_after_the_others(browser: Any, desk: Site) -> None:
    browser.get(f"{desk.url}/review")
    browser.switch_to.active_element.send_keys("l")
    until(lambda: "/review/6" in browser.current_url)
    see(browser, "Bench grinder 6")
    assert desk.world.asked("POST") == []


def test_what_is_chosen_stays_when_something_new_comes_to_wait(browser: Any, desk: Site) -> None:
    browser.get(f"{desk.url}/review")
    browser.switch_to.active_element.send_keys("3")
    first, *others = desk.world.desk.reviews
    desk.world.desk.reviews[:] = [first | {"id": 8, "title": "A table saw that has just come"}, first, *others]
    browser.execute_script("htmx.trigger(document.body, 'live:review')")
    see(browser, "A table saw that has just come")
    assert browser.find_element(By.CSS_SELECTOR, ".asked h2").text.startswith("Robot vacuum")
    assert browser.find_element(By.CSS_SELECTOR, "input[name=choice][value='3']").is_selected()


def test_the_plots_are_gone_through_by_the_keyboard_and_drawn_anew_in_the_dark(browser: Any, desk: Site) -> None:
    prefer(browser, "light")
    browser.get(f"{desk.url}/ledger")
    drawn(browser)
    for name, words in (("weeks", "week of "), ("savings", "claimed $")):
        plot = browser.find_element(By.ID, name)
        plot.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
        see(browser, "2 of ")
        assert words in browser.find_element(By.CSS_SELECTOR, f"#{name} + .point").text
        plot.send_keys(Keys.ESCAPE)
        assert browser.find_element(By.CSS_SELECTOR, f"#{name} + .point").text == ""
    colour = "return document.querySelector('#weeks .scatterlayer .js-line').style.stroke"
    light = browser.execute_script(colour)
    prefer(browser, "dark")
    until(lambda: browser.execute_script(colour) != light)
    size(browser, 600)
    until(lambda: browser.execute_script("return document.querySelector('#weeks .main-svg').getBoundingClientRect().right") < 600)


@pytest.mark.parametrize("is_scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_feed_is_tried_and_added(browser: Any, desk: Site, is_scripted: bool) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not is_scripted})
    browser.get(f"{desk.url}/feeds")
    browser.find_element(By.ID, "url").send_keys("https://a.example/rss")
    browser.find_element(By.CSS_SELECTOR, "button.testing").click()
    see(browser, "25 items, 19 with a price, newest 3 h old.")
    assert browser.find_element(By.ID, "url").get_attribute("value") == "https://a.example/rss"
    submit(browser, ".adding .add button")
    see(browser, "Added. It is read now")
    assert [path for _, path, _ in desk.world.asked("POST")] == ["/feeds/test", "/feeds"]


@pytest.mark.parametrize("is_scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_pushes_are_sifted_and_sent_again(browser: Any, desk: Site, is_scripted: bool) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not is_scripted})
    desk.world.notifications[0]["id"] = "opp-1"
    browser.get(f"{desk.url}/pushes?state=failed")
    browser.find_element(By.CSS_SELECTOR, ".deliveries form button").click()
    see(browser, "It is being sent again.")
    assert "state=failed" in browser.current_url
    browser.get(f"{desk.url}/pushes/dead")
    browser.find_element(By.CSS_SELECTOR, "form.now button").click()
    see(browser, "2 are being tried again.")
    browser.get(f"{desk.url}/pushes/held")
    browser.find_element(By.CSS_SELECTOR, ".pairs form button").click()
    see(browser, "come now, in one push.")


def test_every_field_and_button_has_a_name_and_every_page_works_without_javascript(browser: Any, desk: Site) -> None:
    for path in PAGES.values():
        browser.get(desk.url + path)
        unfold(browser)
        for element in browser.find_elements(
            By.CSS_SELECTOR, "main :is(button, input:not([type=hidden]), textarea, select, a[href])"
        ):
            assert element.accessible_name, element.get_attribute("outerHTML")


def test_a_list_is_carried_in_from_a_file(browser: Any, desk: Site, tmp_path: Path) -> None:
    path = tmp_path / "mine.opml"
    path.write_text("<opml/>", encoding="utf-8")
    known = [{"outline": 1, "url": "https://b.example/", "title": "Known one", "reason": "listed already"}]
    desk.world.desk.imported = {"added": [], "known": known, "refused": []}
    browser.get(f"{desk.url}/feeds")
    browser.find_element(By.CSS_SELECTOR, ".lists summary").click()
    browser.find_element(By.ID, "file").send_keys(str(path))
    submit(browser, ".lists form button")
    see(browser, "Known one: listed already")
    assert ("scanner", "/feeds/opml", "<opml/>") in desk.world.asked("POST")
