"""Everything is backed up, wiped and restored over real services, and is as it was; what fails changes nothing."""

import json
from typing import Any

import httpx2
import pytest

from dashboard.alerts.backup.bundle import as_yaml
from tests.unit.dashboard.alerts_world import AlertsWorld, Person

OPML = (
    '<opml version="2.0" xmlns:pricing="urn:product-pricing-agent:feeds"><body>'
    '<outline text="Tools &amp; more" title="Tools &amp; more" xmlUrl="https://c.example/rss" pricing:currency="CAD"'
    ' pricing:cron="*/30 7-23 * * *" pricing:zone="Europe/Berlin" pricing:paused="true" pricing:maxAgeHours="48"/></body></opml>'
)
TIMES = {
    "time_zone": "Europe/Berlin",
    "quiet": ["mon-fri 22:00-07:00"],
    "hourly": 5,
    "daily": None,
    "digest_at": "19:30",
    "urgent_breaks_quiet": False,
    "weekly": {"day": "sun", "time": "18:00"},
}
PHONE = {
    "name": "Phone",
    "address": "ntfy://secret-topic",
    "filter": {"include": ["oled", "qd-oled"], "least_saving": 50},
    "template": "{{ title }}\n{{ why }}",
    "priority": {"high": "urgent"},
}


def lived_in(world: AlertsWorld) -> None:
    """Feeds, channels, rules, wishes and times of a person."""
    world.scanner.client.post("/feeds/opml", content=OPML, headers={"content-type": "text/x-opml"}).raise_for_status()
    world.ask("notifier", "POST", "/channels", PHONE)
    world.ask("notifier", "POST", "/channels", {"name": "Work", "address": "tgram://token/chat", "only_named": True})
    number = world.ask("scanner", "GET", "/feeds")["items"][-1]["id"]
    when = {"include": ["oled\u00a0tv", "ünïcode 🎧"], "feeds": [str(number)], "max_price": 900, "least_chance": 0.8}
    world.ask("scanner", "POST", "/rules", {"name": "OLED: “tvs” no", "when": when, "channels": ["Phone"], "priority": "high"})
    world.ask("scanner", "POST", "/rules", {"name": "Off", "enabled": False})
    world.ask("scanner", "PUT", "/rules/order", {"ids": [3, 2, 1]})
    world.ask("scanner", "PUT", "/rules/mode", {"mode": "all"})
    world.ask("scanner", "POST", "/watchlist", {"text": "65 inch OLED TV under 1200", "forbidden": ["stand"], "priority": "urgent"})
    world.ask(
        "scanner", "POST", "/watchlist", {"text": "Cordless drill", "target_price": 50, "enabled": False, "channels": ["Work"]}
    )
    world.ask("notifier", "PUT", "/times", TIMES)


def wipe(world: AlertsWorld) -> None:
    for service, path in (("scanner", "/feeds"), ("scanner", "/rules"), ("scanner", "/watchlist"), ("notifier", "/channels")):
        for each in world.ask(service, "GET", path)["items"]:
            world.ask(service, "DELETE", f"{path}/{each['id']}")
    world.ask("scanner", "PUT", "/rules/mode", {"mode": "first"})
    world.ask("notifier", "PUT", "/times", {"time_zone": "UTC", "quiet": [], "hourly": None, "weekly": None, "digest_at": "07:00"})


def backup(person: Person) -> dict[str, Any]:
    answer = person.http.get("/backup/file")
    assert answer.headers["content-disposition"].startswith('attachment; filename="alerts-')
    found: dict[str, Any] = answer.json()
    return {**found, "made": ""}


def state(world: AlertsWorld) -> dict[str, Any]:
    """What a person set, as the services themselves tell it, without numbers and moments."""
    settings = ("url", "title", "currency", "schedule", "paused", "baseline", "max_age_hours", "details")
    titles = {str(each["id"]): each["title"] for each in world.ask("scanner", "GET", "/feeds")["items"]}
    rules = world.ask("scanner", "GET", "/rules")
    told = [{**each, "id": 0, "origin": "", "etag": ""} for each in rules["items"]]
    for each in told:
        each["when"]["feeds"] = [titles.get(feed, feed) for feed in each["when"].get("feeds", [])]
    unmoved = ("id", "created", "changed", "matched", "etag")
    watches = world.ask("scanner", "GET", "/watchlist")["items"]
    times = world.ask("notifier", "GET", "/times")
    return {
        "feeds": [{name: each[name] for name in settings} for each in world.ask("scanner", "GET", "/feeds")["items"]],
        "rules": [rules["mode"], told],
        "watchlist": [{name: value for name, value in each.items() if name not in unmoved} for each in watches],
        "channels": [
            {name: each[name] for name in ("label", "service", "settings")}
            for each in world.ask("notifier", "GET", "/channels")["items"]
        ],
        "times": {name: times[name] for name in TIMES},
    }


def restored(person: Person, file: dict[str, Any], **fields: Any) -> str:
    given = {
        "text": json.dumps(file),
        "do": "restore",
        "remove": "on",
        "part": ["feeds", "channels", "rules", "watchlist", "times"],
    }
    return person.press("/backup/restore", **(given | fields))


def test_all_that_was_wiped_is_as_it_was_after_the_restoration(world: AlertsWorld, person: Person) -> None:
    lived_in(world)
    before, file = state(world), backup(person)
    assert "secret-topic" not in json.dumps(file)
    wipe(world)
    assert state(world) != before
    page = restored(person, file, **{"address:Phone": PHONE["address"], "address:Work": "tgram://token/chat"})
    assert "Restored." in page
    assert state(world) == before
    assert {**backup(person), "made": ""} == file
    phone = next(each for each in world.ask("notifier", "GET", "/channels")["items"] if each["label"] == "Phone")
    world.ask("notifier", "POST", f"/channels/{phone['id']}/test")
    assert world.maker.titles("ntfy://secret-topic")


def test_what_was_changed_since_goes_back_and_channels_that_are_there_keep_their_secrets(
    world: AlertsWorld, person: Person
) -> None:
    lived_in(world)
    before, file = state(world), backup(person)
    phone = world.ask("notifier", "GET", "/channels")["items"][0]
    world.ask("notifier", "PATCH", f"/channels/{phone['id']}", {"template": None, "filter": {}})
    world.ask("notifier", "POST", "/channels", {"name": "New", "address": "pover://user@token"})
    world.ask("scanner", "PATCH", "/rules/2", {"when": {"max_price": 1}})
    world.ask("scanner", "DELETE", "/rules/1")
    world.ask("scanner", "PATCH", "/watchlist/1", {"priority": "low"})
    world.ask("scanner", "PATCH", "/feeds/3", {"paused": False, "title": "Renamed"})
    world.ask("notifier", "PUT", "/times", {"hourly": 99})
    assert "Restored." in restored(person, file)
    assert state(world) == before
    assert world.ask("notifier", "GET", "/channels")["items"][0]["id"] == phone["id"]
    world.ask("notifier", "POST", f"/channels/{phone['id']}/test")
    assert world.maker.titles("ntfy://secret-topic")


def test_first_it_is_shown_what_would_change_and_nothing_does(world: AlertsWorld, person: Person) -> None:
    lived_in(world)
    file = backup(person)
    world.ask("notifier", "PUT", "/times", {"hourly": 99})
    world.ask("scanner", "POST", "/rules", {"name": "Younger"})
    world.ask("scanner", "DELETE", "/watchlist/1")
    world.ask("notifier", "DELETE", f"/channels/{world.ask('notifier', 'GET', '/channels')['items'][0]['id']}")
    before = state(world)
    page = person.press("/backup/restore", status=200, text=json.dumps(file), do="look", remove="on")
    assert "hourly: 99 → 5" in page
    assert '<span class="badge failed">removed</span> Younger' in page
    assert '<span class="badge sent">new</span> 65 inch OLED TV under 1200' in page
    assert "Address of Phone" in page
    assert state(world) == before
    kept = person.press("/backup/restore", status=200, text=json.dumps(file), do="look")
    assert "Younger" not in kept


def test_what_is_not_in_the_file_stays_unless_it_is_to_go(world: AlertsWorld, person: Person) -> None:
    lived_in(world)
    file = backup(person)
    world.ask("scanner", "POST", "/rules", {"name": "Younger"})
    world.ask("scanner", "POST", "/watchlist", {"text": "Younger wish"})
    restored(person, file, remove="")
    assert [each["name"] for each in world.ask("scanner", "GET", "/rules")["items"]][-1] == "Younger"
    assert world.ask("scanner", "GET", "/watchlist")["items"][-1]["text"] == "Younger wish"


def test_only_the_ticked_parts_are_restored(world: AlertsWorld, person: Person) -> None:
    lived_in(world)
    file = backup(person)
    world.ask("notifier", "PUT", "/times", {"hourly": 99})
    world.ask("scanner", "POST", "/rules", {"name": "Younger"})
    restored(person, file, part=["times"])
    assert world.ask("notifier", "GET", "/times")["hourly"] == 5
    assert len(world.ask("scanner", "GET", "/rules")["items"]) == 4


def test_a_part_that_fails_says_so_and_is_as_before_while_the_others_are_restored(world: AlertsWorld, person: Person) -> None:
    lived_in(world)
    file = backup(person)
    file["rules"]["rules"][0]["least_chance"] = 7
    file["watchlist"] = [{"text": "Fine"}, {"text": "Wrong", "target_price": -1}]
    file["channels"][0]["template"] = "{{ titel }}"
    file["feeds"][0] |= {"title": "Other title"}
    file["feeds"].append({"url": "gopher://x", "title": "None"})
    file["times"]["hourly"] = 7
    before = state(world)
    page = restored(person, file)
    assert "Not all of it could be restored." in page
    for part in (
        "Rules: not restored:",
        "Watchlist: not restored: Wrong:",
        "Channels: not restored:",
        "Feeds: not restored: gopher://x:",
    ):
        assert part in page
    after = state(world)
    assert after.pop("times") == before.pop("times") | {"hourly": 7}
    assert after == before


def test_changes_before_the_one_that_failed_are_taken_back(world: AlertsWorld, person: Person) -> None:
    lived_in(world)
    file, before = backup(person), state(world)
    file["watchlist"] = [{"text": "New drill"}, {**file["watchlist"][0], "priority": "low"}]
    away = httpx2.Response(503, json={"detail": "the disk is full"})
    world.answers["scanner", "DELETE", "/watchlist/2"] = away
    page = restored(person, file, part=["watchlist"])
    assert "Nothing could be restored." in page
    assert "the disk is full" in page
    assert state(world) == before


def test_a_wish_that_the_file_writes_otherwise_is_the_one_that_is_there(world: AlertsWorld, person: Person) -> None:
    lived_in(world)
    file = backup(person)
    file["watchlist"][1]["text"] = "cordless  DRILL"
    restored(person, file, part=["watchlist"])
    found = world.ask("scanner", "GET", "/watchlist")["items"]
    assert [(each["id"], each["text"]) for each in found] == [(1, "65 inch OLED TV under 1200"), (2, "cordless DRILL")]


def test_a_wish_that_was_there_stays_where_a_restoration_that_names_it_twice_is_taken_back(
    world: AlertsWorld, person: Person
) -> None:
    lived_in(world)
    file, before = backup(person), state(world)
    file["watchlist"] = [*file["watchlist"], file["watchlist"][1], {**file["watchlist"][0], "priority": "low"}]
    world.answers["scanner", "PUT", "/watchlist/1"] = httpx2.Response(503, json={"detail": "the disk is full"})
    file["watchlist"][0] = {**file["watchlist"][0], "priority": "normal"}
    assert "the disk is full" in restored(person, file, part=["watchlist"])
    assert state(world) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Choose a file."),
        ("no json", "It is no backup"),
        ("[" * 100_000, "It is no backup"),
        ('{"what": "something else"}', "what: "),
        ('{"version": 2}', "version: "),
        ('{"rules": {"rules": [{}]}}', "rules, number 1: it has no name"),
        ('{"times": {"hourly": NaN}}', "NaN is no value"),
        ('{"times": {"hourly": 1e999}}', "1e999 is no value"),
        ('{"channels": [{"name": "\\ud800", "address": "json://x.example"}]}', "It is no backup"),
        ('{"extra": 1}', "extra: "),
    ],
)
def test_what_is_no_backup_is_refused(world: AlertsWorld, person: Person, text: str, said: str) -> None:
    before = state(world)
    page = person.press("/backup/restore", status=422, text=text, do="look")
    assert "Nothing was changed." in page
    assert said in page
    assert said in person.press("/backup/restore", status=422, text=text, do="restore", part="rules")
    assert state(world) == before


def test_a_backup_is_whole_or_none(world: AlertsWorld, person: Person) -> None:
    world.down.add("notifier")
    assert "notifier cannot be reached" in person.see("/backup/file", status=503)


def test_a_channel_without_an_address_is_left_out_and_the_others_come(world: AlertsWorld, person: Person) -> None:
    lived_in(world)
    file = backup(person)
    wipe(world)
    restored(person, file, **{"address:Work": "tgram://token/chat"})
    assert [each["label"] for each in world.ask("notifier", "GET", "/channels")["items"]] == ["Work"]


def test_channels_of_another_environment_are_left_out(world: AlertsWorld, person: Person) -> None:
    file = backup(person)
    file["channels"] = [{"name": "ntfy (1)", "origin": "environment", "only_named": True}]
    page = person.press("/backup/restore", status=200, text=json.dumps(file), do="look")
    assert "ntfy (1) is one of another" in page


def test_text_that_yaml_reads_otherwise_is_escaped() -> None:
    assert as_yaml({"a": "x\u0085y\u2028z\x7f"}) == '{"a": "x\\U00000085y\\U00002028z\\U0000007f"}'
