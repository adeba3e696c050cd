"""The page of times over a real notifier: rows of quiet hours become its ranges and come back as rows."""

import re
from typing import Any

import pytest

from dashboard.alerts.times.quiet_week import Stretch, day_bars, stretches
from notifier.times.quiet_hours import range_of
from tests.unit.dashboard.alerts.test_rules_pages import typed_on
from tests.unit.dashboard.alerts_world import AlertsWorld, Person

WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]
WHOLE: dict[str, Any] = {
    "time_zone": "Europe/Berlin",
    "days-0": WORKDAYS,
    "start-0": "22:00",
    "end-0": "07:00",
    "days-1": ["sat", "sun"],
    "start-1": "23:00",
    "end-1": "09:00",
    "hourly": "5",
    "daily": "20",
    "digest_at": "19:30",
    "weekly": "on",
    "weekly_day": "sun",
    "weekly_time": "18:00",
}
WHOLE_WEEKLY = {"day": "sun", "time": "18:00"}


def times(world: AlertsWorld) -> dict[str, Any]:
    names = ("time_zone", "quiet", "hourly", "daily", "digest_at", "urgent_breaks_quiet", "weekly")
    found = world.ask("notifier", "GET", "/times")
    return {name: found[name] for name in names}


def test_times_are_saved_and_stay_the_same_when_they_are_saved_again(world: AlertsWorld, person: Person) -> None:
    assert "Saved." in person.press("/times", **WHOLE)
    kept = times(world)
    assert kept == {
        "time_zone": "Europe/Berlin",
        "quiet": ["mon,tue,wed,thu,fri 22:00-07:00", "sat,sun 23:00-09:00"],
        "hourly": 5,
        "daily": 20,
        "digest_at": "19:30",
        "urgent_breaks_quiet": False,
        "weekly": {"day": "sun", "time": "18:00"},
    }
    person.press("/times", **typed_on(person.see("/times")))
    assert times(world) == kept


def test_of_two_pages_of_the_times_the_later_save_is_told_what_the_first_has_made_of_them(
    world: AlertsWorld, person: Person
) -> None:
    person.press("/times", **WHOLE)
    mine, others = typed_on(person.see("/times")), typed_on(person.see("/times"))
    person.press("/times", **others | {"start-1": ["22:30"], "weekly": [], "daily": ["9"]})
    page = person.press("/times", status=422, **mine | {"hourly": ["7"], "daily": ["9"]})
    assert "Somebody else has saved the times meanwhile." in page
    quiet = "mon,tue,wed,thu,fri 22:00-07:00, sat,sun 22:30-09:00"
    assert f"<ul><li>quiet: {quiet}</li><li>hourly: 5</li><li>weekly: nothing</li></ul>" in page
    assert times(world)["hourly"] == 5
    assert typed_on(page)["hourly"] == ["7"]
    assert "Saved." in person.press("/times", **typed_on(page))
    assert (times(world)["hourly"], times(world)["weekly"]) == (7, WHOLE_WEEKLY)


def test_what_is_left_empty_is_any_number_and_no_summary(world: AlertsWorld, person: Person) -> None:
    person.press("/times", **WHOLE)
    person.press("/times", time_zone="UTC", digest_at="19:00", urgent_breaks_quiet="on")
    assert times(world) == {
        "time_zone": "UTC",
        "quiet": [],
        "hourly": None,
        "daily": None,
        "digest_at": "19:00",
        "urgent_breaks_quiet": True,
        "weekly": None,
    }


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone", "Mars/Olympus"),
        ({"start-1": "06:00", "days-1": ["tue"]}, "quiet", "overlap"),
        ({"end-0": ""}, "quiet", "needs a beginning, an end and a weekday"),
        ({"hourly": "many"}, "hourly", "A number such as"),
        ({"daily": "-1"}, "daily", "A number from 0"),
        ({"digest_at": "25:00"}, "digest_at", "25:00"),
        ({"weekly_time": "later"}, "weekly", "later"),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field_and_changes_nothing(
    world: AlertsWorld, person: Person, fields: dict[str, Any], field: str, said: str
) -> None:
    before = times(world)
    page = person.press("/times", status=422, **(WHOLE | fields))
    problem = re.search(rf'id="{field}-problem">([^<]*)<', page)
    assert problem
    assert said in problem[1]
    assert times(world) == before
    kept = typed_on(page)
    assert (kept["days-0"], kept["start-0"]) == (WORKDAYS, ["22:00"])


def test_a_row_is_added_and_removed_before_anything_is_saved(world: AlertsWorld, person: Person) -> None:
    before = times(world)
    assert person.press("/times", status=200, **WHOLE, do="more").count('name="start-') == 4
    page = person.press("/times", status=200, **WHOLE, do="drop-0")
    assert (typed_on(page)["start-0"], typed_on(page)["days-0"]) == (["23:00"], ["sat", "sun"])
    assert times(world) == before


def test_the_bars_follow_what_is_typed(person: Person) -> None:
    piece = person.press("/times/week", htmx=True, **WHOLE)
    assert 'aria-label="Saturday: quiet 00:00 to 07:00 and 23:00 to 24:00"' in piece
    assert 'x="91.667%" width="8.333%"' in piece


@pytest.mark.parametrize(
    "text", ["22:00-07:00", "mon-fri 22:00-07:00", "sat,sun 0:00-24:00", "fri-mon 12:30-13:15", "monday, wednesday 08:00-09:00"]
)
def test_a_range_is_read_as_the_notifier_reads_it(text: str) -> None:
    (found,) = stretches([text])
    assert range_of(found.text) == range_of(text)


def test_pieces_of_a_day_that_touch_are_one() -> None:
    every = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    bars = day_bars([Stretch(every, "22:00", "02:00"), Stretch(every, "02:00", "03:00")])
    assert [(each.start, each.end) for each in bars[0].pieces] == [(0, 180), (1320, 1440)]


def test_a_rule_is_snoozed_named_and_lifted(world: AlertsWorld, person: Person) -> None:
    assert "Snoozed." in person.press("/snoozes", what="rule:1", hours="8")
    page = person.see("/times")
    assert "Rule “Good deals”" in page
    (snooze,) = world.ask("notifier", "GET", "/snoozes")["items"]
    assert (snooze["subject"], snooze["target"]) == ("rule", "1")
    assert "Lifted." in person.press(f"/snoozes/{snooze['id']}/lift")
    assert "Nothing is snoozed." in person.see("/times")


def test_everything_is_snoozed_until_a_moment_of_the_persons_own_zone(world: AlertsWorld, person: Person) -> None:
    person.press("/times", **WHOLE)
    person.press("/snoozes", what="all", hours="8", until="2026-12-27T09:00")
    (snooze,) = world.ask("notifier", "GET", "/snoozes")["items"]
    assert snooze["until"] == "2026-12-27T08:00:00Z"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"until": "soon"}, "A day and a time"),
        ({"until": "2020-01-01T00:00"}, "within a year"),
        ({"hours": "0"}, "longer than no time"),
        ({"hours": "1,5"}, "A number such as"),
    ],
)
def test_a_snooze_that_cannot_be_is_refused(world: AlertsWorld, person: Person, fields: dict[str, str], said: str) -> None:
    assert said in person.press("/snoozes", what="all", **fields)
    assert world.ask("notifier", "GET", "/snoozes")["items"] == []


def test_without_a_notifier_the_page_says_so(world: AlertsWorld, person: Person) -> None:
    world.down.add("notifier")
    page = person.see("/times")
    assert "The times cannot be shown." in page
    assert "The snoozes cannot be shown." in page
