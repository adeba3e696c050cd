"""Quiet hours, caps, snoozes and summaries, as a person lives with them, by a clock of weeks."""

from typing import Any

import pytest

from tests.integration.alerts.world import Offered, World, offer, wait

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
NAMES = ("Makita XDT131", "Bosch GSB18", "DeWalt DCD777", "Ryobi P209", "Metabo BS18")


def drills(*prices: int, first: int = 0) -> list[Offered]:
    """Several, of different products."""
    return [offer(f"{NAMES[first + number]} drill for ${price}", first + number) for number, price in enumerate(prices)]


def held(world: World) -> int:
    return sum(each["count"] for each in world.get("/held")["items"])


def test_in_quiet_hours_nothing_rings_and_then_one_digest_tells_the_best_first(world: World) -> None:
    world.put("/times", time_zone="Europe/Berlin", quiet=["22:00-07:00"])
    world.until("2026-10-05T21:00:00")
    world.see(*drills(90, 40, 70))
    assert world.phone.titles == []
    assert held(world) == 3
    world.until("2026-10-06T05:01:00")  # 07:01 in Berlin
    wait(lambda: world.phone.titles)
    (text,) = world.phone.texts
    assert text.index("Bosch") < text.index("DeWalt") < text.index("Makita")
    assert held(world) == 0


def test_what_is_urgent_rings_in_quiet_hours_where_a_person_lets_it(world: World) -> None:
    world.rules({"name": "Mine", "when": {}, "priority": "urgent"})
    world.put("/times", quiet=["00:00-23:00"])
    world.see(*drills(90))
    assert len(world.phone.titles) == 1
    world.put("/times", urgent_breaks_quiet=False)
    world.see(*drills(80, first=1))
    assert len(world.phone.titles) == 1
    assert held(world) == 1


def test_when_clocks_go_back_quiet_hours_end_by_the_wall_clock(world: World) -> None:
    world.put("/times", time_zone="Europe/Berlin", quiet=["22:00-07:00"])
    world.until("2026-10-24T21:00:00")
    world.see(*drills(90))
    assert world.get("/times")["quiet_until"][:16] in ("2026-10-25T06:00", "2026-10-25T07:00")
    world.until("2026-10-25T05:30:00")  # 06:30 in Berlin now
    world.see(*drills(80, first=1))
    assert world.phone.titles == []
    assert held(world) == 2
    world.until("2026-10-25T06:01:00")
    wait(lambda: world.phone.titles)


def test_beyond_the_cap_of_an_hour_the_rest_comes_together_when_it_is_over(world: World) -> None:
    world.put("/times", hourly=2)
    world.see(*drills(90, 80, 70, 60))
    assert len(world.phone.titles) == 2
    assert held(world) == 2
    world.until("2026-10-01T13:00:10")
    wait(lambda: len(world.phone.titles) == 3)
    assert held(world) == 0


def test_beyond_the_cap_of_a_day_the_rest_comes_in_its_digest(world: World) -> None:
    world.put("/times", daily=1, digest_at="18:00")
    world.see(*drills(90, 80, 70))
    assert len(world.phone.titles) == 1
    world.until("2026-10-01T18:00:10")
    wait(lambda: len(world.phone.titles) == 2)
    assert sum(name in world.phone.texts[1] for name in NAMES) == 2


@pytest.mark.parametrize("subject", ["all", "rule", "product", "feed"])
def test_a_snooze_covers_its_subject_and_ends(world: World, subject: str) -> None:
    rule = world.rules({"name": "Makitas", "when": {"include": ["makita"]}}, {"name": "Others", "when": {}})[0]
    world.see(*drills(150))
    before = len(world.phone.titles)
    alert = world.opportunity("Makita")
    named = {"rule": rule, "product": alert["product"], "feed": alert["feed_id"], "all": None}[subject]
    snooze = world.post("/snoozes", subject=subject, hours=8, **({"id": named} if named else {}))
    assert world.get("/snoozes")["items"][0]["id"] == snooze["id"]
    world.see(*drills(60, 80))
    quiet = {"rule": 1, "product": 1, "feed": 2, "all": 2}[subject]
    assert (held(world), len(world.phone.titles) - before) == (quiet, 2 - quiet)
    world.pass_by(hours=8, minutes=1)
    wait(lambda: held(world) == 0 and any("$60" in text for text in world.phone.texts))


def test_a_week_is_summed_up_once(world: World) -> None:
    world.put("/times", weekly={"day": "sun", "time": "18:00"})
    world.see(*drills(90, 80))
    world.until("2026-10-04T18:00:30")
    wait(lambda: len(world.phone.titles) == 3, 120)  # it is looked at once a minute
    assert "2" in world.phone.texts[2]
    assert "Bosch" in world.phone.texts[2]
    assert "$230" in world.phone.texts[2]
    assert [each["kind"] for each in world.told()].count("summary") == 1


def test_wrong_times_are_refused_with_their_field_and_change_nothing(world: World) -> None:
    before = world.get("/times")
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("time_zone", {"time_zone": "Europe/Atlantis"}),
        ("quiet", {"quiet": ["25:00-07:00"]}),
        ("quiet", {"quiet": ["22:00-07:00", "06:00-09:00"]}),
        ("quiet", {"quiet": ["00:00-24:00"]}),
        ("hourly", {"hourly": -1}),
        ("digest_at", {"digest_at": "noon"}),
        ("weekly", {"weekly": {"day": "someday", "time": "18:00"}}),
    ]
    for field, body in wrong:
        assert field in world.refused("/times", method="PUT", **body), body
    assert "subject" in world.refused("/snoozes", subject="moon", hours=1)
    assert "id" in world.refused("/snoozes", subject="rule", hours=1)
    assert "hours" in world.refused("/snoozes", subject="all", hours=-1)
    assert (world.get("/times") | {"next_digest": 0}, world.get("/snoozes")["items"]) == (before | {"next_digest": 0}, [])


def test_all_that_was_set_outlives_a_restart(world: World) -> None:
    world.rule(include=["drill"])
    world.post("/watchlist", text="Bosch jigsaw under 60")
    world.put("/times", quiet=["22:00-07:00"], hourly=3)
    world.post("/snoozes", subject="all", hours=2)
    world.see(*drills(90))
    paths = ("/rules", "/watchlist", "/times", "/snoozes", "/held", "/channels", "/products", "/feeds", "/review")
    before = {path: world.get(path) for path in paths}
    world.restart()
    assert {path: world.get(path) for path in paths} == before
    world.pass_by(hours=2, minutes=1)
    wait(lambda: world.phone.titles)
