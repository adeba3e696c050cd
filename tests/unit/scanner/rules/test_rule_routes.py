"""The rules' doors, over a real store."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from scanner.rules.rule_file import MOST_BYTES
from tests.unit.scanner.fakes import item, rss
from tests.unit.scanner.rules.month import Life, living

GOOD = {"name": "Good deals", "when": {"least_saving": 10.0, "least_chance": 0.9, "least_pricers": 2}, "channels": []}


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with living(f"sqlite:///{tmp_path / 'scanner.sqlite3'}") as found:
        yield found


def names(life: Life) -> list[str]:
    return [each["name"] for each in life.client.get("/rules").json()["items"]]


def without_tag(answer: httpx2.Response) -> dict[str, Any]:
    rule: dict[str, Any] = answer.json()
    assert rule.pop("etag") == answer.headers["etag"]
    return rule


def test_at_first_there_is_the_environments_rule(life: Life) -> None:
    answer = life.client.get("/rules").json()
    (rule,) = answer.pop("items")
    assert rule.pop("etag") == life.client.get("/rules/1").headers["etag"]
    assert rule == {**GOOD, "id": 1, "priority": "normal", "enabled": True, "origin": "environment"}
    assert answer == {"mode": "first", "next": None}


def test_a_rule_is_added_changed_ordered_and_deleted(life: Life) -> None:
    body = {
        "name": " OLED TVs ",
        "when": {"include": ["oled"], "max_price": 900},
        "channels": ["phone", "phone"],
        "priority": "high",
    }
    added = life.client.post("/rules", json=body)
    kept = {
        "id": 2,
        "name": "OLED TVs",
        "when": {"include": ["oled"], "max_price": 900.0},
        "channels": ["phone"],
        "priority": "high",
        "enabled": True,
        "origin": "person",
    }
    assert (added.status_code, without_tag(added)) == (201, kept)
    patched = life.client.patch("/rules/2", json={"enabled": False, "when": {"max_price": None, "min_price": 100}})
    assert without_tag(patched) == {**kept, "enabled": False, "when": {"include": ["oled"], "min_price": 100.0}}
    assert without_tag(life.client.put("/rules/2", json={"name": "TVs"})) == {
        **kept,
        "name": "TVs",
        "when": {},
        "channels": [],
        "priority": "normal",
    }
    assert life.client.put("/rules/order", json={"ids": [2, 1]}).status_code == 200
    assert life.client.put("/rules/mode", json={"mode": "all"}).json()["mode"] == "all"
    assert names(life) == ["TVs", "Good deals"]
    assert life.client.delete("/rules/2").status_code == 204
    assert (life.client.get("/rules/2").status_code, names(life)) == (404, ["Good deals"])


def test_the_id_of_a_deleted_rule_does_not_come_again(life: Life) -> None:
    for expected in (2, 3):
        assert life.client.post("/rules", json={"name": "x"}).json()["id"] == expected
        assert life.client.delete(f"/rules/{expected}").status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/rules", {}, "name"),
        ("POST", "/rules", {"name": ""}, "name"),
        ("POST", "/rules", {"name": "  "}, "name"),
        ("POST", "/rules", {"name": "x" * 81}, "name"),
        ("POST", "/rules", {"name": "a\nb"}, "name"),
        ("POST", "/rules", {"name": "a\u0000"}, "name"),
        ("POST", "/rules", {"name": "a\u202eb"}, "name"),
        ("POST", "/rules", {"name": "a\u2028b"}, "name"),
        ("POST", "/rules", {"name": "..."}, "name"),
        ("POST", "/rules", {"name": 7}, "name"),
        ("POST", "/rules", {"name": "good DEALS"}, "name"),
        ("POST", "/rules", {"name": "x", "id": 3}, "id"),
        ("POST", "/rules", {"name": "x", "priority": "loud"}, "priority"),
        ("POST", "/rules", {"name": "x", "enabled": "perhaps"}, "enabled"),
        ("POST", "/rules", {"name": "x", "channels": "phone"}, "channels"),
        ("POST", "/rules", {"name": "x", "channels": ["\u001b[0m"]}, "channels.0"),
        ("POST", "/rules", {"name": "x", "channels": ["a"] * 21}, "channels"),
        ("POST", "/rules", {"name": "x", "when": None}, "when"),
        ("POST", "/rules", {"name": "x", "when": {"colour": "red"}}, "when.colour"),
        ("POST", "/rules", {"name": "x", "when": {"max_price": -1}}, "when.max_price"),
        ("POST", "/rules", {"name": "x", "when": {"max_price": "cheap"}}, "when.max_price"),
        ("POST", "/rules", {"name": "x", "when": {"least_chance": 1}}, "when.least_chance"),
        ("POST", "/rules", {"name": "x", "when": {"least_percent": 101}}, "when.least_percent"),
        ("POST", "/rules", {"name": "x", "when": {"least_pricers": 11}}, "when.least_pricers"),
        ("POST", "/rules", {"name": "x", "when": {"conditions": ["broken"]}}, "when.conditions.0"),
        ("POST", "/rules", {"name": "x", "when": {"include": ["!!"]}}, "when.include.0"),
        ("POST", "/rules", {"name": "x", "when": {"include": ["a"] * 101}}, "when.include"),
        ("POST", "/rules", {"name": "x", "when": {"min_price": 9, "max_price": 8}}, "when"),
        ("POST", "/rules", {"name": "x", "when": {"include": ["a"], "exclude": ["A"]}}, "when"),
        ("PUT", "/rules/1", {"when": {}}, "name"),
        ("PUT", "/rules/1", {"name": "other"}, "name"),
        ("PATCH", "/rules/1", {"name": None}, "name"),
        ("PATCH", "/rules/1", {"enabled": None}, "enabled"),
        ("PATCH", "/rules/1", {"id": 2}, "id"),
        ("PATCH", "/rules/1", {"when": {"colour": "red"}}, "when.colour"),
        ("PATCH", "/rules/1", {"when": {"max_price": -1}}, "when.max_price"),
        ("PATCH", "/rules/1", {"name": "OTHER"}, "name"),
        ("PATCH", "/rules/0", {}, "rule_id"),
        ("PATCH", f"/rules/{2**31}", {}, "rule_id"),
        ("PUT", "/rules/order", {"ids": [1]}, "ids"),
        ("PUT", "/rules/order", {"ids": [1, 1]}, "ids"),
        ("PUT", "/rules/order", {"ids": [1, 2, 3]}, "ids"),
        ("PUT", "/rules/order", {"ids": ["a"]}, "ids.0"),
        ("PUT", "/rules/mode", {"mode": "last"}, "mode"),
        ("POST", "/rules/dry-run", {}, "rule"),
        ("POST", "/rules/dry-run", {"rule": {"when": {"max_price": -1}}}, "rule.when.max_price"),
        ("POST", "/rules/dry-run", {"rule": {}, "days": 0}, "days"),
        ("POST", "/rules/dry-run", {"rule": {}, "days": 91}, "days"),
        ("POST", "/rules/1/dry-run?days=1000", {}, "days"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_naming_the_field_and_changes_nothing(
    bad: Life, method: str, path: str, body: dict[str, Any], field: str
) -> None:
    before = bad.client.get("/rules").json()
    answer = bad.client.request(method, path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["field"] == field
    assert bad.client.get("/rules").json() == before


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """One for all that is refused."""
    with living(f"sqlite:///{tmp_path_factory.mktemp('bad') / 'scanner.sqlite3'}") as found:
        assert found.client.post("/rules", json={"name": "other"}).status_code == 201
        yield found


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/rules/9"), ("PUT", "/rules/9"), ("PATCH", "/rules/9"), ("DELETE", "/rules/9"), ("POST", "/rules/9/dry-run")],
)
def test_a_rule_that_is_not_there_is_not_found(bad: Life, method: str, path: str) -> None:
    answer = bad.client.request(method, path, json={"name": "x"} if method in ("PUT", "PATCH") else None)
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no rule 9")


def take(life: Life, text: str, *, replace: bool = False, check: bool = False) -> Any:
    headers = {"content-type": "application/yaml"}
    return life.client.post("/rules/import", params={"replace": replace, "check": check}, content=text, headers=headers)


def test_what_is_exported_is_taken_back_as_it_was(life: Life) -> None:
    assert life.client.post(
        "/rules", json={"name": "drills", "when": {"include": ["no"]}, "channels": ["a"], "enabled": False}
    ).is_success
    life.client.put("/rules/order", json={"ids": [2, 1]})
    before, exported = life.client.get("/rules").json(), life.client.get("/rules/export")
    assert exported.headers["content-type"] == "application/yaml"
    assert take(life, exported.text, replace=True).json() == before
    assert take(life, "rules: []", replace=True).json()["items"] == []
    after = take(life, exported.text).json()
    told = [{name: value for name, value in each.items() if name not in ("id", "origin")} for each in after["items"]]
    assert told == [{name: value for name, value in each.items() if name not in ("id", "origin")} for each in before["items"]]


def test_a_file_joins_the_rules_that_are_there_or_takes_their_place(life: Life) -> None:
    assert take(life, "rules:\n- {name: saws, include: saw}").status_code == 200
    assert names(life) == ["Good deals", "saws"]
    assert take(life, "mode: all\nrules:\n- {name: saws}", replace=True).json()["mode"] == "all"
    assert names(life) == ["saws"]


@pytest.mark.parametrize("replace", [False, True])
def test_a_file_is_checked_without_being_kept(life: Life, replace: bool) -> None:
    before = life.client.get("/rules").json()
    checked = take(life, "rules:\n- {name: saws, include: saw}", replace=replace, check=True).json()
    assert [(each["name"], each["id"]) for each in checked["items"]][-1] == ("saws", 0)
    assert len(checked["items"]) == (1 if replace else 2)
    assert life.client.get("/rules").json() == before


@pytest.mark.parametrize(
    ("text", "replace", "field"),
    [
        ("rules:\n- {name: a}\n- {name: other}", False, "name"),
        ("rules:\n- {name: a}\n- {name: b, max_price: x}", True, "rules.1.max_price"),
        ("mode: all\nrules: [{name: a}]", False, "mode"),
        ("rules: &a [*a]", True, "body"),
        ("", True, "rules"),
    ],
)
def test_a_wrong_file_changes_nothing(bad: Life, text: str, replace: bool, field: str) -> None:
    before = bad.client.get("/rules").json()
    answer = take(bad, text, replace=replace)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert bad.client.get("/rules").json() == before


def test_a_file_of_ten_megabytes_is_too_large(bad: Life) -> None:
    assert take(bad, "# " + "x" * 10_000_000).status_code == 413
    assert take(bad, "# " + "x" * (MOST_BYTES - 2)).status_code == 422


def test_a_rule_decides_from_the_next_scan_on_and_its_opportunities_are_listed(life: Life) -> None:
    number = life.rule_alone(when={"include": ["saw"]}, channels=["phone"], priority="urgent")
    life.scan(
        a=rss(*(item(f"Acme {kind} Q{at} for ${at}", number=at) for at in range(40, 60) for kind in ["Saw" if at % 2 else "Lamp"]))
    )
    found = life.client.get("/opportunities", params={"rule": number}).json()["items"]
    assert found
    assert all("Saw" in each["deal"]["title"] and each["channels"] == ["phone"] and each["priority"] == "urgent" for each in found)
    every = life.client.get("/opportunities").json()["items"]
    assert len(found) == sum(bool(each["matches"]) for each in every) < len(every)
    assert life.client.get("/opportunities", params={"rule": number + 1}).json()["items"] == []


def test_a_draft_is_tried_on_the_past_and_not_kept(life: Life) -> None:
    life.play(4)
    answer = life.client.post(
        "/rules/dry-run", json={"rule": {"when": {"least_saving": 10, "least_chance": 0.9}}, "days": 30}
    ).json()
    assert (answer["days"], answer["complete"], names(life)) == (30, True, ["Good deals"])
    assert answer["pushes"] == len([each for each in answer["items"] if not each["digest"]]) > 0
    first = answer["items"][0]
    assert (first["feed"], first["saving"] >= 10, first["chance"] >= 0.9) == ("Deals", True, True)
    assert answer["sentence"].startswith(f"this rule would have sent {answer['pushes']} pushes")
    assert answer["sentence"].endswith("in the last 30 days, of which judged deals are kept for 4 days alone")
    assert {"no saving is expected", "the expected saving is less than $10"} & {each["reason"] for each in answer["missed"]}
    shop = life.client.get("/deals").json()["items"]
    assert first["title"] in {each["title"] for each in shop}


def test_of_two_who_change_what_they_have_read_the_second_is_told(life: Life) -> None:
    made = life.client.post("/rules", json={"name": "TVs"})
    path, read = f"/rules/{made.json()['id']}", {"If-Match": made.headers["etag"]}
    first = life.client.put(path, json={"name": "OLED TVs"}, headers=read)
    assert (first.status_code, first.headers["etag"] != made.headers["etag"]) == (200, True)
    second = (
        life.client.put(path, json={"name": "my TVs"}, headers=read),
        life.client.patch(path, json={"enabled": False}, headers=read),
        life.client.delete(path, headers=read),
    )
    for answer in second:
        assert (answer.status_code, answer.json()["detail"]) == (412, 'the rule "OLED TVs" was changed since it was read')
    assert life.client.get(path).json() == first.json() | {"etag": first.headers["etag"]}
    assert life.client.patch(path, json={"enabled": False}).status_code == 200  # whoever does not ask has the last word
    now = life.client.get(path).headers["etag"]
    assert life.client.delete(path, headers={"If-Match": f'"another", {now}'}).status_code == 204


def test_what_becomes_of_other_rules_makes_no_rule_another(life: Life) -> None:
    made = life.client.post("/rules", json={"name": "TVs"})
    life.client.post("/rules", json={"name": "Lamps"})
    life.client.put("/rules/order", json={"ids": [3, 2, 1]})
    assert life.client.get("/rules/2").headers["etag"] == made.headers["etag"] == made.json()["etag"]
