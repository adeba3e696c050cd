"""What digests, notices and summaries say, and how they are cut to what a service takes."""

from datetime import UTC, datetime

import pytest

from common.deals import Notice
from notifier.message import Push
from notifier.notification import Attempt
from notifier.times.digest_push import push_for
from notifier.times.telling import Best, Digest, Summary, Telling
from tests.unit.notifier.times.diary import alert

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
NOTICE = Notice(id="n", kind="feed", title="A feed fails", text="since Monday: HTTP 500", created=NOW)


def push(telling: Telling, **facts: int) -> Push:
    return push_for(Attempt(telling, "phone", "push-1", "token", **facts))


def digest(count: int, *notices: Notice) -> Digest:
    deals = [
        alert(f"a-{number}", NOW.timestamp(), discount=100.0 - number, deal={"title": f"Drill {number}"}) for number in range(count)
    ]
    return Digest(id="d", members=[each.id for each in deals], deals=deals, notices=list(notices))


def test_a_digest_names_each_deal_with_its_link_and_notices_at_its_end() -> None:
    said = push(digest(2, NOTICE))
    assert said.title == "2 deals together, which save about $199"
    assert said.body.split("\n") == [
        "1. $59.99: Drill 0 at Example Tools, worth about $130, saves about $100",
        "https://shop.example/drill?a=1&b=2",
        "2. $59.99: Drill 1 at Example Tools, worth about $130, saves about $99",
        "https://shop.example/drill?a=1&b=2",
        "A feed fails: since Monday: HTTP 500",
    ]
    assert said.id == "push-1"


def test_a_digest_of_one_says_what_it_would_have_said_alone() -> None:
    said = push(digest(1))
    assert said.title == "Drill 0"
    assert said.link == "https://shop.example/drill?a=1&b=2"
    assert push(digest(0, NOTICE)) == Push("A feed fails", "since Monday: HTTP 500", "push-1")


@pytest.mark.parametrize(("title_limit", "body_limit"), [(250, 1024), (0, 1024), (120, 400), (0, 2048), (250, 250)])
def test_a_digest_lists_as_many_as_fit_and_says_how_many_more(title_limit: int, body_limit: int) -> None:
    said = push(digest(30, NOTICE)).fitted(title_limit, body_limit)
    lines = said.body.split("\n")
    listed = [line for line in lines if line[0].isdigit()]
    assert len(said.body) + (0 if title_limit else len(said.title) + 2) <= body_limit
    assert listed
    assert f"and {30 - len(listed)} more: the dashboard has them" in lines
    assert lines[-1] == ("A feed fails: since Monday: HTTP 500")
    assert said.body.count("https://") == len(listed)


@pytest.mark.parametrize("body_limit", [0, 1, 20, 70, 140])
def test_where_not_one_deal_fits_it_is_cut_as_any_push(body_limit: int) -> None:
    assert len(push(digest(5, NOTICE)).fitted(100, body_limit).body) <= body_limit


def test_a_digest_of_hundreds_is_of_a_bounded_length() -> None:
    said = push(digest(300))
    assert said.body.endswith("and 260 more: the dashboard has them")


def test_a_repeat_says_that_it_may_be_one() -> None:
    assert push(digest(2), crashes=1).body.startswith("You may have this already")
    assert "You may have this already" in push(NOTICE, repeats=1).body


def test_foreign_words_in_digests_and_notices_are_shown_and_not_obeyed() -> None:
    evil = alert(
        "a", NOW.timestamp(), deal={"title": "@here <b>*Free*</b>\n[x](http://evil.example)", "url": "javascript:alert(1)"}
    )
    said = push(Digest(id="d", members=["a", "b"], deals=[evil, evil]))
    assert not set("<>[]*`").intersection(said.body)
    assert "@here" not in said.body
    assert "javascript" not in said.body
    noted = push(NOTICE.model_copy(update={"title": "<b>@all", "text": "line\n\u202e[x](y)"}))
    assert (noted.title, noted.body) == ("‹b›＠all", "line (x)(y)")


def test_a_summary_says_what_reached_a_person_and_what_did_not() -> None:
    counts = {"alerts": 9, "told": 5, "held": 3, "snoozed": 2, "expired": 1, "failed": 0}
    best = [Best(title="Drill", price=59.99, currency="USD", discount=62.4)]
    said = push(Summary(id="s", week="2026-W23", start=0.0, end=1.0, saving=310.2, best=best, **counts))
    assert said.title == "Your week of deals: 9 alerts"
    assert said.body.split("\n") == [
        "5 alerts reached you, which save about $310 together",
        "1. $59.99: Drill, saves about $62",
        "Of 9 alerts: 3 held for a digest, 2 snoozed, 1 expired",
    ]
    nothing = Summary(id="s", week="2026-W23", start=0.0, end=1.0, saving=0.0, best=[], **dict.fromkeys(counts, 0))
    assert push(nothing).body == "No alert reached you"
