"""What may be done to the book of rules, and what is refused."""

from dataclasses import replace

import pytest

from common.alerts.conditions import Conditions
from common.errors import InvalidInputError, NotFoundError, PreconditionFailedError
from scanner.rules import edits
from scanner.rules.rule import Rule, RuleBook, default_rule

DRILLS = Rule(1, "drills", Conditions(include=("drill",)))
SAWS = Rule(2, "saws", Conditions(include=("saw",)), origin=edits.ENVIRONMENT)
BOOK = RuleBook((DRILLS, SAWS))


def names(book: RuleBook) -> list[str]:
    return [each.name for each in book.rules]


def test_a_new_one_comes_last() -> None:
    assert names(edits.added(Rule(0, "lamps", Conditions()))(BOOK)) == ["drills", "saws", "lamps"]


def test_an_edited_one_keeps_id_and_place_and_is_a_persons_from_then_on() -> None:
    book = edits.changed(2, lambda _: Rule(0, "all saws", Conditions()))(BOOK)
    assert book.rules[1] == Rule(2, "all saws", Conditions(), origin=edits.PERSON)


def test_an_edit_that_says_the_same_changes_nothing() -> None:
    assert edits.changed(2, lambda each: replace(each, id=0, origin="person"))(BOOK) == BOOK


def test_order_and_mode_are_no_edit_of_a_rule() -> None:
    book = edits.in_mode("all")(edits.ordered([2, 1])(BOOK))
    assert (names(book), book.mode, book.rules[0].origin) == (["saws", "drills"], "all", edits.ENVIRONMENT)


def test_what_is_there_under_the_same_name_keeps_its_id_when_all_are_replaced() -> None:
    others = [replace(SAWS, id=0, origin="person"), Rule(0, "Drills", Conditions()), Rule(0, "new", Conditions())]
    book = edits.replaced(others, "all")(BOOK)
    assert [(each.id, each.name, each.origin) for each in book.rules] == [
        (2, "saws", "environment"),
        (1, "Drills", "person"),
        (0, "new", "person"),
    ]
    assert book.mode == "all"


def test_the_environments_rule_follows_it_and_no_other_does() -> None:
    book = edits.following(default_rule())(BOOK)
    assert book.rules == (DRILLS, replace(SAWS, when=default_rule().when))


@pytest.mark.parametrize(
    ("edit", "field", "why"),
    [
        (edits.added(Rule(0, "DRILLS", Conditions())), "name", 'another rule has the name "DRILLS"'),
        (edits.changed(1, lambda each: replace(each, name="saws")), "name", 'another rule has the name "saws"'),
        (edits.ordered([1]), "ids", 'leaves out rule 2 "saws"'),
        (edits.ordered([1, 2, 3]), "ids", "there is no rule 3"),
        (edits.ordered([1, 2, 2]), "ids", "names a rule twice"),
        (
            edits.joined([Rule(0, "x", Conditions()), Rule(0, "saws", Conditions())], None),
            "name",
            'rule 2 "saws", name: a rule of this name is here already',
        ),
        (edits.joined([], "all"), "mode", "it is first here: leave the mode out, or replace all rules"),
        (
            edits.joined([Rule(0, str(at), Conditions()) for at in range(199)], None),
            "rules",
            "there would be 201 rules, and 200 are the most",
        ),
        (
            edits.replaced([Rule(0, str(at), Conditions(include=(f"{at} {'y' * 90}",) * 100)) for at in range(60)], None),
            "rules",
            "all rules together would be longer than 500,000 characters",
        ),
    ],
)
def test_what_no_book_may_be_is_refused_naming_the_field(edit: edits.Edit, field: str, why: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        edit(BOOK)
    assert (raised.value.field, str(raised.value)) == (field, why)


@pytest.mark.parametrize("edit", [edits.changed(3, lambda each: each), edits.removed(3)])
def test_a_rule_that_is_not_there_is_not_found(edit: edits.Edit) -> None:
    with pytest.raises(NotFoundError, match="there is no rule 3"):
        edit(BOOK)


def test_a_rule_that_is_another_than_the_one_that_was_read_stays_as_it_is() -> None:
    read = edits.rule_of(BOOK, 2)
    renamed = edits.changed(2, lambda each: replace(each, name="all saws"))(BOOK)
    for edit in (edits.changed(2, lambda each: replace(each, name="mine"), read.etag), edits.removed(2, f'"0", {read.etag}')):
        assert edit(BOOK) != BOOK
        with pytest.raises(PreconditionFailedError, match='the rule "all saws" was changed since it was read'):
            edit(renamed)
    for named in (None, "*", f'"0",{edits.rule_of(renamed, 2).etag}'):
        assert edits.removed(2, named)(renamed) != renamed
    with pytest.raises(PreconditionFailedError):
        edits.removed(2, "")(renamed)


def test_an_entity_tag_tells_a_rule_by_what_a_person_may_change() -> None:
    rule = Rule(2, "saws", Conditions(include=("saw",)), ("phone",), "high", enabled=True)
    others = [
        replace(rule, **{name: value})
        for name, value in (
            ("name", "Saws"), ("when", Conditions()), ("channels", ()), ("priority", "normal"), ("enabled", False),
        )
    ]  # fmt: skip
    assert len({each.etag for each in (rule, *others)}) == 6
    assert replace(rule, id=3, origin="environment").etag == rule.etag
