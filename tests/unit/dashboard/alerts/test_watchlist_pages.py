"""The watchlist over a real scanner: words are understood as its door understands them, and a removal can be undone."""

import re
from typing import Any

import pytest

from tests.unit.dashboard.alerts.test_rules_pages import typed_on
from tests.unit.dashboard.alerts_world import AlertsWorld, Person
from tests.unit.scanner.fakes import item, rss


def wishes(world: AlertsWorld) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.ask("scanner", "GET", "/watchlist")["items"]
    return found


def seen(world: AlertsWorld, title: str = "Acme Cordless Drill A100", price: str = "80.00") -> None:
    """An offer that the scanner has read and judged."""
    world.scanner.scan(a=rss(item(f"{title} for ${price}", price=price)))


def test_a_wish_is_shown_as_it_is_understood_before_it_is_kept(world: AlertsWorld, person: Person) -> None:
    seen(world)
    piece = person.press("/watchlist/preview", htmx=True, text="Acme cordless drill under 60", is_short="yes")
    assert "Understood as <strong>" in piece
    assert "at most $60" in piece
    assert "The lowest seen in a year is <strong>$80.00</strong>" in piece
    assert wishes(world) == []
    whole = person.press("/watchlist/preview", status=200, text="Acme cordless drill under 60", is_short="yes")
    assert "Understood as <strong>" in whole
    assert 'value="Acme cordless drill under 60"' in whole


def test_a_wish_is_watched_and_listed_with_its_target(world: AlertsWorld, person: Person) -> None:
    page = person.press("/watchlist", text="65 inch OLED TV under 1200", is_short="yes")
    assert "Watched: " in page
    assert "$1,200.00" in page
    assert wishes(world)[0]["enabled"] is True


def test_a_wish_that_is_added_again_leads_to_the_one_that_is_there(world: AlertsWorld, person: Person) -> None:
    person.press("/watchlist", text="65 inch OLED TV under 1200", is_short="yes")
    (made,) = wishes(world)
    world.ask("scanner", "PATCH", f"/watchlist/{made['id']}", {"enabled": False, "priority": "low"})
    page = person.press("/watchlist", text=" 65 INCH  oled tv under 1200", is_short="yes")
    assert "“65 inch OLED TV under 1200” is on the watchlist already" in page
    assert "It is off, so nothing of it is pushed." in page
    assert f'action="/watchlist/{made["id"]}"' in page
    assert [each["id"] for each in wishes(world)] == [made["id"]]


def test_of_two_pages_of_one_wish_the_later_save_is_told_what_the_first_has_made_of_it(world: AlertsWorld, person: Person) -> None:
    made = world.ask("scanner", "POST", "/watchlist", {"text": "OLED TV"})
    path = f"/watchlist/{made['id']}"
    mine, others = typed_on(person.see(path)), typed_on(person.see(path))
    person.press(path, **others | {"target_price": ["900"], "enabled": []})
    page = person.press(path, status=422, **mine | {"target_price": ["500"]})
    assert "Somebody else has saved this wish meanwhile." in page
    assert "<li>target price: 900</li><li>enabled: no</li>" in page
    assert wishes(world)[0]["target_price"] == 900
    again = typed_on(page)
    assert again["target_price"] == ["500"]
    assert "Saved." in person.press(path, **again)
    assert wishes(world)[0]["target_price"] == 500


def test_a_wish_may_ask_for_less_than_was_ever_seen(world: AlertsWorld, person: Person) -> None:
    seen(world)
    piece = person.press("/watchlist/preview", htmx=True, text="Acme cordless drill", is_short="yes")
    button = re.search(r'<button [^>]*name="below" value="([\d.]+)"', piece)
    assert button
    person.press("/watchlist", text="Acme cordless drill", is_short="yes", below=button[1])
    assert wishes(world)[0]["target_price"] == 79.99


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"text": ""}, "text", "Say in words what you want."),
        ({"text": "TV", "target_price": "much"}, "target_price", "A number such as 99.50 is needed."),
        ({"text": "TV", "target_price": "0"}, "target_price", "greater than 0"),
        ({"text": "???"}, "text", "needs a letter or a digit"),
    ],
)
def test_a_wish_that_cannot_be_meant_is_kept_in_the_form_with_the_reason(
    world: AlertsWorld, person: Person, fields: dict[str, str], field: str, said: str
) -> None:
    page = person.press("/watchlist", status=422, is_short="yes", **fields)
    problem = re.search(rf'id="{field}-problem">([^<]*)<', page)
    assert problem
    assert said in problem[1]
    assert typed_on(page)["text"] == [fields["text"]]
    assert wishes(world) == []


def test_all_that_corrects_the_words_is_kept_and_stays_when_it_is_saved_again(world: AlertsWorld, person: Person) -> None:
    world.notifier.add("Phone", address="ntfy://phone")
    person.press("/watchlist", text="OLED TV", is_short="yes")
    (made,) = wishes(world)
    path = f"/watchlist/{made['id']}"
    corrected = {
        "text": "OLED TV",
        "target_price": "900",
        "required": "evo, webos",
        "forbidden": "stand",
        "brand": "LG",
        "model": "C5",
        "inches": "65",
        "conditions": ["new", "used"],
        "channels": ["Phone"],
        "priority": "urgent",
        "least_similarity": "40",
        "enabled": "on",
    }
    assert "Saved. It is understood as" in person.press(path, **corrected)
    kept = wishes(world)[0]
    assert {
        name: kept[name] for name in ("required", "forbidden", "brand", "inches", "conditions", "channels", "least_similarity")
    } == {
        "required": ["evo", "webos"],
        "forbidden": ["stand"],
        "brand": "LG",
        "inches": 65.0,
        "conditions": ["new", "used"],
        "channels": ["Phone"],
        "least_similarity": 0.4,
    }
    person.press(path, **typed_on(person.see(path)))
    again = wishes(world)[0]
    assert {**again, "changed": ""} == {**kept, "changed": ""}


def test_a_kept_wish_is_looked_at_with_other_words_without_losing_what_was_typed(world: AlertsWorld, person: Person) -> None:
    made = world.ask("scanner", "POST", "/watchlist", {"text": "OLED TV"})
    fields = {"identifier": str(made["id"]), "text": "OLED TV under 700", "brand": "LG", "enabled": "on"}
    page = person.press("/watchlist/preview", status=200, **fields)
    assert "at most $700" in page
    assert (typed_on(page)["brand"], typed_on(page)["text"]) == (["LG"], ["OLED TV under 700"])
    assert f'action="/watchlist/{made["id"]}"' in page
    assert wishes(world)[0]["text"] == "OLED TV"


def test_a_removed_wish_comes_back_by_undo_as_it_was(world: AlertsWorld, person: Person) -> None:
    made = world.ask("scanner", "POST", "/watchlist", {"text": "Drill under 50", "required": ["brushless"], "enabled": False})
    page = person.press(f"/watchlist/{made['id']}/delete")
    assert "is not watched any more" in page
    assert wishes(world) == []
    undo = re.search(r'action="(/watchlist/undo/[^"]+)"', page)
    assert undo
    assert "It is watched again." in person.press(undo[1])
    (back,) = wishes(world)
    assert (back["text"], back["required"], back["enabled"]) == ("Drill under 50", ["brushless"], False)
    assert "too long ago" in person.press("/watchlist/undo/unknown", status=404)


def test_the_matches_of_a_wish_are_listed_pushed_or_not(world: AlertsWorld, person: Person) -> None:
    made = world.ask("scanner", "POST", "/watchlist", {"text": "Acme cordless drill"})
    seen(world)
    page = person.see(f"/watchlist/{made['id']}")
    matches = page[page.index('id="matches"') :]
    assert "Acme Cordless Drill A100" in matches
    link = re.search(r'href="(/opportunities/[^"]+)"', matches)
    assert link
    person.see(link[1])
    assert ">1<span" in person.see("/watchlist")


def test_a_wish_is_switched_off_and_on(world: AlertsWorld, person: Person) -> None:
    made = world.ask("scanner", "POST", "/watchlist", {"text": "Drill"})
    person.press(f"/watchlist/{made['id']}/switch", on="")
    assert wishes(world)[0]["enabled"] is False
    person.press(f"/watchlist/{made['id']}/switch", on="yes")
    assert wishes(world)[0]["enabled"] is True


def test_without_a_scanner_the_page_says_so_and_keeps_the_words(world: AlertsWorld, person: Person) -> None:
    world.down.add("scanner")
    page = person.press("/watchlist", status=422, text="OLED TV", is_short="yes")
    assert "The watchlist cannot be shown." in page
    assert "Scanner cannot be reached" in page
    assert typed_on(page)["text"] == ["OLED TV"]
