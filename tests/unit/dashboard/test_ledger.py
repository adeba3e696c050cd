"""The ledger's page: what pushes came to in figures, in tables, and in two plots that say the same."""

import re

from dashboard.ledger.figures import savings_figure, weeks_figure
from dashboard.ledger.schemas import Ledger
from tests.unit.dashboard.desk_world import DeskWorld, ledger, pushed, share
from tests.unit.dashboard.fakes import World
from tests.unit.dashboard.test_pages import client_of, page_of

EVIL = '"><script>alert(1)</script>{{ 7*7 }}'
ITEMS = [pushed(1), pushed(2, held=-5.0, verdict="wrong"), pushed(3, held=None, usual_later=None, verdict="open")]


def world_of(*items: dict[str, object], **changes: object) -> World:
    return World(desk=DeskWorld(ledger=ledger(*items, **changes)))


def test_the_page_says_how_many_were_right_and_on_how_many_that_rests() -> None:
    page = re.sub(
        r"\s+", " ", page_of(world_of(*ITEMS, pushes=45), "/ledger?days=90").replace("\u00a0", " ").replace("&nbsp;", " ")
    )
    assert "<dd>75 %</dd>" in page
    assert "65 % to 85 % with 95 % certainty" in page
    assert "<dd>45</dd>" in page
    assert '$40.00 <span class="quiet">→</span> $7.50' in page  # of the two of which it is known
    for name in ("Good deals", "OLED", "deals.example", "specialist", "random-forest", "2026-11-16"):
        assert name in page
    assert '10 of 10 <span class="badge">few</span>' in page
    assert "not known yet" in page  # of the pricer that bore out what was not offered again
    assert page.index("2026-11-16") < page.index("2026-11-09")


def test_days_are_asked_for_and_the_newest_pushes_are_listed() -> None:
    world = world_of(*ITEMS, pushes=900)
    page = page_of(world, "/ledger?days=90")
    assert ("scanner", "/ledger?days=90&limit=500", None) in world.asked("GET")
    assert 'href="/ledger?days=90" aria-current="true"' in page
    assert "The newest 500; the shares above are of all." in page
    assert "30 days are not over" in page
    assert client_of(world).get("/ledger?days=401").status_code == 422


def test_the_plots_have_the_figures_of_the_tables() -> None:
    client = client_of(world_of(*ITEMS))
    savings = client.get("/ledger/savings.json?days=30").json()
    dots = savings["data"][-1]
    assert (dots["x"], dots["y"]) == ([40.0, 40.0], [20.0, -5.0])
    assert dots["marker"]["color"] == ["accent", "bad"]
    assert dots["customdata"][0].startswith("Bench grinder 1, claimed $40.00, held $20.00: right, ")
    assert dots["customdata"][1].count("held −$5.00: wrong") == 1
    (weeks,) = client.get("/ledger/weeks.json").json()["data"]
    assert weeks["x"] == ["2026-11-09", "2026-11-16"]  # one of which nothing is known has no share
    assert weeks["customdata"][1] == "week of 2026-11-16, 82\u00a0% right, 18 of 22, 95 % interval 72\u00a0% to 92\u00a0%"
    assert weeks["error_y"]["arrayminus"][0] > 0


def test_a_ledger_without_pushes_and_one_of_which_nothing_is_known_have_no_plots() -> None:
    page = page_of(world_of(), "/ledger")
    assert "Nothing was pushed in 180 days" in page
    assert "plotly" not in page
    nothing = {"all": share("all", 0, 0, 1), "rules": [], "feeds": [], "pricers": [], "weeks": [share("2026-11-23", 0, 0, 1)]}
    page = page_of(world_of(pushed(1, held=None, usual_later=None, verdict="open"), **nothing), "/ledger")
    assert "data-figure" not in page
    assert "<dd>–</dd>" in page


def test_what_a_person_said_counts_where_no_price_is_known() -> None:
    page = page_of(world_of(pushed(1, held=None, why="a person said so: bought")), "/ledger")
    assert "/ledger/savings.json" not in page
    assert "/ledger/weeks.json" in page


def test_a_scanner_that_is_away_costs_the_page_its_ledger_and_a_plot_its_figures() -> None:
    world = World(down={"scanner"})
    assert "The ledger cannot be shown." in page_of(world, "/ledger")
    assert client_of(world).get("/ledger/weeks.json").status_code == 503


def test_hostile_text_in_each_field_of_the_ledger_is_shown_and_never_obeyed() -> None:
    texts = dict.fromkeys(("title", "retailer", "feed", "verdict", "why", "opportunity"), EVIL)
    later = [{"days": 7, "price": None, "why": EVIL}]
    shares = {name: [share(EVIL, 3, 1)] for name in ("rules", "feeds", "pricers", "weeks")}
    world = world_of(pushed(1, **texts, asked_by=[EVIL], later=later, url="javascript:alert(1)"), **shares)
    page = page_of(world, "/ledger")
    assert "<script>alert" not in page
    assert "javascript:" not in page
    found = Ledger.model_validate(world.desk.ledger)
    dots = [*savings_figure(found.told)["data"], *weeks_figure(found.weeks)["data"]]
    assert all("<script" not in text for trace in dots for text in trace.get("text", []))
