"""The evaluation's report in a real Chromium: from disk, light and dark, on a desk and on a phone; a pointer tells each product.

UPDATE_SCREENSHOT=1 writes docs/evaluation.png: pricers that do not hold the demo catalogue, whose texts are our own, over it.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import opened_chromium, picture, prefer, severe, size
from tests.e2e.dashboard_site import CONTRAST
from training import evaluate

ROOT = Path(__file__).resolve().parents[3]
CATALOGUE = ROOT / "services" / "frontier-rag" / "src" / "frontier_rag" / "demo" / "catalogue.jsonl"
SCREENSHOT = ROOT / "docs" / "evaluation.png"
EVIL = "<script>document.title = 'broken'</script><b>lamp</b>"
# Where the scatter draws a product, in CSS pixels of the canvas, worked out anew from its axes.
PLACE = """
const [canvas, i] = arguments;
const [low, high] = data.axis.map(Math.log);
const across = canvas.clientWidth - MARGIN.left - MARGIN.right, up = canvas.clientHeight - MARGIN.top - MARGIN.bottom;
const share = (value) => (Math.log(value) - low) / (high - low);
return [MARGIN.left + share(data.truth[i]) * across, canvas.clientHeight - MARGIN.bottom - share(data.pricers[0].price[i]) * up];
"""
MOVE = """
const [canvas, x, y] = arguments;
const box = canvas.getBoundingClientRect();
canvas.dispatchEvent(new PointerEvent("pointermove", { clientX: box.x + x, clientY: box.y + y, bubbles: true }));
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with opened_chromium(tmp_path_factory.mktemp("chromium")) as chromium:
        yield chromium


def catalogue(path: Path, repeats: int = 1, first_title: str = EVIL) -> Path:
    """The demo catalogue in the shape of an evaluation file; `first_title` turns its first product against the page."""
    products = [json.loads(line) for line in CATALOGUE.read_text(encoding="utf-8").splitlines()] * repeats
    keys = {"features": [], "details": "{}"}
    rows = [
        {
            **keys,
            "title": each["title"],
            "description": [each["description"]],
            "main_category": each["category"],
            "price": each["price"],
        }
        for each in products
    ]
    rows[0]["title"] = first_title
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def report(folder: Path, data: Path, *pricers: str) -> Path:
    named = [part for pricer in pricers for part in ("--pricer", pricer)]
    assert evaluate.main([*named, "--data", str(data), "--out", str(folder), "--quiet"]) == 0
    return folder / "report.html"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a report that compares two pricers."""
    folder = tmp_path_factory.mktemp("report")
    return report(folder, catalogue(folder / "rows.jsonl"), "random-forest", "constant:80").as_uri()


def tip(browser: Any) -> str:
    return str(browser.find_element("css selector", ".tip").text)


def product(browser: Any, i: int) -> list[str]:
    """What the tooltip must say of a product."""
    title, truth, price, low, high = browser.execute_script(
        "const i = arguments[0], p = data.pricers[0]; return [data.titles[i], data.truth[i], p.price[i], p.low[i], p.high[i]]", i
    )
    figures = [f"truth ${truth:,.2f}", f"estimate ${price:,.2f}", f"80 % interval ${low:,.2f} to ${high:,.2f}"]
    return [title, *figures, f"error ${abs(price - truth):,.2f}"]


def test_a_pointer_over_a_point_tells_the_product(browser: Any, page: str) -> None:
    size(browser, 1280)
    browser.get(page)
    canvas = browser.find_element("css selector", "canvas")
    assert tip(browser) == ""
    dearest = browser.execute_script("return data.truth.indexOf(Math.max(...data.truth))")
    for i in (0, dearest):
        browser.execute_script(MOVE, canvas, *browser.execute_script(PLACE, canvas, i))
        assert tip(browser).splitlines() == product(browser, i)
    browser.execute_script(MOVE, canvas, 5, 5)
    assert tip(browser) == ""
    assert severe(browser) == []


def test_a_title_with_markup_is_shown_as_it_is_and_does_nothing(browser: Any, page: str) -> None:
    browser.get(page)
    canvas = browser.find_element("css selector", "canvas")
    browser.execute_script(MOVE, canvas, *browser.execute_script(PLACE, canvas, 0))
    assert tip(browser).startswith(EVIL)
    assert browser.title.startswith("Evaluation of")
    assert browser.find_elements("css selector", ".tip script, td script, td b") == []


def test_the_keyboard_walks_from_the_cheapest_to_the_dearest(browser: Any, page: str) -> None:
    browser.get(page)
    canvas = browser.find_element("css selector", "canvas")
    order = browser.execute_script("return data.truth.map((_, i) => i).sort((a, b) => data.truth[a] - data.truth[b])")
    for i in order[:3]:
        canvas.send_keys("\ue014")  # the right arrow
        assert tip(browser).splitlines() == product(browser, i)
    canvas.send_keys("\ue012")  # the left arrow
    assert tip(browser).splitlines() == product(browser, order[1])


def test_a_colour_is_hidden_by_its_button_and_the_scale_changes(browser: Any, page: str) -> None:
    browser.get(page)
    canvas = browser.find_element("css selector", "canvas")
    first = browser.execute_script("return data.pricers[0].tone.indexOf(0)")
    drawn = [browser.execute_script("return arguments[0].toDataURL()", canvas)]
    for button in ("button[data-tone=green]", "button[data-scale=linear]"):
        browser.find_element("css selector", button).click()
        drawn.append(browser.execute_script("return arguments[0].toDataURL()", canvas))
    assert len(set(drawn)) == 3
    browser.find_element("css selector", "button[data-scale=log]").click()
    browser.execute_script(MOVE, canvas, *browser.execute_script(PLACE, canvas, first))
    assert product(browser, first)[0] not in tip(browser)
    assert browser.find_element("css selector", "button[data-tone=green]").get_attribute("aria-pressed") == "false"


@pytest.mark.parametrize("width", [1280, 768, 380])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_the_screen_stands_out_and_loads_nothing(browser: Any, page: str, width: int, scheme: str) -> None:
    size(browser, width)
    prefer(browser, scheme)
    browser.get(page)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert severe(browser) == []
    ratios = browser.execute_script(CONTRAST)
    assert len(ratios) > 50
    assert [pair for pair in ratios if pair[1] < 4.5] == []


def test_a_change_to_the_dark_is_followed_by_the_chart(browser: Any, page: str) -> None:
    size(browser, 1280)
    prefer(browser, "light")
    browser.get(page)
    colours = "return document.querySelector('canvas').toDataURL()"
    light = browser.execute_script(colours)
    prefer(browser, "dark")
    browser.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    assert browser.execute_script(colours) != light


def test_of_more_than_twenty_thousand_products_so_many_are_drawn_and_tell_themselves(browser: Any, tmp_path: Path) -> None:
    size(browser, 1280)
    browser.get(report(tmp_path, catalogue(tmp_path / "rows.jsonl", repeats=41), "constant:80").as_uri())
    assert browser.execute_script("return data.truth.length") == 20_000
    canvas = browser.find_element("css selector", "canvas")
    dearest = browser.execute_script("return data.truth.indexOf(Math.max(...data.truth))")
    browser.execute_script(MOVE, canvas, *browser.execute_script(PLACE, canvas, dearest))
    assert tip(browser).splitlines()[1:] == product(browser, dearest)[1:]


def test_a_picture_of_it_can_be_taken(browser: Any, page: str, tmp_path: Path) -> None:
    is_for_docs = os.environ.get("UPDATE_SCREENSHOT") == "1"
    if is_for_docs:
        data = catalogue(tmp_path / "catalogue.jsonl", first_title="Car jump starter")
        page = report(tmp_path, data, "specialist", "random-forest", "constant:100").as_uri()
    size(browser, 1280)
    prefer(browser, "light")
    browser.get(page)
    canvas = browser.find_element("css selector", "canvas")
    browser.execute_script(MOVE, canvas, *browser.execute_script(PLACE, canvas, 12))
    path = SCREENSHOT if is_for_docs else tmp_path / "evaluation.png"
    path.write_bytes(picture(browser, 1280, 1520))
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_size <= 300_000
