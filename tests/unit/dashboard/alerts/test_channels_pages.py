"""The pages of channels over a real notifier: addresses go in and never come out, and a test says what exactly went wrong."""

import re
from typing import Any

import pytest

from notifier.notification import Outcome, Sent
from tests.unit.dashboard.alerts.test_rules_pages import typed_on
from tests.unit.dashboard.alerts_world import AlertsWorld, Person

ADDRESS = "ntfy://a-topic-only-you-know"
WHOLE = {
    "name": "Phone",
    "address": ADDRESS,
    "include": "oled",
    "least_saving": "50",
    "only_named": "on",
    "template": "{{ title }} for {{ price }}\r\n{{ why }}",
    "priority": "",
    "priority_high": "urgent",
    "sound": "bell",
    "enabled": "on",
}


def channels(world: AlertsWorld) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.ask("notifier", "GET", "/channels")["items"]
    return found


def test_a_channel_is_added_with_all_that_a_person_chose(world: AlertsWorld, person: Person) -> None:
    assert "Phone is added." in person.press("/channels", **WHOLE)
    (made,) = channels(world)
    settings = made["settings"]
    assert made["service"] == "ntfy"
    assert (settings["filter"]["include"], settings["filter"]["least_saving"], settings["only_named"]) == (["oled"], 50.0, True)
    assert settings["template"] == "{{ title }} for {{ price }}\n{{ why }}"
    assert (settings["priority"], settings["sound"], settings["follows_times"]) == ({"high": "urgent"}, "bell", False)


def test_no_page_shows_an_address_again_and_saving_without_one_keeps_it(world: AlertsWorld, person: Person) -> None:
    person.press("/channels", **WHOLE)
    (made,) = channels(world)
    path = f"/channels/{made['id']}"
    for page in (person.see("/channels"), editor := person.see(path)):
        assert "only-you-know" not in page
    person.press(path, **typed_on(editor), template=WHOLE["template"])
    assert channels(world) == [made | {"etag": channels(world)[0]["etag"]}]
    world.ask("notifier", "POST", f"/channels/{made['id']}/test")
    assert world.maker.titles(ADDRESS)


def test_of_two_pages_of_one_channel_the_later_save_is_told_what_the_first_has_made_of_it(
    world: AlertsWorld, person: Person
) -> None:
    person.press("/channels", **WHOLE)
    path = f"/channels/{channels(world)[0]['id']}"
    mine, others = typed_on(person.see(path)), typed_on(person.see(path))
    person.press(path, **others | {"name": ["Tablet"], "only_named": [], "priority_high": ["normal"], "template": ["{{ title }}"]})
    page = person.press(path, status=422, **mine | {"name": ["Watch"], "template": ["{{ title }}"]})
    assert "This channel has changed meanwhile: somebody else saved it, or it was switched off by itself." in page
    assert "<ul><li>only named: no</li><li>name: Tablet</li><li>priority high: normal</li></ul>" in page
    assert channels(world)[0]["label"] == "Tablet"
    assert typed_on(page)["name"] == ["Watch"]
    assert "Watch is saved." in person.press(path, **typed_on(page))


def test_an_address_is_checked_by_a_push_before_it_is_stored(world: AlertsWorld, person: Person) -> None:
    world.maker.answers[ADDRESS] = Sent("Phone", Outcome.REFUSED, "answered 403: topic is reserved")
    page = person.press("/channels", status=422, **WHOLE, test="on")
    problem = re.search(r'id="address-problem">([^<]*)<', page)
    assert problem
    assert "topic is reserved" in problem[1]
    assert typed_on(page)["name"] == ["Phone"]
    assert channels(world) == []


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"name": ""}, "name", "at least 1 character"),
        ({"address": ""}, "address", "An address is needed"),
        ({"address": "nothing://x"}, "address", "no service has the scheme"),
        ({"template": "{{ titel }}"}, "template", "line 1"),
        ({"sound": "a bell"}, "sound", "should match"),
        ({"max_price": "x"}, "max_price", "A number such as"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    world: AlertsWorld, person: Person, fields: dict[str, str], field: str, said: str
) -> None:
    page = person.press("/channels", status=422, **(WHOLE | fields))
    problem = re.search(rf'id="{field}-problem">([^<]*)<', page)
    assert problem
    assert said in problem[1]
    assert typed_on(page)["include"] == ["oled"]
    assert channels(world) == []


def test_a_test_push_says_what_the_service_answered(world: AlertsWorld, person: Person) -> None:
    key = world.notifier.add("Phone", address=ADDRESS)
    assert "The test push to Phone went out." in person.press(f"/channels/{key}/test")
    world.maker.answers[ADDRESS] = Sent("Phone", Outcome.REFUSED, "answered 401: <unauthorized>")
    page = person.press(f"/channels/{key}/test")
    assert "The test push to Phone did not go out." in page
    assert "answered 401: &lt;unauthorized&gt;" in page


def test_a_template_is_shown_as_a_push_or_with_its_mistake_and_line(person: Person) -> None:
    good = person.press("/channels/preview", htmx=True, template="{{ title }}!\r\nfor {{ price }}")
    assert "Acme Drill Driver Kit!" in good
    assert "for $99" in good
    bad = person.press("/channels/preview", htmx=True, template="{{ title }}\r\n{{ titel }}")
    assert "Line 2:" in bad
    assert "Until that is right, this goes out:" in bad
    whole = person.press("/channels/preview", status=200, template="{{ title }}!", name="Phone", identifier="")
    assert "Acme Drill Driver Kit!" in whole
    assert typed_on(whole)["name"] == ["Phone"]


def test_the_form_of_a_services_address_is_told(person: Person) -> None:
    page = person.see("/channels/new?service=ntfy")
    assert "<code>ntfy://{topic}</code>" in page
    assert "pover://" not in page
    assert "<code>pover://{user_key}@{token}</code>" in person.see("/channels/forms?service=Pushover")


def test_channels_go_out_as_a_file_without_their_secrets(person: Person) -> None:
    person.press("/channels", **WHOLE)
    file = person.see("/channels/export")
    assert "name: Phone" in file
    assert "only-you-know" not in file


def test_a_webhooks_secret_is_shown_once(world: AlertsWorld, person: Person) -> None:
    fields = {"name": "Mine", "address": "webhook+https://hooks.example/deals", "enabled": "on"}
    answer = person.http.post("/channels", data=fields, headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"})
    target = answer.headers["location"]
    assert "whsec_" in person.see(target)
    assert "whsec_" not in person.see(target)
    (made,) = channels(world)
    assert "whsec_" not in person.see(f"/channels/{made['id']}")
    assert "whsec_" in person.press(f"/channels/{made['id']}", name="Mine", enabled="on", new_secret="on")


def test_a_channel_is_switched_and_removed(world: AlertsWorld, person: Person) -> None:
    key = world.notifier.add("Phone", address=ADDRESS)
    for _ in range(2):  # a button that is pressed twice, or by two people
        assert "It is off" in person.press(f"/channels/{key}/switch", on="")
        assert channels(world)[0]["settings"]["enabled"] is False
    page = person.see("/channels")
    assert re.search(
        rf'action="/channels/{key}/switch"[^>]*><input type="hidden" name="on" value="yes"><button[^>]*>Switch on', page
    )
    assert "It is on" in person.press(f"/channels/{key}/switch", on="yes")
    assert channels(world)[0]["settings"]["enabled"] is True
    assert 'name="on" value=""' in person.see("/channels")
    assert re.search(r"<details class=.ask.><summary[^>]*>Remove", page)
    assert "Removed." in person.press(f"/channels/{key}/delete")
    assert channels(world) == []


def test_without_a_notifier_the_page_says_so_and_keeps_what_was_typed(world: AlertsWorld, person: Person) -> None:
    world.down.add("notifier")
    assert "The channels cannot be shown." in person.see("/channels")
    page = person.press("/channels", status=422, **WHOLE)
    assert "Notifier cannot be reached" in page
    assert typed_on(page)["include"] == ["oled"]
