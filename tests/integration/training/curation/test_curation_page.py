"""The curation's page in a real Chromium: from disk, on a desk and on a phone, loading nothing from elsewhere.

UPDATE_SCREENSHOT=1 curates the shared data and writes docs/curation.png, which holds figures and no product's text.
"""

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import opened_chromium, picture, severe, size
from tests.e2e.dashboard_site import CONTRAST
from tests.integration.training.curation.drawn_stats import stats_of
from training import items_curate
from training.curation.charts import write_charts
from training.curation.stats import CurationStats

SCREENSHOT = Path(__file__).resolve().parents[4] / "docs" / "curation.png"
WIDTH, MOST_BYTES = 1280, 300_000
WIDER = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
PICTURES = "return [...document.images].map((image) => [image.complete, image.naturalWidth, image.clientWidth, image.alt.length])"
LOADED = "return performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => !name.startsWith('data:'))"
LAST = "return Math.round(document.querySelector('main > section:last-of-type').getBoundingClientRect().top)"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with opened_chromium(tmp_path_factory.mktemp("chromium")) as chromium:
        yield chromium


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_charts(tmp_path_factory.mktemp("curated"), stats_of(1500))


@pytest.mark.parametrize("width", [WIDTH, 390])
def test_the_page_opens_from_disk_and_fits(browser: Any, page: Path, width: int) -> None:
    size(browser, width)
    browser.get(page.as_uri())
    assert browser.execute_script(WIDER) <= 0, "nothing sticks out"
    shown = browser.execute_script(PICTURES)
    assert len(shown) == 6
    for is_loaded, natural, drawn, words in shown:
        assert is_loaded
        assert natural >= drawn > width / 4, "sharp, and large enough to read"
        assert words > 20
    assert browser.execute_script(LOADED) == []
    assert severe(browser) == []


def test_every_text_stands_out_from_its_ground(browser: Any, page: Path) -> None:
    size(browser, WIDTH)
    browser.get(page.as_uri())
    found = browser.execute_script(CONTRAST)
    assert len(found) > 50
    assert [(text, round(ratio, 1)) for text, ratio in found if ratio < 4.5] == []


def test_the_page_of_real_rows_tells_their_counts_and_makes_the_screenshot(browser: Any, shared_data: Path, tmp_path: Path) -> None:
    data = [str(shared_data / "data" / f"products-{name}.jsonl.xz") for name in ("train", "pcparts")]
    items_curate.main([*data, "--out", str(tmp_path), "--workers", "2", "--sample", "price-squared", "--size", "6000"])
    stats = CurationStats.from_json(json.loads((tmp_path / "stats.json").read_text()))
    size(browser, WIDTH)
    browser.get((tmp_path / "curation.html").as_uri())
    assert browser.execute_script(WIDER) <= 0
    said = browser.execute_script("return document.body.innerText")
    for number in (stats.rows, stats.kept, 6000, *stats.splits.values(), *stats.dropped.values()):
        assert f"{number:,}" in said
    if os.environ.get("UPDATE_SCREENSHOT"):
        height = browser.execute_script(LAST)  # the table of categories says the same as the charts
        _save(picture(browser, WIDTH, height))
        assert SCREENSHOT.stat().st_size < MOST_BYTES


def _save(png: bytes) -> None:
    """With 256 colours: enough for charts, and a third of the size."""
    from PIL import Image

    Image.open(io.BytesIO(png)).convert("RGB").quantize(256).save(SCREENSHOT, optimize=True)
