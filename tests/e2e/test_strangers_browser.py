"""A page of somebody else in a real Chromium, which tries to press and to read what runs on its visitor's machine."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from tests.e2e.acting import By
from tests.e2e.dashboard_site import Served, Site
from tests.waiting import until

SAYS_WHOSE = "return document.readyState === 'complete' && document.body.innerText.includes('another site')"
TRIES = """
const [base, done] = arguments;
const asked = [
  fetch(base + "/scan", {method: "POST", mode: "no-cors"}),
  fetch(base + "/feeds", {method: "POST", mode: "no-cors", body: new URLSearchParams({url: "https://evil.example/rss"})}),
  fetch(base + "/price", {method: "POST", headers: {"Content-Type": "application/json"}, body: "{}"}),
  fetch(base + "/test", {method: "DELETE"}),
  fetch(base + "/", {credentials: "include"}).then((answer) => answer.text()),
  new Promise((resolve) => {
    const picture = new Image();
    picture.onload = () => resolve("seen");
    picture.onerror = () => resolve("hidden");
    picture.src = base + "/static/icon.svg";
  }),
];
Promise.allSettled(asked).then((found) => done(found.map((each) => each.status === "rejected" ? "refused" : String(each.value))));
"""


@pytest.fixture
def stranger() -> Iterator[Served]:
    app = FastAPI()

    @app.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse("<title>evil</title>")

    @app.get("/form")
    def form(to: str) -> HTMLResponse:
        return HTMLResponse(f'<form method="post" action="{to}"><button>Win a prize</button></form>')

    made = Served(app)
    yield made
    made.close()


def pressed(site: Site) -> list[tuple[str, str, str, Any]]:
    """What the dashboard asked other services, their metrics aside: these it reads of its own accord."""
    return [call for call in site.world.calls if call[2] != "/metrics"]


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"], ids=["another site", "another port"])
def test_a_page_presses_nothing_and_sees_nothing(chromium: Any, site: Site, stranger: Served, name: str) -> None:
    chromium.get(stranger.url.replace("127.0.0.1", name))
    found = chromium.execute_async_script(TRIES, site.url)
    assert found[2:] == ["refused", "refused", "refused", "hidden"]
    assert all(each in ("refused", "[object Response]") for each in found[:2])  # opaque: it does not see what it got
    assert pressed(site) == []


def test_its_forms_press_nothing(chromium: Any, site: Site, stranger: Served) -> None:
    for path in ("/scan", "/test", "/feeds/1/delete", "/sign-in"):
        chromium.get(f"{stranger.url.replace('127.0.0.1', 'localhost')}/form?to={site.url}{path}")
        chromium.find_element(By.TAG_NAME, "button").click()
        until(lambda: chromium.current_url.startswith(site.url))
        until(lambda: chromium.execute_script(SAYS_WHOSE))
    assert pressed(site) == []


def test_under_a_name_that_leads_to_us_it_is_not_us(chromium: Any, site: Site) -> None:
    """As after DNS rebinding: the stranger's name has our address, and all that is asked under it is of its own origin."""
    chromium.get(site.url.replace("127.0.0.1", "evil.localhost"))
    assert "does not answer under the name" in chromium.find_element(By.TAG_NAME, "body").text
    base = site.url.replace("127.0.0.1", "evil.localhost")
    statuses = chromium.execute_async_script(
        "const [base, done] = arguments;"
        "Promise.all([fetch(base + '/'), fetch(base + '/scan', {method: 'POST'})])"
        ".then((all) => done(all.map((one) => one.status)));",
        base,
    )
    assert statuses == [421, 421]
    assert pressed(site) == []
