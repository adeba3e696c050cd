"""Whoever changes something through a door is announced: each service's table names all of its doors, and no other."""

import importlib
import string

import pytest
from fastapi import FastAPI

from common.activity.announcing import Announcements
from common.activity.entry import TOPICS

TABLES = {"scanner": "scanner.tracing.announcements", "notifier": "notifier.activity.announcements"}


def table_of(service: str) -> Announcements:
    found: Announcements = importlib.import_module(TABLES[service]).ANNOUNCEMENTS
    return found


def doors_of(service: str) -> set[str]:
    app: FastAPI = importlib.import_module(f"{service}.app").create_app()
    return {f"{verb.upper()} {path}" for path, verbs in app.openapi()["paths"].items() for verb in verbs if verb != "get"}


@pytest.mark.parametrize("service", TABLES)
def test_every_door_that_may_change_something_says_what(service: str) -> None:
    assert doors_of(service) == set(table_of(service))


@pytest.mark.parametrize("service", TABLES)
def test_what_is_said_names_topics_that_pages_know_and_values_that_the_path_has(service: str) -> None:
    for door, said in table_of(service).items():
        if said is not None:
            assert said.topics, door
            assert TOPICS.issuperset(said.topics), door
            named = {name for _, name, _, _ in string.Formatter().parse(said.text) if name}
            assert all(f"{{{name}}}" in door for name in named), door
