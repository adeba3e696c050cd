"""A real Chromium for tests, without a window and without a network of its own; skips where there is none."""

import base64
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)

_AXE = Path(__file__).parent / "e2e" / "axe.min.js"  # axe-core, unchanged


@contextmanager
def opened_chromium(profile: Path, more: Sequence[str] = ()) -> Iterator[Any]:
    """A selenium driver whose profile lies in the folder `profile`, with `more` options; it keeps the console's log."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium (uv sync --group dev)")
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    driver = shutil.which("chromedriver")
    if not program or not driver:
        pytest.skip("needs Chromium and ChromeDriver: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for option in (*OPTIONS, *more, f"--user-data-dir={profile}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield browser
    finally:
        browser.quit()


def size(browser: Any, width: int, height: int = 900) -> None:
    """Give the page so many CSS pixels."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def prefer(browser: Any, scheme: str) -> None:
    """Light or dark."""
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)


def picture(browser: Any, width: int, height: int, top: int = 0) -> bytes:
    """PNG of the page's upper left corner, or of what lies `top` pixels below it."""
    clip = {"x": 0, "y": top, "width": width, "height": height, "scale": 1}
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
    return base64.b64decode(shot["data"])


def severe(browser: Any) -> list[str]:
    """What the console complained of, but for the site of a test before, which was closed while its page still listened, or whose
    worker the browser looks for anew: that complaint names no page, one about a page's own worker does.
    """
    origin = browser.execute_script("return window.location.origin")
    found = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    found = [message for message in found if message != "network - An unknown error occurred when fetching the script."]
    return [message for message in found if message.startswith(f"{origin}/") or "ERR_CONNECTION_REFUSED" not in message]


def forget(browser: Any) -> None:
    """Leave the page of a test before, and what it complained of when its site was closed."""
    browser.get("about:blank")
    severe(browser)


def axe_violations(browser: Any) -> list[str]:
    """What axe-core finds wrong with the page as it is, by the rules of WCAG 2.2 A and AA and its best practices."""
    browser.execute_script(_AXE.read_text(encoding="utf-8"))
    browser.set_script_timeout(110)  # a long page of tables takes a busy machine longer than the usual 30 s
    run = "axe.run().then(arguments[0], (error) => arguments[0]({error: String(error)}))"
    answer = browser.execute_async_script(run)
    assert "error" not in answer, answer
    found = [(each["id"], node) for each in answer["violations"] for node in each["nodes"]]
    return [f"{rule}: {node['html'][:160]} {node['failureSummary']}" for rule, node in found]
