"""The pages of rules over a real scanner: what a person types is what the scanner keeps, and nothing typed is lost."""

import re
from html import unescape
from typing import Any

import pytest

from tests.unit.dashboard.alerts_world import SAME_ORIGIN, AlertsWorld, Person

WHOLE = {
    "name": "OLED televisions",
    "include": "oled, qd-oled",
    "include_all": "yes",
    "exclude": "monitor",
    "retailers": "Best Buy, Walmart",
    "categories": "Electronics",
    "feeds": ["https://a.example/rss"],
    "conditions": ["new", "open-box"],
    "min_price": "$100",
    "max_price": "1,200.50",
    "least_saving": "50",
    "least_percent": "20",
    "least_chance": "80",
    "least_pricers": "2",
    "channels": ["Phone"],
    "priority": "high",
    "enabled": "on",
}
KEPT = {
    "include": ["oled", "qd-oled"],
    "include_all": True,
    "exclude": ["monitor"],
    "retailers": ["Best Buy", "Walmart"],
    "categories": ["Electronics"],
    "feeds": ["https://a.example/rss"],
    "conditions": ["new", "open-box"],
    "min_price": 100.0,
    "max_price": 1200.5,
    "least_saving": 50.0,
    "least_percent": 20.0,
    "least_chance": 0.8,
    "least_pricers": 2,
}


def rules(world: AlertsWorld) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.ask("scanner", "GET", "/rules")["items"]
    return found


def names(world: AlertsWorld) -> list[str]:
    return [each["name"] for each in rules(world)]


def typed_on(page: str) -> dict[str, list[str]]:
    """What a browser would send of the editor's form as it stands."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input\b[^>]*>", page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        is_box = re.search(r'type="(?:checkbox|radio)"', tag)
        if name and (not is_box or " checked" in tag):
            found.setdefault(name[1], []).append(unescape(value[1]) if value else "on")
    for name, options in re.findall(r'<select\b[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = [chosen[1]] if chosen else []
    return found


def test_a_rule_is_made_of_what_is_typed_and_stays_the_same_when_it_is_saved_again(world: AlertsWorld, person: Person) -> None:
    world.notifier.add("Phone", address="ntfy://phone")
    page = person.press("/rules", **WHOLE)
    assert "Saved “OLED televisions”" in page
    made = rules(world)[-1]
    assert (made["when"], made["channels"], made["priority"], made["enabled"]) == (KEPT, ["Phone"], "high", True)
    editor = person.see(f"/rules/{made['id']}")
    person.press(f"/rules/{made['id']}", **typed_on(editor))
    assert rules(world)[-1] == made


def test_the_list_says_in_words_what_a_rule_asks(person: Person) -> None:
    page = person.press("/rules", **WHOLE)
    for words in (
        "says oled and qd-oled",
        "not monitor",
        "$100.00 to $1,200.50",
        "saves at least $50.00 and 20 %",
        "at least 80 % sure",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "at least 1 character"),
        ("name", "good DEALS", "another rule has the name"),
        ("min_price", "cheap", "A number such as 99.50 is needed."),
        ("least_chance", "100", "A number from 0 to 99.9 is needed."),
        ("least_pricers", "1.5", "A whole number is needed."),
        ("include", "!!!", "needs a letter or a digit"),
        ("exclude", "oled", "both wanted and unwanted"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    world: AlertsWorld, person: Person, field: str, value: str, said: str
) -> None:
    page = person.press("/rules", status=422, **(WHOLE | {field: value}))
    problem = re.search(rf'id="{field}-problem">([^<]*)<', page)
    assert problem
    assert said in problem[1].replace("&#34;", '"')
    assert re.search(rf'<input id="{field}"[^>]*aria-invalid="true"', page)
    kept = typed_on(page)
    for name in {"include", "max_price", "retailers"} - {field}:
        assert kept[name] == [WHOLE[name]]
    assert names(world) == ["Good deals"]


def test_several_wrong_fields_are_all_marked(person: Person) -> None:
    page = person.press("/rules", status=422, **(WHOLE | {"name": "", "include": "!!!"}))
    assert page.count("aria-invalid") == 2


def test_a_rule_is_tried_on_the_past_without_being_kept(world: AlertsWorld, person: Person) -> None:
    world.scanner.play(4)
    draft = {"name": "", "least_saving": "100", "least_chance": "80", "days": "30", "identifier": ""}
    piece = person.press("/rules/try", htmx=True, **draft)
    said = re.search(r"would have sent (\d+) push", piece)
    assert said
    assert int(said[1]) > 0
    assert "<html" not in piece
    whole = person.press("/rules/try", status=200, **draft)
    assert said[0] in whole
    assert 'name="least_saving" type="text" maxlength="20" value="100"' in whole
    assert names(world) == ["Good deals"]
    for link in re.findall(r'href="(/opportunities/[^"]*)"', piece):
        person.see(link)


def test_a_draft_that_cannot_be_tried_says_why(person: Person) -> None:
    assert "A number such as 99.50 is needed." in person.press("/rules/try", htmx=True, min_price="x")


def test_rules_are_switched_moved_and_deleted_by_buttons(world: AlertsWorld, person: Person) -> None:
    for name in ("B", "C"):
        person.press("/rules", name=name, enabled="on")
    first, second, third = [each["id"] for each in rules(world)]
    person.press(f"/rules/{third}/move", direction="up")
    assert names(world) == ["Good deals", "C", "B"]
    person.press(f"/rules/{first}/move", direction="down")
    person.press(f"/rules/{second}/move", direction="down")
    assert names(world) == ["C", "Good deals", "B"]
    assert "It is off" in person.press(f"/rules/{first}/switch", on="")
    assert [each["enabled"] for each in rules(world)] == [True, False, True]
    person.press(f"/rules/{first}/switch", on="yes")
    assert all(each["enabled"] for each in rules(world))
    person.press("/rules/mode", mode="all")
    assert world.ask("scanner", "GET", "/rules")["mode"] == "all"
    assert "Deleted." in person.press(f"/rules/{third}/delete")
    assert names(world) == ["Good deals", "B"]
    assert "not there any more" in person.press(f"/rules/{third}/move", direction="up")


def test_a_button_pressed_within_the_page_answers_the_message_and_what_changed(world: AlertsWorld, person: Person) -> None:
    answer = person.http.post("/rules/1/switch", data={"on": ""}, headers=SAME_ORIGIN | {"HX-Request": "true"})
    assert answer.headers["HX-Trigger"] == '{"live:rules": ""}'
    assert "It is off" in answer.text


def test_a_file_is_shown_before_it_is_taken(world: AlertsWorld, person: Person) -> None:
    text = person.see("/rules/export") + "- name: Drills\n  include: drill\n"
    text = text.replace("least_saving: 10.0", "least_saving: 25")
    page = person.press("/rules/import", status=200, text=text, replace="on", do="look")
    assert "Drills" in page
    assert "least saving: 10 → 25" in page
    assert names(world) == ["Good deals"]
    person.press("/rules/import", text=text, replace="on", do="take")
    assert names(world) == ["Good deals", "Drills"]
    assert rules(world)[0]["when"]["least_saving"] == 25.0


def test_a_file_that_cannot_be_taken_says_where_and_is_kept_to_be_mended(world: AlertsWorld, person: Person) -> None:
    text = "rules:\n  - name: Drills\n    least_chance: 7\n"
    for do in ("look", "take"):
        page = person.press("/rules/import", status=422, text=text, do=do)
        assert "least_chance" in page
        assert "least_chance: 7\n</textarea>" in page
    assert names(world) == ["Good deals"]


def test_without_a_scanner_the_page_says_so(world: AlertsWorld, person: Person) -> None:
    world.down.add("scanner")
    assert "The rules cannot be shown." in person.see("/rules")
    page = person.press("/rules", status=422, **WHOLE)
    assert "scanner cannot be reached" in page
    assert typed_on(page)["include"] == ["oled, qd-oled"]


def test_a_rule_that_names_feeds_by_number_keeps_doing_so(world: AlertsWorld, person: Person) -> None:
    body = {"name": "By number", "when": {"feeds": ["1", "Gone feed"]}}
    made = world.ask("scanner", "POST", "/rules", body)
    page = person.see(f"/rules/{made['id']}")
    assert "Gone feed (not listed any more)" in page
    person.press(f"/rules/{made['id']}", **typed_on(page))
    assert rules(world)[-1]["when"]["feeds"] == ["1", "Gone feed"]


def test_of_two_pages_of_one_rule_the_later_save_is_told_what_the_first_has_made_of_it(world: AlertsWorld, person: Person) -> None:
    made = world.ask("scanner", "POST", "/rules", {"name": "TVs", "when": {"include": ["tv"]}})
    path = f"/rules/{made['id']}"
    mine, theirs = typed_on(person.see(path)), typed_on(person.see(path))
    person.press(path, **theirs | {"name": ["OLED TVs"], "include": ["oled"]})
    page = person.press(path, status=422, **mine | {"name": ["All my TVs"]})
    assert "Somebody else has saved this rule meanwhile." in page
    assert "It is now “OLED TVs”, on, priority normal:" in page
    assert "oled" in page
    assert names(world) == ["Good deals", "OLED TVs"]
    again = typed_on(page)
    assert again["name"] == ["All my TVs"]
    assert "Saved “All my TVs”" in person.press(path, **again)
    assert names(world) == ["Good deals", "All my TVs"]


def test_a_rule_that_somebody_deleted_meanwhile_is_not_saved_and_what_was_typed_stays(world: AlertsWorld, person: Person) -> None:
    made = world.ask("scanner", "POST", "/rules", {"name": "TVs"})
    typed = typed_on(person.see(f"/rules/{made['id']}"))
    world.ask("scanner", "DELETE", f"/rules/{made['id']}")
    page = person.press(f"/rules/{made['id']}", status=422, **typed | {"include": ["oled"]})
    assert f"There is no rule {made['id']}" in page
    assert typed_on(page)["include"] == ["oled"]
