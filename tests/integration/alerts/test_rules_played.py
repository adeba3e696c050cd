"""Rules, as a person plays with them: what each condition lets through to the phone."""

from typing import Any

import pytest

from tests.integration.alerts.world import FEED, OTHER, World, offer
from tests.unit.scanner.fakes import answer

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

OLED, DRILL, MUG = "LG OLED55 television for $90", "Makita XDT131 drill for $80", "Yeti Rambler mug for $15"
SEEN = (
    offer(OLED, 1, category="Electronics", text="A bright panel"),
    offer(f"Refurbished {DRILL}", 2, shop="Amazon", text="It is tested."),
    offer(MUG, 3, shop="REI", category="Kitchen"),
)


CONDITIONS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"OLED", "Makita", "Yeti"}),
    ({"include": ["oled55"]}, {"OLED"}),
    ({"include": ["bright panel"]}, {"OLED"}),
    ({"include": ["title:bright"]}, set()),
    ({"include": ["tele"]}, set()),
    ({"include": ["tele*"]}, {"OLED"}),
    ({"exclude": ["drill", "mug"]}, {"OLED"}),
    ({"include": ["drill", "tested"], "include_all": True}, {"Makita"}),
    ({"include": ["drill", "panel"], "include_all": True}, set()),
    ({"retailers": ["bestbuy.com"]}, {"OLED"}),
    ({"categories": ["kitchen"]}, {"Yeti"}),
    ({"conditions": ["refurbished"]}, {"Makita"}),
    ({"min_price": 20, "max_price": 85}, {"Makita"}),
    ({"least_saving": 115}, {"Makita"}),
    ({"least_percent": 80}, {"Yeti"}),
    ({"least_chance": 0.97}, {"OLED"}),
    ({"least_pricers": 4}, {"Yeti"}),
]


def test_each_condition_lets_through_what_it_says(world: World) -> None:
    world.judge.worth = {"Yeti": 100.0}
    world.judge.says = {"OLED": {"chance": 0.98, "support": 0.98}, "Yeti": {"answer": answer(100.0, pricers=5)}}
    world.rules(*({"name": f"rule {when}", "when": when} for when, _ in CONDITIONS))
    world.put("/rules/mode", mode="all")
    world.see(*SEEN)
    matches = {word: {each["name"] for each in world.opportunity(word)["matches"]} for word in ("OLED", "Makita", "Yeti")}
    assert {f"rule {when}": {word for word in matches if f"rule {when}" in matches[word]} for when, _ in CONDITIONS} == {
        f"rule {when}": words for when, words in CONDITIONS
    }


def told(world: World) -> set[str]:
    """Which of them reached the phone."""
    return {word for word in ("OLED", "Makita", "Yeti") if any(word in title for title in world.phone.titles)}


def test_a_rule_of_one_feed_says_nothing_of_another(world: World) -> None:
    feed = next(each["id"] for each in world.get("/feeds")["items"] if each["url"] == OTHER)
    world.rule(feeds=[str(feed)])
    world.see(offer(DRILL, 1), feed=FEED)
    world.see(offer(OLED, 2), feed=OTHER)
    assert told(world) == {"OLED"}


def test_the_first_rule_that_matches_speaks_until_the_order_changes(world: World) -> None:
    ids = world.rules(
        {"name": "All", "when": {}, "priority": "low"},
        {"name": "Drills", "when": {"include": ["drill"]}, "priority": "urgent"},
    )
    world.see(offer(DRILL, 1))
    first = world.opportunity("Makita")
    assert ([each["name"] for each in first["matches"]], first["priority"]) == (["All"], "low")
    world.put("/rules/order", ids=ids[::-1])
    world.see(offer("Bosch GSB18 drill for $70", 2))
    assert world.opportunity("Bosch")["priority"] == "urgent"
    world.put("/rules/mode", mode="all")
    world.see(offer("DeWalt DCD777 drill for $60", 3))
    both = world.opportunity("DeWalt")
    assert ({each["name"] for each in both["matches"]}, both["priority"]) == ({"All", "Drills"}, "urgent")


def test_a_rule_that_is_off_pushes_nothing_and_on_again_it_does(world: World) -> None:
    rule = world.rule()
    world.patch(f"/rules/{rule}", enabled=False)
    world.see(offer(DRILL, 1))
    assert world.phone.titles == []
    world.patch(f"/rules/{rule}", enabled=True)
    world.see(offer(OLED, 2))
    assert told(world) == {"OLED"}


def test_a_rule_names_the_channel_that_gets_it(world: World, second: Any) -> None:
    world.judge.worth = {"Yeti": 100.0}
    world.post("/channels", name="Kitchen", address=second.address, only_named=True)
    world.rules({"name": "Mugs", "when": {"include": ["mug"]}, "channels": ["Kitchen"]}, {"name": "Others", "when": {}})
    world.see(*SEEN)
    assert told(world) == {"OLED", "Makita"}
    assert [title for title in second.titles if "Yeti" in title] == second.titles != []


def test_rules_go_out_as_a_file_and_come_in_again_the_same(world: World) -> None:
    world.rules(
        {"name": "Mugs, not cups", "when": {"include": ["mug"], "exclude": ["cup"], "max_price": 20, "least_percent": 30}},
        {"name": "65", "when": {"conditions": ["used"], "least_chance": 0.8}, "priority": "high", "enabled": False},
    )
    before = world.get("/rules")
    file = world.scanner.get("/rules/export").text
    world.rule()
    world.upload("/rules/import?replace=true", file, "application/yaml")
    bare = [{key: value for key, value in each.items() if key not in ("id", "origin")} for each in before["items"]]
    after = world.get("/rules")["items"]
    assert [{key: value for key, value in each.items() if key not in ("id", "origin")} for each in after] == bare


def test_a_dry_run_tells_what_a_rule_would_have_sent_in_a_month(world: World) -> None:
    world.rule(include=["nothing of the kind"])
    for number, words in enumerate(("Makita XDT131", "Bosch GSB18", "DeWalt DCD777"), start=1):
        world.see(offer(f"{words} drill for ${60 + number}", number))
        world.pass_by(days=4)
    world.see(offer(MUG, 9))
    found = world.post("/rules/dry-run", rule={"when": {"include": ["drill"]}}, days=30)
    assert found["sentence"].startswith("this rule would have sent 3 pushes in the last 30 days")
    assert [each["price"] for each in found["items"]] == [63.0, 62.0, 61.0]
    assert world.phone.titles == []
    assert world.post("/rules/dry-run", rule={"when": {"include": ["drill"]}}, days=6)["pushes"] == 1


def test_out_of_the_box_a_good_deal_is_pushed_and_a_poor_one_is_not(world: World) -> None:
    world.judge.says = {"Makita": {"chance": 0.6, "support": 0.6}}
    world.judge.worth = {"Yeti": 17.0}
    world.see(*SEEN)
    assert told(world) == {"OLED"}
    assert "60%" in world.opportunity("Makita")["why_not"]


def test_the_environment_seeds_the_rule_until_a_person_edits_it(still: World) -> None:
    world = still.start(push_saving=115.0)
    assert world.get("/rules")["items"][0]["when"]["least_saving"] == 115.0
    world.restart(push_saving=50.0)
    (rule,) = world.get("/rules")["items"]
    assert rule["when"]["least_saving"] == 50.0
    world.patch(f"/rules/{rule['id']}", when={"least_saving": 30})
    world.restart(push_saving=99.0)
    assert world.get("/rules")["items"][0]["when"]["least_saving"] == 30.0


WRONG_RULES: list[tuple[dict[str, Any], str]] = [
    ({"name": "", "when": {}}, "name"),
    ({"name": "x", "when": {"min_price": 9, "max_price": 3}}, "max_price"),
    ({"name": "x", "when": {"least_chance": 2}}, "least_chance"),
    ({"name": "x", "when": {"least_percent": 101}}, "least_percent"),
    ({"name": "x", "when": {"least_saving": -1}}, "least_saving"),
    ({"name": "x", "when": {"conditions": ["shiny"]}}, "conditions"),
    ({"name": "x", "when": {"include": ["  "]}}, "include"),
    ({"name": "x", "when": {"wishes": ["a"]}}, "wishes"),
    ({"name": "x", "when": {"feeds": "a"}}, "feeds"),
    ({"name": "x", "when": {}, "priority": "loud"}, "priority"),
    ({"name": "good DEALS", "when": {}}, "name"),
]
WRONG_FILES = [
    ("rules: [", "line"),
    ("- a", "rules"),
    ("rules:\n  - name: A\n    least_chance: 7", "least_chance"),
    ("rules:\n  - name: A\n  - name: a", '\\"a\\"'),
    ("rules:\n  - name: A\n    nme: B", "nme"),
    ("mode: some\nrules: []", "mode"),
    ("rules:\n  - &x {name: A}\n  - *x", "anchor"),
]


def test_wrong_rules_are_refused_with_their_field_and_change_nothing(world: World) -> None:
    before = world.get("/rules")
    answers = {field: world.refused("/rules", **body) for body, field in WRONG_RULES}
    assert {field: answer for field, answer in answers.items() if field not in answer} == {}
    assert world.get("/rules") == before


def test_wrong_files_of_rules_are_refused_whole(world: World) -> None:
    before = world.get("/rules")
    for path in ("/rules/import", "/rules/import?replace=true"):
        answers = {words: world.refused(path, file, kind="application/yaml").lower() for file, words in WRONG_FILES}
        assert {words: answer for words, answer in answers.items() if words not in answer} == {}
    assert world.get("/rules") == before
