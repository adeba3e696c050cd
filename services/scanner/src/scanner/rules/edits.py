"""What a person may do to the book of rules, each as a change of the whole, and what no book may be. Pure: the store keeps it.

A rule that is new has the id 0 until it is stored.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from common.conditional.entity_tag import require_match
from common.errors import InvalidInputError, NotFoundError
from scanner.rules.rule import Mode, Rule, RuleBook

MOST_RULES = 200
MOST_TEXT = 500_000  # characters of all conditions and channels as JSON, so that a file of all rules is one that is taken back
ENVIRONMENT, PERSON = "environment", "person"

Edit: TypeAlias = Callable[[RuleBook], RuleBook]


def added(rule: Rule) -> Edit:
    """With one more, the last."""
    return lambda book: _checked(replace(book, rules=(*book.rules, rule)))


def changed(rule_id: int, edit: Callable[[Rule], Rule], if_match: str | None = None) -> Edit:
    """With one as `edit` makes it. It is a person's from then on, unless nothing about it is new.

    PreconditionFailedError where it is none of those that `if_match` names (None: whatever it is).
    """

    def change(book: RuleBook) -> RuleBook:
        former = _as_read(rule_of(book, rule_id), if_match)
        latter = replace(edit(former), id=former.id, origin=former.origin)
        latter = latter if latter == former else replace(latter, origin=PERSON)
        return _checked(replace(book, rules=tuple(latter if each is former else each for each in book.rules)))

    return change


def removed(rule_id: int, if_match: str | None = None) -> Edit:
    """Without one. PreconditionFailedError as in `changed`."""

    def change(book: RuleBook) -> RuleBook:
        gone = _as_read(rule_of(book, rule_id), if_match)
        return replace(book, rules=tuple(each for each in book.rules if each is not gone))

    return change


def ordered(ids: Sequence[int]) -> Edit:
    """In this order, which names each rule once."""

    def change(book: RuleBook) -> RuleBook:
        known = {each.id: each for each in book.rules}
        if len(set(ids)) < len(ids):
            raise InvalidInputError("names a rule twice", "ids")
        if unknown := [each for each in ids if each not in known]:
            raise InvalidInputError(f"there is no rule {unknown[0]}", "ids")
        if missing := [each for each in book.rules if each.id not in ids]:
            raise InvalidInputError(f'leaves out rule {missing[0].id} "{missing[0].name}"', "ids")
        return replace(book, rules=tuple(known[each] for each in ids))

    return change


def in_mode(mode: Mode) -> Edit:
    """With another mode."""
    return lambda book: replace(book, mode=mode)


def joined(others: Sequence[Rule], mode: Mode | None) -> Edit:
    """With these behind its own, none of which has the name of one; the mode cannot change by that."""

    def change(book: RuleBook) -> RuleBook:
        if mode is not None and mode != book.mode:
            raise InvalidInputError(f"it is {book.mode} here: leave the mode out, or replace all rules", "mode")
        here = {each.name.casefold() for each in book.rules}
        for number, each in enumerate(others, 1):
            if each.name.casefold() in here:
                raise InvalidInputError(f'rule {number} "{each.name}", name: a rule of this name is here already', "name")
        return _checked(replace(book, rules=(*book.rules, *others)))

    return change


def replaced(others: Sequence[Rule], mode: Mode | None) -> Edit:
    """These in the place of all. One of a name that was there keeps its id, and where it says the same its origin."""

    def change(book: RuleBook) -> RuleBook:
        former = {each.name.casefold(): each for each in book.rules}
        rules = [_in_place_of(former.get(each.name.casefold()), each) for each in others]
        return _checked(replace(book, rules=tuple(rules), mode=mode or book.mode))

    return change


def following(rule: Rule) -> Edit:
    """With the environment's rule as that is now, where nobody has edited it."""

    def follow(each: Rule) -> Rule:
        return replace(each, when=rule.when) if each.origin == ENVIRONMENT else each

    return lambda book: replace(book, rules=tuple(map(follow, book.rules)))


def rule_of(book: RuleBook, rule_id: int) -> Rule:
    """The rule of this id. NotFoundError where there is none."""
    found = next((each for each in book.rules if each.id == rule_id), None)
    if found is None:
        raise NotFoundError(f"there is no rule {rule_id}")
    return found


def _as_read(rule: Rule, if_match: str | None) -> Rule:
    """The same, where it is one that the header If-Match names."""
    require_match(rule.etag, if_match, f'the rule "{rule.name}"')
    return rule


def _in_place_of(former: Rule | None, latter: Rule) -> Rule:
    if former is None:
        return latter
    same = replace(latter, id=former.id, origin=former.origin)
    return same if same == former else replace(same, origin=PERSON)


def _checked(book: RuleBook) -> RuleBook:
    """The same. InvalidInputError for one that is too long, or in which two rules have one name."""
    if len(book.rules) > MOST_RULES:
        raise InvalidInputError(f"there would be {len(book.rules)} rules, and {MOST_RULES} are the most", "rules")
    if sum(len(each.when.model_dump_json()) + len(str(each.channels)) for each in book.rules) > MOST_TEXT:
        raise InvalidInputError(f"all rules together would be longer than {MOST_TEXT:,} characters", "rules")
    names = set[str]()
    for each in book.rules:
        if each.name.casefold() in names:
            raise InvalidInputError(f'another rule has the name "{each.name}"', "name")
        names.add(each.name.casefold())
    return book
