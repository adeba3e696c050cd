"""Prices of a product and of a file in a real Chromium: shared, typed, dropped, without JavaScript, on a desk and on a phone.

UPDATE_SCREENSHOT=1 writes their pictures to docs/pages.
"""

import csv
import io
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest

from tests.browser import axe_violations, forget, prefer, severe, size
from tests.e2e.acting import By, awake, kept, see, submit, unfold
from tests.e2e.dashboard_site import SMALL_TARGETS, Site
from tests.e2e.page_pictures import keep_picture, keep_screen
from tests.e2e.price_site import SHARED, fill
from tests.unit.dashboard.price_world import TITLE
from tests.waiting import until

CSV = "title,price,condition\n" + "".join(f"Kettle {number},{20 + number},used\n" for number in range(70)) + "bad lamp,,\n,5,\n"
READ = "/price?url=https%3A%2F%2Fshop.example%2Fdrills%2Fqx100"
PAGES = {"price": READ, "price-empty": "/price", "price-text": "/price?description=Cordless+drill", "price-file": "/price/file"}


@pytest.fixture
def browser(browser: Any) -> Any:
    forget(browser)
    return browser


@pytest.fixture
def shop(site: Site) -> Site:
    fill(site.world)
    return site


def whole(driver: Any) -> None:
    """Wait for the slow pieces, where there are some."""
    until(lambda: driver.execute_script("return !document.querySelector('.later') && !document.querySelector('.htmx-request')"))


def is_fit(driver: Any, width: int) -> None:
    unfold(driver)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    assert driver.execute_script(SMALL_TARGETS) == []
    assert axe_violations(driver) == []
    assert severe(driver) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_screen_is_read_by_all_and_breaks_no_rule(
    browser: Any, shop: Site, name: str, width: int, scheme: str
) -> None:
    size(browser, width)
    prefer(browser, scheme)
    browser.get(shop.url + PAGES[name])
    whole(browser)
    if (width, scheme) in ((1280, "light"), (360, "dark")) and name in ("price", "price-file"):
        assert keep_picture(browser, f"{name}-{width}-{scheme}", width, 96).startswith(b"\x89PNG")
    is_fit(browser, width)


def test_what_a_phone_shares_is_read_priced_judged_and_explained(browser: Any, shop: Site) -> None:
    size(browser, 360, 740)
    prefer(browser, "light")
    browser.get(f"{shop.url}/share?title=Acme+drill&text={quote(SHARED)}")
    whole(browser)
    assert browser.current_url == shop.url + READ
    see(browser, "A good price.")
    for number, place in enumerate(("#result", "section[aria-labelledby=axis-title]", "#attributes", "#words"), 1):
        browser.execute_script("document.querySelector(arguments[0]).scrollIntoView()", place)
        assert browser.find_element(By.CSS_SELECTOR, f"{place} h2").is_displayed()
        assert keep_screen(browser, f"share-{number}-360-light").startswith(b"\x89PNG")


def test_a_value_that_was_missing_is_chosen(browser: Any, shop: Site) -> None:
    browser.get(f"{shop.url}/price?title=Acme+drill&description=20+V&price=90")
    whole(browser)
    browser.find_element(By.LINK_TEXT, "4 Ah").click()
    see(browser, "Acme drill, 4 Ah")
    assert browser.find_element(By.ID, "title").get_attribute("value") == "Acme drill, 4 Ah"
    assert browser.find_element(By.ID, "price").get_attribute("value") == "90"


@pytest.mark.parametrize("is_scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_text_is_typed_judged_explained_and_its_clearer_form_priced(browser: Any, shop: Site, is_scripted: bool) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not is_scripted})
    browser.get(f"{shop.url}/price")
    browser.find_element(By.ID, "what").send_keys("acme qx100 drill")
    browser.find_element(By.ID, "price").send_keys("90")
    submit(browser, ".pricing button")
    see(browser, "A good price.")
    for name, text in (("attributes", "would narrow it by"), ("words", "of the whole text;"), ("text", "Price this text")):
        if not is_scripted:
            submit(browser, f"#{name} a.button")
        see(browser, text)
    submit(browser, ".again button")
    see(browser, TITLE)
    assert browser.find_element(By.ID, "title").get_attribute("value") == TITLE
    assert browser.find_element(By.ID, "price").get_attribute("value") == "90"


def test_what_cannot_be_used_stays_in_the_form(browser: Any, shop: Site) -> None:
    browser.get(f"{shop.url}/price")
    browser.find_element(By.ID, "what").send_keys("A drill")
    browser.find_element(By.ID, "price").send_keys("cheap")
    submit(browser, ".pricing button")
    see(browser, "type an amount, as 99.95")
    assert browser.find_element(By.ID, "price").get_attribute("value") == "cheap"
    assert browser.find_element(By.ID, "what").get_attribute("value") == "A drill"
    assert axe_violations(browser) == []


@pytest.mark.parametrize("is_scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_is_chosen_and_comes_back_priced(browser: Any, shop: Site, tmp_path: Path, kind: str, is_scripted: bool) -> None:
    browser.execute_cdp_cmd("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not is_scripted})
    path = tmp_path / f"stock.{kind}"
    write(path)
    browser.get(f"{shop.url}/price/file")
    browser.find_element(By.ID, "file").send_keys(str(path))
    submit(browser, ".drop button")
    see(browser, "72 of 72, 2 without a price")
    see(browser, f"Download stock-priced.{kind}")
    see(browser, "Rows without a price")
    browser.find_element(By.CSS_SELECTOR, ".paging a").click()
    result = tmp_path / f"stock-priced.{kind}"
    until(lambda: result.exists() and result.stat().st_size)
    assert rows_of(result)[1][3:7] == [129.5, 104, 163.25, "good price"]
    if is_scripted and kind == "csv":
        for width, scheme in ((1280, "light"), (360, "dark")):
            size(browser, width)
            prefer(browser, scheme)
            assert keep_picture(browser, f"price-file-done-{width}-{scheme}", width).startswith(b"\x89PNG")
            is_fit(browser, width)


def write(path: Path) -> None:
    if path.suffix == ".csv":
        path.write_text(CSV, encoding="utf-8")
        return
    made = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(CSV)):
        made.active.append(row)
    made.save(path)


def rows_of(path: Path) -> list[list[object]]:
    if path.suffix == ".xlsx":
        return [[cell.value for cell in row] for row in openpyxl.load_workbook(path).active.iter_rows()]
    found = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    return [[float(cell) if cell.replace(".", "", 1).isdigit() else cell for cell in row] for row in found]


def test_a_file_is_dropped_followed_and_cancelled(browser: Any, shop: Site) -> None:
    shop.world.down.add("ensemble")
    browser.get(f"{shop.url}/price/file")
    drop = """
      const form = document.querySelector(".drop"), data = new DataTransfer();
      data.items.add(new File([arguments[0]], "dropped.csv", { type: "text/csv" }));
      for (const name of ["dragenter", "dragover", "drop"]) {
        form.dispatchEvent(new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: data }));
      }"""
    browser.execute_script(drop, CSV)
    see(browser, "It waits, and goes on by itself")
    assert browser.find_element(By.TAG_NAME, "progress").accessible_name == "Rows that are priced"
    browser.execute_script("document.body.dataset.same = 'yes'")
    browser.find_element(By.CSS_SELECTOR, "#job form button").click()
    see(browser, "Cancelled.")
    until(lambda: not browser.find_elements(By.TAG_NAME, "progress"))
    assert browser.execute_script("return document.body.dataset.same") == "yes"  # it followed without loading the page again
    assert axe_violations(browser) == []


def test_a_priced_file_is_not_kept_for_when_there_is_no_connection(browser: Any, shop: Site) -> None:
    """Nor is it by the browser otherwise: it is the person's own."""
    browser.get(f"{shop.url}/price/file")
    awake(browser)
    data = "const body = new FormData(); body.append('file', new File([arguments[0]], 'a.csv'));"
    send = "fetch('/price/file', { method: 'POST', body }).then((answer) => arguments[1](answer.url))"
    path = str(browser.execute_async_script(data + send, "title\nKettle\n"))
    browser.get(path)
    see(browser, "1 of 1")
    browser.get(f"{path}/result")
    browser.get(f"{shop.url}/price")
    until(lambda: f"{shop.url}/price" in kept(browser))
    assert not any(url.endswith("/result") for url in kept(browser))
