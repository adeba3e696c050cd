"""The watchlist, price histories, feedback, review and ledger, as a person plays with them."""

import json

import pytest

from scanner.pages.page_data import PageFacts
from tests.integration.alerts.world import FEED, OTHER, World, offer, wait
from tests.unit.scanner.fakes import FakePages, item

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
TV, KIT, TOOL = (
    "LG 65-inch OLED C5 4K TV for $1,150",
    "Makita 18V impact driver kit for $99",
    "Makita 18V impact driver, tool only for $79",
)


def test_a_wish_in_words_is_pushed_whatever_the_rules_say(world: World) -> None:
    world.rule(include=["nothing of the kind"])
    world.judge.worth = {"OLED": 1_160.0}
    wish = world.post("/watchlist", text="65 inch OLED TV under 1200")
    assert (wish["understood"]["target_price"], wish["understood"]["inches"]) == (1200, 65)
    world.see(offer(TV, 1), offer("LG 55-inch OLED C5 4K TV for $900", 2), offer("65-inch OLED TV wall mount for $40", 3))
    assert len(world.phone.titles) == 1
    assert "65-inch OLED C5" in world.phone.titles[0]
    (match,) = world.get(f"/watchlist/{wish['id']}/matches")["items"]
    assert match["pushed"]


def test_a_wish_above_its_target_waits_for_the_price(world: World) -> None:
    world.rule(include=["nothing of the kind"])
    world.judge.worth = {"OLED": 1_160.0}
    world.post("/watchlist", text="65 inch OLED TV under 1100")
    world.see(offer(TV, 1))
    assert world.phone.titles == []
    world.see(offer(TV.replace("1,150", "1,099"), 1))
    assert len(world.phone.titles) == 1


def test_a_tool_only_wish_takes_no_kit_and_forbidden_words_hold(world: World) -> None:
    world.rule(include=["nothing of the kind"])
    world.post("/watchlist", text="Makita 18V impact driver, tool only", target_price=100)
    world.post("/watchlist", text="Bosch jigsaw", forbidden=["blade"], required=["corded"])
    titles = ("Bosch jigsaw blade set for $20", "Bosch corded jigsaw for $60", "Bosch cordless jigsaw for $65")
    world.see(offer(KIT, 1), offer(TOOL, 2), *(offer(title, number) for number, title in enumerate(titles, start=3)))
    assert sorted(title[:11] for title in world.phone.titles) == ["Bosch corde", "Makita 18V "]


def test_a_target_below_the_lowest_price_ever_seen_says_so(world: World) -> None:
    world.see(offer(TV, 1))
    wish = world.post("/watchlist/preview", text="65 inch OLED TV under 900")
    assert wish["lowest_seen"]["price"] == 1150.0
    assert "$250 below" in wish["hint"]
    assert "Best Buy" in wish["hint"]
    assert world.post("/watchlist/preview", text="65 inch OLED TV under 1200")["hint"] is None
    assert world.get("/watchlist")["items"] == []


def test_a_wrong_wish_is_refused_with_its_field(world: World) -> None:
    assert "text" in world.refused("/watchlist", text="  ")
    assert "target_price" in world.refused("/watchlist", text="Bosch jigsaw", target_price=-3)
    assert "conditions" in world.refused("/watchlist", text="Bosch jigsaw", conditions=["shiny"])
    assert world.get("/watchlist")["items"] == []


def test_a_products_history_holds_every_offer_with_its_shop_and_moment(world: World) -> None:
    for day, price in enumerate((120, 100, 140)):
        world.see(offer(f"Makita XDT131 drill for ${price}", day, shop=f"Shop {day}"), feed=(FEED, OTHER)[day % 2])
        world.pass_by(days=1)
    (product,) = world.get("/products", q="makita")["items"]
    history = world.get(f"/products/{product['id']}/history")
    assert (history["lowest"], history["usual"], history["last"], history["low_confidence"]) == (100, 120, 140, True)
    told = [(each["price"], each["retailer"], each["offered"][:10], each["condition"]) for each in history["items"]]
    assert sorted(told) == [
        (100.0, "Shop 1", "2026-10-02", "new"),
        (120.0, "Shop 0", "2026-10-01", "new"),
        (140.0, "Shop 2", "2026-10-03", "new"),
    ]


def test_a_score_is_sure_from_fourteen_days_on(world: World) -> None:
    for day in range(16):
        world.see(offer("Makita XDT131 drill for $99" if day == 15 else f"Makita XDT131 drill for ${120 + day}", day))
        world.pass_by(days=1)
    (product,) = world.get("/products", q="makita")["items"]
    assert not product["low_confidence"]
    assert product["score"] >= 9.5
    assert "great" in product["verdict"].lower()


def test_a_product_is_told_again_for_a_new_low_alone_and_after_its_reset(world: World) -> None:
    for number, price in enumerate((100, 100, 98, 90)):
        world.see(offer(f"Makita XDT131 drill for ${price}", number, shop=f"Shop {number}"))
        world.pass_by(hours=30)
    assert [text.split("\n")[1].split(",")[0] for text in world.phone.texts] == ["$100", "$90"]
    world.pass_by(days=20)
    world.see(offer("Makita XDT131 drill for $90", 8, shop="Shop 8"))
    assert len(world.phone.titles) == 2  # never twice for one price
    (product,) = world.get("/products", q="makita")["items"]
    world.post(f"/products/{product['id']}/reset")
    world.pass_by(days=1)
    world.see(offer("Makita XDT131 drill for $90", 9, shop="Shop 9"))
    assert len(world.phone.titles) == 3


def test_a_muted_product_is_not_told(world: World) -> None:
    world.see(offer("Makita XDT131 drill for $100", 1))
    (product,) = world.get("/products", q="makita")["items"]
    world.patch(f"/products/{product['id']}", muted=True)
    world.see(offer("Makita XDT131 drill for $60", 2, shop="Other"))
    assert len(world.phone.titles) == 1
    assert "cool_down_days" in world.refused(f"/products/{product['id']}", method="PATCH", cool_down_days=-1)


def differ(now: object) -> str:
    """The feed's own price and the title's are not the same."""
    return item("Makita XDT131 drill for $79", number=5, price="99.00", published=now)  # type: ignore[arg-type]


def test_what_readers_differ_about_waits_for_a_person_and_then_goes_its_way(world: World) -> None:
    world.see(differ)
    (waits,) = world.get("/review", state="open")["items"]
    assert waits["why"] == "differ"
    assert {each["price"] for each in waits["candidates"]} == {79.0, 99.0}
    assert world.phone.titles == []
    assert "79" in waits["reason"]
    assert "99" in waits["reason"]
    assert "candidate" in world.refused(f"/review/{waits['id']}", candidate=17)
    pick = next(each["number"] for each in waits["candidates"] if each["price"] == 79.0)
    world.post(f"/review/{waits['id']}", candidate=pick)
    wait(lambda: world.phone.titles)
    assert "$79" in world.phone.texts[0]
    assert world.get("/review", state="open")["items"] == []


def test_what_people_say_is_kept_with_what_was_said_and_given_out_as_rows(world: World) -> None:
    titles = ("Makita XDT131 drill", "Bosch GSB18 drill", "DeWalt DCD777 drill", "Ryobi P209 drill")
    world.see(*(offer(f"{title} for $80", number) for number, title in enumerate(titles)))
    verdicts = ("right", "bought", "not_this_product", "not_worth_that")
    for title, verdict in zip(titles, verdicts, strict=True):
        said = world.post(f"/opportunities/{world.opportunity(title)['id']}/feedback", verdict=verdict, note="as I saw it")
        assert said["said"]["price"] == 80.0
    world.post(f"/deals/{world.deal('Ryobi')['id']}/feedback", verdict="not_worth_that", worth=85.0)
    assert world.get("/feedback")["counts"] == {
        "right": 1,
        "bought": 1,
        "not_this_product": 1,
        "not_worth_that": 1,
    }
    rows = [json.loads(line) for line in world.scanner.get("/feedback/export").text.splitlines()]
    assert len(rows) == 4
    assert "person" in str(rows)
    assert "verdict" in world.refused(f"/deals/{world.deal('Ryobi')['id']}/feedback", verdict="meh")
    assert "price" in world.refused(f"/deals/{world.deal('Ryobi')['id']}/feedback", verdict="wrong_price", price=-1)


def test_the_ledger_tells_what_pushes_cost_later_and_who_was_right(world: World) -> None:
    world.rules({"name": "Drills", "when": {"include": ["drill"]}})
    world.see(offer("Makita XDT131 drill for $100", 0))
    for days in (8, 31, 91):
        world.now = world.now.replace(year=2026, month=10, day=1)
        world.pass_by(days=days)
        world.see(offer("Makita XDT131 drill for $190", days, shop=f"Shop {days}"))
    ledger = world.get("/ledger", days=180)
    (push,) = ledger["items"]
    assert [(each["days"], each["price"]) for each in push["later"]] == [(7, 190.0), (30, 190.0), (90, 190.0)]
    assert push["verdict"] == "right"
    assert [(each["name"], each["right"]) for each in ledger["rules"]] == [("Drills", 1)]
    assert ledger["all"]["few"]
    assert ledger["feeds"]
    assert ledger["pricers"]


@pytest.mark.parametrize(
    ("page", "pushes", "words"),
    [
        (PageFacts(title="Makita XDT131 drill", price=100.0, currency="USD"), 1, ""),
        (PageFacts(title="Makita XDT131 drill", price=149.99, currency="USD"), 0, "$149.99"),
        (PageFacts(title="Makita XDT131 drill", price=100.0, currency="USD", availability="sold out"), 0, "sold out"),
        (None, 1, ""),
    ],
    ids=["same", "dearer", "sold out", "silent"],
)
def test_a_winner_is_looked_up_in_the_shop_before_it_is_told(still: World, page: PageFacts | None, pushes: int, words: str) -> None:
    still.fakes = {"pages": FakePages({"https://shop1.example/1": page})}
    world = still.start(market_check=True)
    world.see(offer("Makita XDT131 drill for $100", 1))
    assert len(world.phone.titles) == pushes
    assert words in (world.opportunity("Makita")["why_not"] or "")


def test_shipping_and_the_piece_are_part_of_the_price(world: World) -> None:
    world.see(offer("Makita XDT131 drill for $80 + $15 shipping", 1), offer("Duracell AA batteries 24-pack for $12", 2))
    drill, cells = world.deal("Makita"), world.deal("Duracell")
    assert (drill["price"], drill["shipping"]) == (95.0, 15.0)
    assert cells["unit_price"] == {"price": 0.5, "unit": "each"} or cells["unit_price"]["price"] == 0.5
    assert any("$95" in text for text in world.phone.texts)
