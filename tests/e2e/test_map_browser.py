"""The map of products in a real Chromium, over the map that lies in artifacts/: turned, filtered, its deals opened, read aloud."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from common.settings import artifacts_dir
from dashboard.models.product_map import FOLDER
from tests.browser import axe_violations, opened_chromium, prefer, severe, size
from tests.e2e.acting import By, Keys, see
from tests.e2e.dashboard_site import CONTRAST, SMALL_TARGETS, Site
from tests.e2e.page_pictures import keep_picture
from tests.unit.dashboard.fakes import opportunity
from tests.waiting import until

ActionChains = pytest.importorskip("selenium.webdriver", reason="needs selenium (uv sync --group dev)").ActionChains
WheelOrigin = pytest.importorskip("selenium.webdriver.common.actions.wheel_input", reason="needs selenium").ScrollOrigin
HOSTILE = '<img src="/x" onerror="document.title=1">'
_MODULE = """
const done = arguments[arguments.length - 1];
import("/static/map/map.js").then((module) => done((%s)(module)), (error) => done(String(error)));
"""
# How many pixels of the canvas are painted, and a number that changes with where.
PAINTED = """({ draw }) => {
  draw();
  const canvas = document.querySelector("#map canvas");
  const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height }).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
  let [count, mark] = [0, 0];
  for (let i = 3; i < data.length; i += 4) if (data[i]) { count += 1; mark = (mark * 31 + i) % 1000003; }
  return [count, mark];
}"""
# The dot that lies farthest from all others: its offset from the canvas's middle, its category and price.
LONELY = """({ scene }) => {
  const { points: { packed, count, names, prices }, width, height } = scene();
  const scale = Math.min(width, height) / 2000 * 0.94;
  let [best, most] = [0, 0];
  for (let i = 0; i < count; i += 7) {
    let least = 1e9;
    for (let k = 0; k < count; k += 1) {
      const far = (packed[4 * i] - packed[4 * k]) ** 2 + (packed[4 * i + 1] - packed[4 * k + 1]) ** 2;
      if (k !== i) least = Math.min(least, far);
    }
    if (least > most) [best, most] = [i, least];
  }
  return [packed[4 * best] * scale, packed[4 * best + 1] * scale, names[packed[4 * best + 3]], prices[best]];
}"""
# Where a deal is, from the canvas's middle.
DEAL = """({ scene }) => {
  const { deals: { packed }, width, height } = scene();
  const scale = Math.min(width, height) / 2000 * 0.94;
  return [packed[4 * %d] * scale, packed[4 * %d + 1] * scale];
}"""
CARD = "document.querySelector('#map canvas').getContext('webgl2').getExtension('WEBGL_lose_context')"
PINCH = """
const plane = document.getElementById("map");
const touch = (type, pointerId, clientX) =>
  plane.dispatchEvent(new PointerEvent(type, { pointerId, clientX, clientY: 400, pointerType: "touch" }));
plane.setPointerCapture = () => {};
const [down, up] = ["pointerdown", "pointerup"];
const moves = [[down, 1, 300], [down, 2, 400], ["pointermove", 2, 500], [up, 1, 300], [up, 2, 500]];
for (const each of moves) touch(...each);
"""
IN_A_HURRY = "((inTime) => { AbortSignal.timeout = (ms) => inTime.call(AbortSignal, ms / 100); })(AbortSignal.timeout);"


@pytest.fixture(scope="module")
def without_webgl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with opened_chromium(tmp_path_factory.mktemp("plain"), ("--disable-3d-apis",)) as browser:
        yield browser


@pytest.fixture
def map_site(site: Site) -> Site:
    site.world.map = json.loads((artifacts_dir() / FOLDER / "meta.json").read_text(encoding="utf-8"))["version"]
    return site


@pytest.fixture
def browser(browser: Any, map_site: Site) -> Any:
    open_map(browser, map_site)
    assert drawn_by(browser) == "webgl"
    return browser


def open_map(browser: Any, site: Site) -> None:
    browser.get(f"{site.url}/map")
    until(lambda: shown(browser, "shows") and shown(browser, "deals") is not None)


def run(browser: Any, function: str) -> Any:
    return browser.execute_async_script(_MODULE % function)


def shown(browser: Any, name: str) -> Any:
    return browser.find_element(By.ID, "map").get_attribute(f"data-{name}")


def drawn_by(browser: Any) -> Any:
    return browser.execute_script("return document.querySelector('#map canvas').dataset.drawn")


def painted(browser: Any) -> tuple[int, int]:
    count, mark = run(browser, PAINTED)
    return count, mark


def tip(browser: Any) -> str:
    return str(browser.find_element(By.ID, "tip").text)


def surface(browser: Any) -> Any:
    return browser.find_element(By.ID, "map")


def switch(browser: Any, name: str) -> None:
    browser.find_element(By.CSS_SELECTOR, f"[value={name}]").click()
    until(lambda: shown(browser, "shows") == name)


def point_at(browser: Any, left: float, top: float) -> Any:
    return ActionChains(browser).move_to_element_with_offset(surface(browser), round(left), round(top))


def test_the_switch_shows_the_products_flat_and_in_space_and_loads_nothing_from_elsewhere(browser: Any, map_site: Site) -> None:
    flat = painted(browser)
    assert flat[0] > 10_000
    switch(browser, "space")
    assert painted(browser) != flat
    assert painted(browser)[0] > 10_000
    loaded = browser.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert {f"{map_site.url}{path}" for path in ("/map/deals.json", "/static/map/webgl.js")} <= set(loaded)
    assert all(name.startswith(map_site.url) for name in loaded)
    assert severe(browser) == []


def test_pointing_at_a_dot_tells_its_category_and_price(browser: Any) -> None:
    browser.find_element(By.ID, "show-deals").click()
    left, top, name, price = run(browser, LONELY)
    point_at(browser, left, top).perform()
    until(lambda: tip(browser) == f"{name} · ${price:,.2f}")


@pytest.mark.parametrize("name", ["flat", "space"])
def test_dragging_wheel_and_keys_move_the_map_and_reset_brings_it_back(browser: Any, name: str) -> None:
    switch(browser, name)
    before = painted(browser)
    ActionChains(browser).drag_and_drop_by_offset(surface(browser), 90, 40).perform()
    until(lambda: painted(browser) != before)
    origin = WheelOrigin.from_element(surface(browser))
    for act in (
        lambda: ActionChains(browser).scroll_from_origin(origin, 0, -300).perform(),
        lambda: surface(browser).send_keys(Keys.LEFT),
        lambda: surface(browser).send_keys("+"),
    ):
        held = painted(browser)
        act()
        until(lambda held=held: painted(browser) != held)
    browser.find_element(By.ID, "reset").click()
    until(lambda: painted(browser) == before)


def test_two_fingers_zoom(browser: Any) -> None:
    before = run(browser, "({ state }) => state().view.zoom")
    browser.execute_script(PINCH)
    assert run(browser, "({ state }) => state().view.zoom") == pytest.approx(2 * before)


def test_categories_and_deals_are_taken_out_and_put_back(browser: Any) -> None:
    every = painted(browser)[0]
    browser.find_element(By.CSS_SELECTOR, "#legend [data-category]").click()
    assert 0 < painted(browser)[0] < every
    browser.find_element(By.ID, "all").click()
    assert painted(browser)[0] == every
    browser.find_element(By.ID, "all").click()
    assert 0 < painted(browser)[0] < 5 * 20 * 20  # the deals alone
    browser.find_element(By.ID, "show-deals").click()
    assert painted(browser)[0] == 0


def test_a_deal_is_pointed_at_and_a_click_leads_to_it(browser: Any, map_site: Site) -> None:
    left, top = run(browser, DEAL % (1, 1))
    point_at(browser, left, top).perform()
    until(lambda: tip(browser).endswith("· $59.99, worth $129.50, saves $69.51"))
    assert tip(browser).startswith("Cordless drill driver kit")
    (marked,) = browser.find_elements(By.CSS_SELECTOR, "#deals .on")
    assert marked.get_attribute("data-deal") == "opp-2"
    point_at(browser, left, top).click().perform()
    until(lambda: browser.current_url == f"{map_site.url}/opportunities/opp-2")


def test_a_drag_that_begins_on_a_deal_opens_nothing(browser: Any, map_site: Site) -> None:
    left, top = run(browser, DEAL % (1, 1))
    before = painted(browser)
    point_at(browser, left, top).click_and_hold().move_by_offset(60, 30).release().perform()
    until(lambda: painted(browser) != before)
    assert browser.current_url == f"{map_site.url}/map"


@pytest.mark.parametrize("name", ["flat", "space"])
def test_by_keys_the_deals_are_gone_through_and_one_is_opened(browser: Any, map_site: Site, name: str) -> None:
    switch(browser, name)
    plane = surface(browser)
    plane.send_keys("n")
    until(lambda: tip(browser).startswith("Robot vacuum"))
    plane.send_keys("p")
    until(lambda: tip(browser).startswith("Electric guitar"))
    plane.send_keys(Keys.ESCAPE)
    until(lambda: not tip(browser))
    plane.send_keys("n", "n", "n")
    until(lambda: tip(browser).startswith('27" QHD'))
    marked = browser.find_element(By.CSS_SELECTOR, "#deals .on")
    assert marked.get_attribute("data-deal") == "opp-3"
    plane.send_keys(Keys.ENTER)
    until(lambda: browser.current_url == f"{map_site.url}/opportunities/opp-3")


def test_a_deal_out_of_sight_is_brought_into_it(browser: Any) -> None:
    for _ in range(40):
        surface(browser).send_keys("+")
    surface(browser).send_keys("n")
    until(lambda: tip(browser).startswith("Robot vacuum"))
    left, top = browser.execute_script("const t = document.getElementById('tip'); return [t.offsetLeft, t.offsetTop]")
    assert 0 <= left <= browser.execute_script("return document.getElementById('map').clientWidth")
    assert 0 <= top <= browser.execute_script("return document.getElementById('map').clientHeight")


def test_the_link_that_has_the_focus_is_ringed_on_the_map(browser: Any) -> None:
    browser.execute_script("document.querySelector('[data-deal=opp-4] a').focus()")
    until(lambda: tip(browser).startswith("Electric guitar"))


def test_a_new_deal_comes_onto_the_map_by_itself_and_its_words_are_not_obeyed(browser: Any, map_site: Site) -> None:
    map_site.world.opportunities.append(opportunity(5, title=HOSTILE))
    browser.execute_script("htmx.trigger(document.body, 'live:opportunities')")
    until(lambda: shown(browser, "deals") == "5")
    assert browser.find_element(By.CSS_SELECTOR, "[data-deal=opp-5] a").text == HOSTILE
    surface(browser).send_keys("p")
    until(lambda: tip(browser).startswith(HOSTILE))
    assert browser.title == "Map · Product Pricing Agent"


def test_a_card_that_is_lost_and_found_again_goes_on_drawing(browser: Any) -> None:
    before = painted(browser)
    browser.execute_script(f"window.card = {CARD}; card.loseContext()")
    until(lambda: drawn_by(browser) == "lost")
    surface(browser).send_keys(Keys.LEFT, Keys.RIGHT)
    browser.execute_script("card.restoreContext()")
    until(lambda: drawn_by(browser) == "webgl")
    assert painted(browser) == before


def test_a_card_that_stays_lost_is_done_without(browser: Any) -> None:
    browser.execute_script(
        "document.querySelector('#map canvas').getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()"
    )
    until(lambda: drawn_by(browser) == "plain")
    assert painted(browser)[0] > 10_000
    surface(browser).send_keys("n")
    until(lambda: tip(browser).startswith("Robot vacuum"))


@pytest.mark.parametrize("name", ["flat", "space"])
def test_without_webgl_the_same_is_drawn_on_a_canvas(without_webgl: Any, map_site: Site, name: str) -> None:
    size(without_webgl, 1280)
    open_map(without_webgl, map_site)
    assert drawn_by(without_webgl) == "plain"
    switch(without_webgl, name)
    every = painted(without_webgl)
    assert every[0] > 10_000
    surface(without_webgl).send_keys("n")
    until(lambda: tip(without_webgl).startswith("Robot vacuum"))
    without_webgl.find_element(By.CSS_SELECTOR, "#legend [data-category]").click()
    assert 0 < painted(without_webgl)[0] < every[0]
    assert severe(without_webgl) == []


def test_without_frontier_rag_the_products_and_the_list_are_there_and_the_reason(chromium: Any, map_site: Site) -> None:
    map_site.world.down.add("frontier-rag")
    size(chromium, 1280)
    open_map(chromium, map_site)
    assert "Not every deal has its place on the map: frontier-rag" in chromium.find_element(By.ID, "deals-said").text
    assert painted(chromium)[0] > 10_000
    assert len(chromium.find_elements(By.CSS_SELECTOR, "#deals li a")) == 4
    surface(chromium).send_keys("n")
    assert tip(chromium) == ""


def test_a_map_whose_server_does_not_answer_in_time_says_so_and_can_be_tried_again(chromium: Any, map_site: Site) -> None:
    command, source = "Page.addScriptToEvaluateOnNewDocument", {"source": IN_A_HURRY}
    added = chromium.execute_cdp_cmd(command, source)
    map_site.delays |= {"/map/flat.json": 5.0, "/map/deals.json": 5.0}
    try:
        chromium.get(f"{map_site.url}/map")
        see(chromium, "The map could not be loaded: the server did not answer within 30 s.")
        see(chromium, "The deals could not be put on the map: the server did not answer within 30 s.")
        map_site.delays.clear()
        for _ in range(2):
            chromium.find_element(By.XPATH, "//button[.='Try again']").click()
        until(lambda: shown(chromium, "shows") == "flat" and shown(chromium, "deals") == "4")
        assert "Try again" not in chromium.find_element(By.TAG_NAME, "main").text
    finally:
        chromium.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": added["identifier"]})


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_it_fits_the_screen_and_can_be_read_in_light_and_dark(browser: Any, map_site: Site, width: int, scheme: str) -> None:
    size(browser, width)
    prefer(browser, scheme)
    open_map(browser, map_site)
    if scheme == "dark":
        switch(browser, "space")
    surface(browser).send_keys("n")
    until(lambda: tip(browser).startswith("Robot vacuum"))
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert [found for found in browser.execute_script(CONTRAST) if found[1] < 4.5] == []
    assert browser.execute_script(SMALL_TARGETS) == []
    for element in browser.find_elements(By.CSS_SELECTOR, "button, input, #map, a[href]"):
        assert element.accessible_name, element.get_attribute("outerHTML")
    assert axe_violations(browser) == []
    assert len(keep_picture(browser, f"map-{width}-{scheme}", width, 120)) > 10_000


def test_without_javascript_the_map_is_a_picture_beside_the_list_of_deals(browser: Any, map_site: Site) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.get(f"{map_site.url}/map")
    assert not surface(browser).is_displayed()
    assert not browser.find_element(By.ID, "legend").is_displayed()
    image = browser.find_element(By.CSS_SELECTOR, ".picture img")
    until(lambda: image.get_property("naturalWidth") > 500)
    browser.find_element(By.CSS_SELECTOR, "#deals li a").click()
    until(lambda: browser.current_url == f"{map_site.url}/opportunities/opp-1")
