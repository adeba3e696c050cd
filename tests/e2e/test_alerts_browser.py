"""The pages about alerts in a real Chromium, over a real scanner and a real notifier with two weeks of made-up deals.

UPDATE_SCREENSHOT=1 writes their pictures to docs/pages.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.app import Fakes, create_app
from tests.browser import axe_violations, prefer, severe, size
from tests.e2e.acting import By, Keys, see, unfold
from tests.e2e.dashboard_site import CONTRAST, SMALL_TARGETS, Served
from tests.e2e.page_pictures import keep_picture
from tests.unit.dashboard.alerts_world import AlertsWorld, alerts_world
from tests.waiting import until

PATHS = {
    "rules": "/rules",
    "rule": "/rules/2",
    "watchlist": "/watchlist",
    "watch": "/watchlist/1",
    "channels": "/channels",
    "channel": "/channels/PHONE",
    "times": "/times",
    "backup": "/backup",
}


class AlertsSite(Served):
    """The dashboard over the world."""

    def __init__(self, world: AlertsWorld) -> None:
        self.world = world
        self.phone = world.ask("notifier", "GET", "/channels")["items"][0]["id"]
        super().__init__(create_app(Fakes(world.clients())))

    def at(self, page: str) -> str:
        """The address of a page."""
        return self.url + PATHS[page].replace("PHONE", self.phone)


def lived_in(world: AlertsWorld) -> None:
    """What a person has set over time."""
    world.scanner.clock.now = datetime.now(UTC) - timedelta(days=17)
    world.scanner.play(14, seed=3)
    for number, title in ((1, "DealNews Electronics"), (2, "Slickdeals Popular")):
        world.ask("scanner", "PATCH", f"/feeds/{number}", {"title": title})
    for name, address in (
        ("Phone", "ntfy://a-topic"),
        ("Living room", "pover://user@token"),
        ("Mine", "webhook+https://h.example/x"),
    ):
        world.ask("notifier", "POST", "/channels", {"name": name, "address": address})
    phone, living = [each["id"] for each in world.ask("notifier", "GET", "/channels")["items"]][:2]
    template = "{{ title }} for {{ price }}\n{{ percent }} % off, {{ chance }} % sure\n{{ retailer }}: {{ why }}"
    world.ask("notifier", "PATCH", f"/channels/{phone}", {"template": template, "priority": {"high": "urgent"}})
    world.ask(
        "notifier", "PATCH", f"/channels/{living}", {"filter": {"include": ["oled"], "least_saving": 100}, "only_named": True}
    )
    when: dict[str, Any] = {"include": ["title:oled", "qd-oled"], "exclude": ["monitor"], "max_price": 900}
    when |= {"least_saving": 100, "least_chance": 0.8}
    world.ask("scanner", "POST", "/rules", {"name": "OLED televisions", "when": when, "channels": ["Phone"], "priority": "high"})
    vacuums = {"include": ["robot vacuum"], "retailers": ["Best Buy", "Walmart"], "conditions": ["new"], "least_percent": 30}
    world.ask("scanner", "POST", "/rules", {"name": "Robot vacuums", "when": vacuums, "enabled": False})
    world.ask("scanner", "PUT", "/rules/order", {"ids": [2, 3, 1]})
    for text in ("Acme cordless drill", "65 inch OLED TV under 1200", "Acme espresso machine under 250", "SSD drive under $60"):
        world.ask("scanner", "POST", "/watchlist", {"text": text})
    world.scanner.play(3, seed=5)
    quiet = ["mon-fri 22:00-07:00", "sat,sun 23:00-09:30"]
    world.ask("notifier", "PUT", "/times", {"time_zone": "Europe/Berlin", "quiet": quiet, "hourly": 5, "daily": 20})
    world.ask("notifier", "PUT", "/times", {"weekly": {"day": "sun", "time": "18:00"}})
    world.ask("notifier", "POST", "/snoozes", {"subject": "rule", "id": 2, "hours": 8})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AlertsSite]:
    with alerts_world(tmp_path_factory.mktemp("world")) as world:
        lived_in(world)
        made = AlertsSite(world)
        yield made
        made.close()


@pytest.mark.parametrize("page", PATHS)
@pytest.mark.parametrize("width", [1280, 360])
def test_no_page_is_wider_than_the_screen_nor_hard_to_read_or_press(browser: Any, site: AlertsSite, page: str, width: int) -> None:
    size(browser, width)
    for scheme in ("light", "dark"):
        prefer(browser, scheme)
        browser.get(site.at(page))
        unfold(browser)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        assert [pair for pair in browser.execute_script(CONTRAST) if pair[1] < 4.5] == []
        assert axe_violations(browser) == []
    assert browser.execute_script(SMALL_TARGETS) == []
    assert severe(browser) == []


def test_on_a_narrow_screen_the_section_that_is_looked_at_is_in_sight(browser: Any, site: AlertsSite) -> None:
    size(browser, 360)
    browser.get(site.at(next(iter(PATHS))))
    see(browser, "Alerts", "header nav a[aria-current]")
    edges = "const at = document.querySelector('header nav a[aria-current]').getBoundingClientRect(); return [at.left, at.right]"
    left, right = browser.execute_script(edges)
    assert left >= 0
    assert right <= 360


def test_a_rule_is_tried_beside_the_editor_before_it_is_saved(browser: Any, site: AlertsSite) -> None:
    browser.get(site.at("rule"))
    page = browser.find_element(By.TAG_NAME, "html")
    saving = browser.find_element(By.ID, "least_saving")
    saving.clear()
    saving.send_keys("20")
    browser.find_element(By.CSS_SELECTOR, ".try button").click()
    see(browser, "would have sent", "#tried")
    assert browser.find_element(By.TAG_NAME, "html") == page
    assert saving.get_attribute("value") == "20"
    assert site.world.ask("scanner", "GET", "/rules/2")["when"]["least_saving"] == 100.0


def test_a_switch_turns_within_the_page_and_the_keyboard_stays_on_it(browser: Any, site: AlertsSite) -> None:
    browser.get(site.at("rules"))
    page, switch = browser.find_element(By.TAG_NAME, "html"), browser.find_element(By.ID, "rule-3-on")
    switch.send_keys(Keys.SPACE)
    see(browser, "It is on.", "#said")
    until(lambda: browser.find_element(By.ID, "rule-3-on").get_attribute("aria-checked") == "true")
    assert browser.switch_to.active_element.get_attribute("id") == "rule-3-on"
    assert browser.find_element(By.TAG_NAME, "html") == page
    browser.find_element(By.ID, "rule-3-on").click()
    see(browser, "It is off", "#said")


def test_a_template_is_shown_as_a_push_while_it_is_typed(browser: Any, site: AlertsSite) -> None:
    browser.get(site.at("channel"))
    field = browser.find_element(By.ID, "template")
    field.clear()
    field.send_keys("Look: {{ title }}")
    see(browser, "Look: Acme Drill Driver Kit", "#preview")
    field.send_keys("\n{{ nothing }}")
    see(browser, "Line 2", "#preview")


def test_the_week_follows_what_is_ticked(browser: Any, site: AlertsSite) -> None:
    browser.get(site.at("times"))
    told = "return document.querySelector('.hours')?.getAttribute('aria-label')"
    assert browser.execute_script(told) == "Monday: quiet 00:00 to 09:30 and 22:00 to 24:00"
    browser.find_element(By.CSS_SELECTOR, "input[name=days-0][value=mon]").click()
    until(lambda: browser.execute_script(told) == "Monday: quiet 00:00 to 09:30")
    assert "mon-fri 22:00-07:00" in site.world.ask("notifier", "GET", "/times")["quiet"]


@pytest.mark.parametrize("is_scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_wish_is_looked_at_and_watched(browser: Any, site: AlertsSite, is_scripted: bool) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not is_scripted})
    browser.get(site.at("watchlist"))
    browser.find_element(By.ID, "text").send_keys("Acme robot vacuum under 1")
    browser.find_element(By.CSS_SELECTOR, ".wish button.second").click()
    see(browser, "Understood as", "#understood")
    assert browser.find_element(By.ID, "text").get_attribute("value") == "Acme robot vacuum under 1"
    browser.find_element(By.CSS_SELECTOR, ".wish .confirm button").click()
    see(browser, "Watched:", "#said")
    browser.find_element(By.XPATH, "//tr[contains(., 'robot vacuum')]//button[contains(., 'Remove')]").click()
    see(browser, "is not watched any more", "#said")


def test_a_backup_is_restored_from_a_file(browser: Any, site: AlertsSite, tmp_path: Path) -> None:
    browser.get(site.at("backup"))
    fetched = "fetch('/backup/file').then((answer) => answer.text()).then(arguments[0])"
    text = browser.execute_async_script(fetched)
    file = tmp_path / "alerts.json"
    file.write_text(text.replace("Robot vacuums", "Vacuums"), encoding="utf-8")
    browser.find_element(By.ID, "file").send_keys(str(file))
    browser.find_element(By.CSS_SELECTOR, "form button").click()
    see(browser, "What would change", "h1")
    see(browser, "Vacuums")
    assert axe_violations(browser) == []
    _keep(browser, "restore")
    browser.find_element(By.CSS_SELECTOR, "button[value=restore]").click()
    see(browser, "Rules: 1 added, 1 changed, 1 removed", "#said")
    assert "Vacuums" in [each["name"] for each in site.world.ask("scanner", "GET", "/rules")["items"]]


@pytest.mark.parametrize("page", PATHS)
def test_pictures_of_them_can_be_taken(browser: Any, site: AlertsSite, page: str) -> None:
    browser.get(site.at(page))
    if page == "rule":
        browser.find_element(By.CSS_SELECTOR, ".try button").click()
        see(browser, "would have sent", "#tried")
    if page == "watchlist":
        browser.find_element(By.ID, "text").send_keys("Acme OLED TV under 300")
        browser.find_element(By.CSS_SELECTOR, ".wish button.second").click()
        see(browser, "Understood as", "#understood")
    _keep(browser, page)


def _keep(browser: Any, page: str) -> None:
    for width, scheme in ((1280, "light"), (360, "dark")):
        size(browser, width)
        prefer(browser, scheme)
        time.sleep(0.1)
        assert keep_picture(browser, f"{page}-{width}-{scheme}", width).startswith(b"\x89PNG")
