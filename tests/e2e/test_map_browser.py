"""The map of products in a real Chromium, over the map that lies in artifacts/: seen, switched, turned, filtered, read aloud."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import picture, prefer, severe, size
from tests.e2e.dashboard_site import CONTRAST, Site, poll

By = pytest.importorskip("selenium.webdriver.common.by", reason="needs selenium (uv sync --group dev)").By
Keys = pytest.importorskip("selenium.webdriver.common.keys", reason="needs selenium (uv sync --group dev)").Keys
ActionChains = pytest.importorskip("selenium.webdriver", reason="needs selenium (uv sync --group dev)").ActionChains
# How many pixels of the canvas are painted, and a number that changes with where.
PAINTED = """
const canvas = document.getElementById("map");
const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
let [count, mark] = [0, 0];
for (let i = 3; i < data.length; i += 4) if (data[i]) { count += 1; mark = (mark * 31 + i) % 1000003; }
return [count, mark];
"""
# The middle of the dot that lies farthest from all others, as an offset from the canvas's middle.
LONELY = """
const shown = points.map((one) => [Math.min(...points.map((two) =>
  one === two ? 1e9 : (one.left - two.left) ** 2 + (one.top - two.top) ** 2)), one]);
const [, point] = shown.reduce((a, b) => a[0] > b[0] ? a : b);
const { clientWidth, clientHeight } = document.getElementById("map");
return [point.left - clientWidth / 2, point.top - clientHeight / 2, point.name, point.price];
"""


@pytest.fixture
def browser(chromium: Any, site: Site) -> Iterator[Any]:
    size(chromium, 1280)
    chromium.get(f"{site.url}/map")
    poll(lambda: painted(chromium)[0] > 1000)
    yield chromium
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def painted(browser: Any) -> tuple[int, int]:
    count, mark = browser.execute_script(PAINTED)
    return count, mark


def switch(browser: Any, name: str) -> None:
    browser.find_element(By.CSS_SELECTOR, f"[value={name}]").click()
    poll(lambda: browser.find_element(By.ID, "map").get_attribute("data-shows") == name)


def test_the_switch_shows_the_products_flat_and_in_space_and_loads_nothing_from_elsewhere(browser: Any, site: Site) -> None:
    flat = painted(browser)
    switch(browser, "space")
    poll(lambda: painted(browser) != flat)
    assert painted(browser)[0] > 1000
    loaded = browser.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert any("/map/flat.json" in name for name in loaded)
    assert any("/map/space.json" in name for name in loaded)
    assert all(name.startswith(site.url) for name in loaded)
    assert severe(browser) == []


def test_pointing_at_a_dot_tells_its_category_and_price(browser: Any) -> None:
    left, top, name, price = browser.execute_script(LONELY)
    canvas = browser.find_element(By.ID, "map")
    ActionChains(browser).move_to_element_with_offset(canvas, round(left), round(top)).perform()
    poll(lambda: browser.find_element(By.ID, "tip").text == f"{name} · ${price:,.2f}")


@pytest.mark.parametrize("name", ["flat", "space"])
def test_dragging_wheel_and_keys_move_the_map_and_reset_brings_it_back(browser: Any, name: str) -> None:
    switch(browser, name)
    poll(lambda: not browser.execute_script("return isAsked"))
    before = painted(browser)
    canvas = browser.find_element(By.ID, "map")
    ActionChains(browser).drag_and_drop_by_offset(canvas, 90, 40).perform()
    poll(lambda: painted(browser) != before)
    for act in (
        lambda: ActionChains(browser).scroll_from_origin(_on(canvas), 0, -300).perform(),
        lambda: canvas.send_keys(Keys.LEFT),
    ):
        held = painted(browser)
        act()
        poll(lambda held=held: painted(browser) != held)
    browser.find_element(By.ID, "reset").click()
    poll(lambda: painted(browser) == before)


def _on(element: Any) -> Any:
    from selenium.webdriver.common.actions.wheel_input import ScrollOrigin

    return ScrollOrigin.from_element(element)


def test_categories_are_taken_out_and_put_back(browser: Any) -> None:
    every = painted(browser)[0]
    browser.find_element(By.CSS_SELECTOR, "#legend label").click()
    poll(lambda: 0 < painted(browser)[0] < every)
    browser.find_element(By.ID, "all").click()
    poll(lambda: painted(browser)[0] == every)
    browser.find_element(By.ID, "all").click()
    poll(lambda: painted(browser)[0] == 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 380])
def test_it_fits_the_screen_and_can_be_read_in_light_and_dark(
    browser: Any, site: Site, width: int, scheme: str, tmp_path: Path
) -> None:
    size(browser, width)
    prefer(browser, scheme)
    browser.get(f"{site.url}/map")
    poll(lambda: painted(browser)[0] > 1000)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert [found for found in browser.execute_script(CONTRAST) if found[1] < 4.5] == []
    for element in browser.find_elements(By.CSS_SELECTOR, "button, input, canvas, a[href]"):
        assert element.accessible_name, element.get_attribute("outerHTML")
    shot = tmp_path / f"map-{width}-{scheme}.png"
    shot.write_bytes(picture(browser, width, 900))
    assert shot.stat().st_size > 10_000


def test_without_javascript_the_map_is_a_picture(browser: Any, site: Site) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.get(f"{site.url}/map")
    assert not browser.find_element(By.ID, "board").is_displayed()
    image = browser.find_element(By.CSS_SELECTOR, ".still img")
    poll(lambda: image.get_property("naturalWidth") > 500)
