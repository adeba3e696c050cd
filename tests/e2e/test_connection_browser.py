"""Pages in a real Chromium while connections fail or a sign-in ends: they come back, or say what to do."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser import forget
from tests.e2e.acting import By, awake, kept, see
from tests.e2e.dashboard_site import PASSWORD, Site
from tests.unit.dashboard.fakes import opportunity
from tests.waiting import until

# A browser's own pushes, without the service that brings them: KEY is the subscription's there was before, if any.
PUSHES = """
const [key, former] = [new Uint8Array(65).fill(4), KEY];
window.done = [];
let kept = former && {
  options: { applicationServerKey: new Uint8Array(65).fill(former).buffer },
  unsubscribe: async () => { kept = null; done.push("unsubscribed"); },
};
PushManager.prototype.getSubscription = async () => kept;
PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
  if (kept) throw new DOMException("A subscription with a different applicationServerKey already exists", "InvalidStateError");
  done.push("subscribed");
  return { toJSON: () => ({ endpoint: "https://push.example/1", keys: { p256dh: "a", auth: "b" } }) };
};
"""


@pytest.fixture
def browser(browser: Any) -> Iterator[Any]:
    yield browser
    forget(browser)


def sign_in(browser: Any, site: Site) -> None:
    browser.get(site.url)
    browser.find_element(By.ID, "password").send_keys(PASSWORD)
    browser.find_element(By.CSS_SELECTOR, "main button").click()
    see(browser, "Robot vacuum")


def is_listening(browser: Any) -> bool:
    return bool(browser.execute_script("return typeof stream !== 'undefined' && stream !== null && stream.readyState === 1"))


def lose(browser: Any, site: Site) -> Site:
    """Another process in the place of the dashboard, as after an upgrade: nobody is signed in there."""
    until(lambda: is_listening(browser))
    site.close()
    return Site(is_guarded=True, port=int(urlsplit(site.url).port or 0))


def test_whose_sign_in_ends_is_asked_again_though_nothing_is_pressed(browser: Any, guarded_site: Site) -> None:
    sign_in(browser, guarded_site)
    after = lose(browser, guarded_site)
    try:
        see(browser, "Password")
    finally:
        after.close()


def test_what_is_typed_when_the_sign_in_ends_stays_and_can_be_sent_after_another(browser: Any, guarded_site: Site) -> None:
    sign_in(browser, guarded_site)
    browser.get(f"{guarded_site.url}/rules/new")
    browser.find_element(By.ID, "name").send_keys("Half a rule")
    after = lose(browser, guarded_site)
    try:
        see(browser, "You are signed out")
        assert browser.find_element(By.ID, "name").get_attribute("value") == "Half a rule"
    finally:
        after.close()


def test_a_page_listens_again_after_a_proxy_has_refused_it(browser: Any, site: Site) -> None:
    site.refused.add("/live")
    browser.get(site.url)
    see(browser, "There is no connection")
    site.world.opportunities.append(opportunity(9, title="Quiet fan heater"))
    site.refused.clear()
    see(browser, "Quiet fan heater")
    assert is_listening(browser)
    assert "There is no connection" not in browser.find_element(By.TAG_NAME, "main").text


@pytest.mark.parametrize("lost", ["/static/vendor/htmx.min.js", "/static/map/webgl.js", "/static/map/map.js"])
def test_a_page_whose_scripts_are_lost_says_what_to_do(browser: Any, site: Site, lost: str) -> None:
    site.refused.add(lost)
    browser.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
    browser.get(f"{site.url}/map")
    see(browser, "A part of this page could not be loaded")
    site.refused.clear()
    browser.find_element(By.LINK_TEXT, "Load it again").click()
    until(lambda: "A part of this page" not in browser.find_element(By.TAG_NAME, "main").text)


def test_a_full_disk_keeps_no_page_from_being_shown(browser: Any, site: Site) -> None:
    browser.get(site.url)
    awake(browser)
    browser.execute_cdp_cmd("Storage.overrideQuotaForOrigin", {"origin": site.url, "quotaSize": 1})
    browser.get(f"{site.url}/opportunities/opp-1")
    see(browser, "Robot vacuum")


def test_a_copy_that_was_shown_while_the_dashboard_was_slow_is_brought_up_to_date(browser: Any, site: Site) -> None:
    browser.get(site.url)
    awake(browser)
    browser.get(site.url)
    until(lambda: kept(browser) != [])
    site.world.opportunities.append(opportunity(9, title="Quiet fan heater"))
    site.delays["/"] = 6.0
    browser.get(site.url)
    assert "Quiet fan heater" not in browser.find_element(By.TAG_NAME, "main").text
    site.delays.clear()
    see(browser, "Quiet fan heater")


def press_for_pushes(browser: Any, site: Site, former: int) -> None:
    browser.execute_cdp_cmd("Browser.grantPermissions", {"origin": site.url, "permissions": ["notifications"]})
    browser.execute_script(PUSHES.replace("KEY", str(former)))
    browser.find_element(By.CSS_SELECTOR, "form[data-subscribe] button").click()


def test_a_browser_that_cannot_have_pushes_says_why(browser: Any, site: Site) -> None:
    site.refused.add("/sw.js")
    browser.get(f"{site.url}/channels")
    press_for_pushes(browser, site, 0)
    see(browser, "Not done: Failed to register")


def test_what_the_notifier_refuses_is_said_in_its_words(browser: Any, site: Site) -> None:
    browser.get(f"{site.url}/channels")
    awake(browser)
    site.world.down.add("notifier")
    press_for_pushes(browser, site, 0)
    see(browser, "Not done: notifier cannot be reached")


def test_a_subscription_of_a_former_notifier_gives_way(browser: Any, site: Site) -> None:
    """As where its database was lost: it has another key."""
    browser.get(f"{site.url}/channels")
    awake(browser)
    press_for_pushes(browser, site, 7)
    see(browser, "This browser is a channel now")
    assert browser.execute_script("return window.done") == ["unsubscribed", "subscribed"]
