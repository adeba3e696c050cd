"""What the pages are made of: headings, links, what they load, what asks first."""

import re
from itertools import pairwise

import pytest
from fastapi.testclient import TestClient

from dashboard.app import Fakes, create_app
from tests.unit.dashboard.fakes import World, feed, opportunity, scan
from tests.unit.dashboard.test_pages import client_of, page_of


def test_links_to_the_outside_tell_nothing_of_us() -> None:
    page = page_of(World(opportunities=[opportunity()]))
    (link,) = re.findall(r'<a [^>]*href="https://shop[^>]*>', page)
    assert 'rel="noopener noreferrer nofollow"' in link


def test_pages_load_nothing_from_elsewhere() -> None:
    answer = client_of(World(opportunities=[opportunity()], scans=[scan("running")])).get("/")
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    loaded = re.findall(r'<(?:link|script|img)[^>]*(?:href|src)="([^"]*)"', answer.text)
    assert loaded
    assert all(target.startswith("/static/") for target in loaded)
    assert not re.search(r"<[^>]* (?:style|on\w+)=", answer.text)


@pytest.mark.parametrize("name", ["style.css", "map.css", "refresh.js", "icon.svg"])
def test_static_files_come_with_the_package(name: str) -> None:
    assert client_of(World()).get(f"/static/{name}").status_code == 200


@pytest.mark.parametrize("path", ["/", "/deals", "/feeds", "/map", "/nothing"])
def test_headings_go_down_one_step_at_a_time(path: str) -> None:
    found = [opportunity(1), opportunity(2, review=True, why_not="too cheap")]
    page = client_of(World(opportunities=found)).get(path).text
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", page)]
    assert levels[0] == 1
    assert [(one, two) for one, two in pairwise(levels) if two > one + 1] == []


def test_removing_a_feed_asks_first() -> None:
    page = page_of(World(feeds=[feed(1)]), "/feeds")
    asked = r"<details[^>]*>\s*<summary[^>]*>Remove<span[^<]*</span> …</summary>\s*"
    assert re.search(asked + r"<form method=.post. action=./feeds/1/delete", page)


def test_an_error_that_nobody_has_foreseen_is_a_page_without_its_details() -> None:
    app = create_app(Fakes(World().clients()))

    def fail() -> None:
        raise RuntimeError("rds7Kq2vXw")

    app.add_api_route("/fails", fail, methods=["GET"])
    answer = TestClient(app, raise_server_exceptions=False).get("/fails")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "rds7Kq2vXw" not in answer.text
