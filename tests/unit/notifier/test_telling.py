"""What becomes of a push is told in sentences, by the names of channels and never by their addresses."""

import pytest

from common.activity.entry import Entry
from common.activity.log import ActivityLog
from notifier.activity.telling import Telling
from notifier.notification import Attempt, Stage
from tests.unit.notifier.samples import opportunity


def told(log: ActivityLog) -> list[Entry]:
    return log.entries.after(None)[0]


@pytest.mark.parametrize(
    ("stage", "event", "level"),
    [
        (Stage.SENT, "sent", "info"),
        (Stage.WAITING, "put_off", "warning"),
        (Stage.FAILED, "not_sent", "error"),
        (Stage.UNKNOWN, "perhaps_sent", "error"),
    ],
)
def test_each_end_of_a_push_has_its_sentence_and_changes_the_pages_of_pushes(stage: Stage, event: str, level: str) -> None:
    log = ActivityLog("notifier")
    Telling(log).settled(Attempt(opportunity("opp-1"), "key", "push", "token"), "ntfy (1)", stage, "HTTP 500")
    (entry,) = told(log)
    assert (entry.agent, entry.event, entry.level) == ("messenger", event, level)
    assert "ntfy (1)" in entry.text
    assert opportunity("opp-1").deal.title[:40] in entry.text
    assert "pushes" in entry.topics


def test_many_alerts_at_once_are_told_in_few_lines() -> None:
    log = ActivityLog("notifier")
    Telling(log).received([opportunity(f"opp-{number}") for number in range(100)], 2)
    assert len(told(log)) == 21
    assert told(log)[-1].text == "Takes in 80 more"


def test_a_channel_that_fails_and_works_again_changes_the_pages_of_channels() -> None:
    log = ActivityLog("notifier")
    telling = Telling(log)
    telling.fares("ntfy (1)", "answered 503")
    telling.fares("ntfy (1)", "")
    telling.switched_off("phone", "410 Gone")
    telling.buried("malformed")
    assert [(each.level, each.text) for each in told(log)] == [
        ("warning", "ntfy (1) fails: answered 503"),
        ("info", "ntfy (1) works"),
        ("error", "phone was switched off: 410 Gone"),
        ("error", "An entry cannot be delivered: malformed"),
    ]
    assert {"channels", "pushes"} == {topic for each in told(log) for topic in each.topics}
