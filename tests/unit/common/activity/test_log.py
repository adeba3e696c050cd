"""What is told is kept small, and what goes wrong is taken over from the log of lines."""

import structlog

from common.activity.entry import LONGEST_TEXT, LONGEST_VALUE, MOST_FIELDS, Entry
from common.activity.from_logs import LogTap
from common.activity.log import ActivityLog


def told(log: ActivityLog) -> list[Entry]:
    return log.entries.after(None)[0]


def test_an_entry_bears_who_when_and_what_it_changed() -> None:
    log = ActivityLog("scanner")
    log.tell("scanner", "scan_done", "Read 3 feeds", topics=("scans", "deals"), items=7)
    (entry,) = told(log)
    assert (entry.service, entry.agent, entry.level, entry.event, entry.text) == (
        "scanner",
        "scanner",
        "info",
        "scan_done",
        "Read 3 feeds",
    )
    assert (entry.topics, entry.fields) == (("scans", "deals"), {"items": 7})
    assert entry.id == log.entries.last


def test_strangers_texts_are_cut_and_stand_on_one_line() -> None:
    log = ActivityLog("scanner")
    log.tell("scanner", "found", "x" * 5000, title="a\nb\u202e" + "y" * 5000, **{f"field {n}": n for n in range(90)})
    (entry,) = told(log)
    assert len(entry.text) == LONGEST_TEXT
    assert len(entry.fields) == MOST_FIELDS
    title = str(entry.fields["title"])
    assert len(title) == LONGEST_VALUE
    assert title.startswith("a b y")


def test_a_warning_of_the_log_becomes_an_entry_once_a_minute_without_addresses() -> None:
    log, now = ActivityLog("scanner"), [0.0]
    tap = LogTap(log, clock=lambda: now[0])
    line: structlog.typing.EventDict = {"event": "page_not_read", "feed": "Deals", "why": "404", "url": "https://key@feeds.example"}
    for _ in range(3):
        assert tap(None, "warning", line) is line
    tap(None, "info", {"event": "scan_done"})
    tap(None, "warning", {"event": "feed_failed", "why": "told by its service"})
    now[0] = 61.0
    tap(None, "warning", line)
    first, second = told(log)
    assert (first.agent, first.level, first.text) == ("scanner", "warning", "Page not read (Deals): 404")
    assert second.text == first.text
    assert "feeds.example" not in first.model_dump_json()
