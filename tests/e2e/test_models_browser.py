"""The pages of models in a real Chromium: how good they are, over the evaluations that lie in artifacts/, and how prices move."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.e2e.acting import By, drawn, look_over
from tests.e2e.dashboard_site import CONTRAST, Site

PAGES = {"models": "/models", "levels": "/models/levels"}
# Index by week: what falls, what rises, and one that nothing moves.
INDICES = {
    "Electronics": (100.0, 99.1, 97.6, 98.2, 96.0, 94.9, 93.7, 92.8),
    "Tools & Home Improvement": (100.0, 100.4, 101.9, 101.2, 103.0, 104.6, 104.1, 106.3),
    "Toys & Games": (100.0, 100.9, 99.4, 100.2, 99.8, 100.6, 99.9, 100.3),
}


def levels() -> dict[str, Any]:
    def week(number: int, index: float) -> dict[str, Any]:
        monday = date(2026, 10, 5) + timedelta(weeks=number)
        return {"week": monday.isoformat(), "index": index, "low": index - 1.2, "high": index + 1.3, "n": 40 + 3 * number}

    items = [
        {"category": name, "change": each[-1] / each[0] - 1, "weeks": [week(number, index) for number, index in enumerate(each)]}
        for name, each in INDICES.items()
    ]
    return {"weeks": 26, "items": items}


@pytest.fixture
def models(site: Site) -> Site:
    site.world.levels = levels()
    return site


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_screen_is_read_by_all_and_breaks_no_rule(
    browser: Any, models: Site, name: str, width: int, scheme: str
) -> None:
    look_over(browser, models.url + PAGES[name], name, width, scheme)
    assert [pair for pair in browser.execute_script(CONTRAST) if pair[1] < 4.5] == []


def test_every_point_of_a_scatter_is_an_estimate_over_its_true_price(browser: Any, models: Site) -> None:
    browser.get(f"{models.url}/models")
    drawn(browser)
    plots = browser.find_elements(By.CSS_SELECTOR, "[data-figure]")
    assert plots
    for plot in plots:
        counts = browser.execute_script("return arguments[0].data.map((each) => [each.x.length, each.y.length])", plot)
        assert 100 < sum(x for x, _ in counts) <= 503
        assert all(x == y for x, y in counts)


def test_without_javascript_the_levels_are_a_table(browser: Any, models: Site) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.get(f"{models.url}/models/levels")
    rows = [row.text for row in browser.find_elements(By.CSS_SELECTOR, "tbody tr")]
    assert [row.split(" +")[0].split(" -")[0].split(" −")[0] for row in rows] == list(INDICES)
    assert "92.8" in rows[0]
    assert "105.1 – 107.6" in rows[1]
