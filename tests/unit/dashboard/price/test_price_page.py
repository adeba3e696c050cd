"""The page that prices one product: by an address, a text, with an offer, and what explains its price."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from dashboard.app import Fakes, create_app
from tests.unit.dashboard.fakes import SIMILAR, World, estimates, price_answer
from tests.unit.dashboard.price_world import TEXT, TITLE, PriceWorld, attribute, attributes, judgement, product_page

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{ 7*7 }}"
ADDRESS = "https://shop.example/drills/qx100"
HTMX = {"HX-Request": "true"}
FORM = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}


def client_of(world: World) -> TestClient:
    return TestClient(create_app(Fakes(world.clients())), follow_redirects=False)


def page_of(world: World, **asked: str) -> str:
    answer = client_of(world).get(f"/price?{urlencode(asked)}")
    assert answer.status_code == 200, answer.text
    return answer.text


def plain(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def asked_of(world: World) -> list[tuple[str, str]]:
    return [(name, path) for name, path, _ in world.asked("POST")]


def ask(client: TestClient, **fields: str) -> Response:
    return client.post("/price/ask", data=fields, headers=FORM)


def test_without_a_question_there_is_the_form_alone() -> None:
    world = World()
    page = page_of(world)
    assert "Address, title or description" in page
    assert 'id="result"' not in page
    assert world.asked("POST") == []


def test_what_is_shared_is_read_and_priced_and_judged_at_once() -> None:
    world = World()
    client = client_of(world)
    target = client.get(f"/share?{urlencode({'text': f'Look at this: {ADDRESS}.'})}").headers["location"]
    page = client.get(target).text
    for text in (
        TITLE,
        "Tools &gt; Drills",
        "EUR 92.00",
        "= $99.99",
        "Example Tools",
        "json-ld",
        "$129.50",
        "$27.40",
        "A good price.",
    ):
        assert text in page
    assert asked_of(world) == [("scanner", "/pages/read"), ("ensemble", "/judge")]
    (_, _, body) = world.asked("POST")[1]
    offer = {"price": 99.99, "retailer": "Example Tools", "references": [{"kind": "list", "price": 199.98, "said_by": "seller"}]}
    offer |= {"published": False}
    assert body == {"title": TITLE, "description": TEXT, "category": "Tools > Drills", "offer": offer}


def test_a_typed_text_is_priced_with_each_pricer_and_what_is_similar() -> None:
    world = World()
    page = page_of(world, description="Cordless drill")
    for text in ("$1,234.56", "$980.00 – $1,600.00", "random-forest", "Hammer drill", "Is somebody asking a price for it?"):
        assert text in page
    assert world.asked("POST") == [("ensemble", "/price", {"description": "Cordless drill"})]


@pytest.mark.parametrize(("asked", "said"), [("90", "A good price."), ("120", "A fair price."), ("200", "Too dear.")])
def test_an_offer_is_judged_in_words_and_on_the_axis_of_a_deals_page(asked: str, said: str) -> None:
    world = World()
    page = page_of(world, description="Cordless drill", price=asked)
    assert said in page
    words = plain(page)
    assert "is worth $104.00 to $163.25; the chance that it is worth 25 % more than is asked is 62 %." in words
    assert "The list price of $199.98 is inflated: hardly anybody pays that." in words
    for text in ("The judge", "Each pricer", "3 pricers say $131", "counts 55 %"):
        assert text in words
    assert 'class="voices"' in page
    assert world.asked("POST")[0][2]["offer"] == {"price": float(asked), "published": False}


def test_a_claim_of_the_seller_is_marked_on_the_axis() -> None:
    page = page_of(World(), description="Cordless drill", price="90", list_price="199.98")
    assert "The seller: the list price" in page
    assert ">inflated<" in page


def test_a_condition_is_said_to_pricers_and_to_the_judge() -> None:
    world = World()
    page_of(world, description="Phone", condition="used")
    page_of(world, description="Phone", condition="used", price="90")
    told = [body for _, _, body in world.asked("POST")]
    assert told == [
        {"description": "Phone\nCondition: used"},
        {"description": "Phone", "offer": {"price": 90.0, "condition": "used", "published": False}},
    ]


def test_the_form_leads_to_an_address_that_asks_the_same() -> None:
    client = client_of(World())
    answer = ask(client, what=" Cordless\r\ndrill ", price="$90", condition="used", title="", category="Tools")
    target = urlsplit(answer.headers["location"])
    assert (answer.status_code, target.path, target.fragment) == (303, "/price", "result")
    query = {name: values[0] for name, values in parse_qs(target.query).items()}
    assert query == {"description": "Cordless\ndrill", "price": "$90", "condition": "used", "category": "Tools"}
    assert client.get(f"/price?{target.query}").status_code == 200


def test_a_text_that_is_too_long_for_an_address_is_kept() -> None:
    world = World()
    client = client_of(world)
    long = "Cordless drill & more\n" * 400
    target = ask(client, what=long, price="90").headers["location"]
    assert len(target) < 200
    page = client.get(target).text
    assert world.asked("POST")[0][2]["description"] == long.strip()
    assert "&amp; more\n" in page.split("</textarea>")[0]
    (piece,) = re.findall(r'hx-get="(/price/attributes[^"]*)"', page)
    links = re.findall(r'href="(/price\?[^"]*)"', client.get(unescape(piece), headers=HTMX).text)
    assert max(map(len, links)) < 200
    assert client.get(unescape(links[0])).status_code == 200
    assert world.asked("POST")[-1][2]["description"].startswith("Cordless drill & more, 1.5 Ah\nCordless")


def test_a_text_that_is_kept_no_more_is_asked_for_again() -> None:
    answer = client_of(World()).get("/price?kept=gone")
    assert answer.status_code == 404
    assert "paste it again" in answer.text
    assert "Address, title or description" in answer.text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"what": "  "}, "what"),
        ({"what": "x" * 10_001}, "what"),
        ({"what": "Drill <b>", "price": "cheap <b>"}, "price"),
        ({"what": "Drill", "condition": "broken"}, "condition"),
        ({"what": "Drill", "title": "y" * 1_001}, "title"),
        ({"what": "https://shop.example/", "price": "-1"}, "price"),
    ],
)
def test_what_cannot_be_used_is_shown_again_with_the_reason_at_its_field(typed: dict[str, str], field: str) -> None:
    world = World()
    answer = ask(client_of(world), **typed)
    assert answer.status_code == 422
    (wrong,) = re.findall(r'<(?:input|textarea|select) id="(\w+)"[^>]*aria-invalid="true" aria-describedby="problem"', answer.text)
    assert wrong == field
    assert 'id="problem"' in answer.text
    for text in typed.values():
        if text.strip() and text != "broken":
            assert text in unescape(answer.text)
    assert world.asked("POST") == []
    assert client_of(world).get(f"/price?{urlencode(typed)}").status_code in (200, 422)


def test_an_address_without_a_product_is_said_at_its_field() -> None:
    world = World(refusals={"/pages/read": (422, "there is no product on that page")})
    answer = client_of(world).get(f"/price?{urlencode({'url': ADDRESS})}")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "there is no product on that page" in answer.text
    assert ADDRESS in answer.text
    assert "There is no product on that page." in page_of(world, url=ADDRESS, title="Cordless drill")
    assert asked_of(world)[-1] == ("ensemble", "/price")


def test_a_page_that_tells_no_price_is_priced_and_its_problems_are_told() -> None:
    problem = "the page names several prices"
    page = page_of(
        World(pricing=PriceWorld(page=product_page(price=None, dollars=None, list_price=None, problems=[problem]))), url=ADDRESS
    )
    assert "The page names several prices." in page
    assert "$1,234.56" in page
    assert 'class="voices"' not in page


@pytest.mark.parametrize(
    ("name", "lacks", "stays"),
    [
        ("scanner", "The page cannot be read.", "Paste its title or its description instead."),
        ("ensemble", "The price cannot be shown.", TITLE),
        ("frontier-rag", "", "A good price."),
    ],
)
@pytest.mark.parametrize("is_broken", [False, True])
def test_a_service_that_is_away_costs_its_part_alone(name: str, lacks: str, stays: str, is_broken: bool) -> None:
    world = World()
    (world.broken if is_broken else world.down).add(name)
    page = page_of(world, url=ADDRESS)
    assert lacks in page
    assert stays in page


def test_without_a_judge_the_price_is_told_all_the_same() -> None:
    page = page_of(World(refusals={"/judge": (503, "no judge is trained")}), description="Cordless drill", price="90")
    assert "Whether that is a good price cannot be shown." in page
    assert "no judge is trained" in page
    assert "$1,234.56" in page


@pytest.mark.parametrize(
    ("piece", "name", "problem"),
    [
        ("attributes", "ensemble", "What would narrow the price cannot be shown."),
        ("words", "ensemble", "Which words make the price cannot be shown."),
        ("text", "frontier-rag", "A clearer text cannot be shown."),
    ],
)
def test_a_slow_piece_comes_by_itself_by_its_link_or_not_at_all(piece: str, name: str, problem: str) -> None:
    world = World()
    client = client_of(world)
    page = client.get("/price?description=Cordless+drill&price=90").text
    (path,) = re.findall(rf'hx-get="(/price/{piece}[^"]*)" hx-trigger="load"', page)
    assert f'href="{path}"' in page
    assert not any(each.startswith(("/price/", "/describe")) for _, each in asked_of(world))
    whole = client.get(unescape(path))
    assert whole.status_code == 303
    assert urlsplit(whole.headers["location"]).fragment == piece
    assert "A good price." in client.get(whole.headers["location"].partition("#")[0]).text
    world.down.add(name)
    answer = client.get(unescape(path), headers=HTMX)
    assert answer.status_code == 200
    assert problem in answer.text
    assert "<html" not in answer.text


def test_attributes_stand_in_their_order_with_values_that_price() -> None:
    found = attributes(attribute("storage", 0.2, **{"64_GB": 160.0, "128_GB": 240.0}), attribute("condition", 0.1, used=70.0))
    world = World(pricing=PriceWorld(attributes=found))
    piece = client_of(world).get("/price/attributes?title=Phone&description=blue&price=150", headers=HTMX).text
    assert piece.index("Storage") < piece.index("Condition")
    assert "would narrow it by 20\u00a0%" in piece
    assert "Told already: voltage 20 V." in plain(piece)
    links = [unescape(link) for link in re.findall(r'href="([^"]*)"', piece)]
    assert parse_qs(urlsplit(links[0]).query)["value"] == ["64 GB"]
    client_of(world).get(links[0].partition("#")[0])
    assert world.asked("POST")[-1][2] == {
        "title": "Phone, 64 GB",
        "description": "blue",
        "offer": {"price": 150.0, "published": False},
    }
    client_of(world).get(links[2].partition("#")[0])
    assert world.asked("POST")[-1][2]["offer"] == {"price": 150.0, "condition": "used", "published": False}
    assert "Condition" not in client_of(world).get("/price/attributes?description=blue&condition=used", headers=HTMX).text


def test_words_are_tinted_where_they_stand() -> None:
    world = World()
    piece = client_of(world).get("/price/words?description=🔩+drill", headers=HTMX).text
    assert '<mark class="up-2">🔩</mark> <mark class="up-2">drill</mark>' in piece
    assert "+11\u00a0%" in piece


def test_a_clearer_text_names_where_each_fact_stands_and_can_be_priced() -> None:
    world = World()
    client = client_of(world)
    query = urlencode({"title": TITLE, "description": TEXT, "price": "90", "retailer": "Shop"})
    piece = client.get(f"/price/text?{query}", headers=HTMX).text
    words = plain(piece)
    for text in (
        "20 % narrower",
        "title: Acme",
        "description: 20 V",
        "HOT SALE : it calls for attention",
        "a template",
        "$71.00 – $196.00",
    ):
        assert text in words
    assert world.asked("POST") == [("frontier-rag", "/describe", {"title": TITLE, "description": TEXT})]
    fields = {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', piece)}
    assert fields["price"] == "90"
    target = ask(client, **fields).headers["location"]
    client.get(target.partition("#")[0])
    told = world.asked("POST")[-1][2]
    assert (told["title"], told["description"]) == (TITLE, "Brand: Acme. Voltage: 20 V. Two 2 Ah batteries, charger and bag.")
    assert told["offer"]["retailer"] == "Shop"


def test_why_no_chat_model_wrote_is_told() -> None:
    world = World()
    world.pricing.described["degraded"] = ["chat-model:budget"]
    assert "(no chat model: budget)" in client_of(world).get("/price/text?description=drill", headers=HTMX).text


def hostile_world() -> World:
    texts = ("url", "title", "description", "availability", "retailer", "brand", "model", "gtin", "category", "source")
    page: dict[str, Any] = product_page(**dict.fromkeys(texts, HOSTILE), problems=[HOSTILE], currency=HOSTILE)
    pricers = [each | {"pricer": HOSTILE, "model": HOSTILE} for each in estimates(100.0)]
    similar = [each | {"title": HOSTILE} for each in SIMILAR]
    price = price_answer(model=HOSTILE, estimates=pricers, similar=similar, degraded=[HOSTILE], known=False)
    said = [{"kind": HOSTILE, "price": 82.0, "weight": 0.5, "words": HOSTILE}]
    world = World(price=price)
    world.pricing.page = page
    world.pricing.judged = judgement(price, evidence=said, degraded=[HOSTILE], model=HOSTILE)
    values = attribute(HOSTILE, 0.1, a=1.0)
    values["values"][0]["value"] = HOSTILE
    values["source"] = HOSTILE
    world.pricing.attributes = attributes(values, kind=HOSTILE, stated={HOSTILE: HOSTILE}, degraded=[HOSTILE])
    place = {"field": "description", "start": 0, "end": 12}
    phrase = {"words": HOSTILE, "effect": 0.3, "dollars": 1.0, "places": [place]}
    world.pricing.words = {"price": 1.0, "low": 1.0, "high": 2.0, "pricer": HOSTILE, "model": HOSTILE, "phrases": [phrase]}
    fact = {"name": HOSTILE, "value": HOSTILE, "from": HOSTILE, "start": 0, "end": 3}
    unsaid = [{"words": HOSTILE, "why": HOSTILE}]
    world.pricing.described |= {"title": HOSTILE, "text": HOSTILE, "facts": [fact, fact | {"from": "title"}], "left_out": unsaid}
    world.pricing.described |= {
        "refused": unsaid,
        "written_by": HOSTILE,
        "degraded": [HOSTILE],
        "item": {"title": HOSTILE, "description": HOSTILE},
    }
    return world


@pytest.mark.parametrize("show", ["attributes", "words", "text"])
def test_hostile_words_in_every_field_stay_words(show: str) -> None:
    world = hostile_world()
    client = client_of(world)
    asked = urlencode(dict.fromkeys(("title", "description", "category", "retailer", "page"), HOSTILE) | {"price": "9"})
    pages = [
        client.get(f"/price?{urlencode({'url': ADDRESS, 'show': show})}"),
        client.get(f"/price?{asked}&show={show}"),
        client.get(f"/price/{show}?{asked}", headers=HTMX),
        client.get(f"/price?{urlencode({'what': HOSTILE, 'price': HOSTILE, 'condition': HOSTILE})}"),
    ]
    assert [page.status_code for page in pages] == [200, 200, 200, 422]
    for page in pages:
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "{{ 7*7 }}" in page.text
        assert 'href="javascript:' not in page.text
        assert not re.search(r'<[^>"]*(?:"[^"]*"[^>"]*)* (?:style|on\w+)=', page.text)


def test_an_address_of_another_kind_never_becomes_a_link() -> None:
    page = page_of(World(pricing=PriceWorld(page=product_page(url="javascript:alert(1)"))), url=ADDRESS)
    assert 'href="javascript:' not in page
    assert 'href="javascript:' not in page_of(World(), description="x", page="javascript:alert(1)")
