"""Rules as a file: pleasant to write by hand, the same after a round trip, and refused with the place where anything is wrong."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from common.alerts.conditions import Conditions
from common.errors import InvalidInputError
from scanner.rules.rule import Rule, RuleBook, default_rule
from scanner.rules.rule_file import MOST_BYTES, read, written
from scanner.rules.schemas import RuleRequest

BY_HAND = """
mode: all
rules:
  - name: Big televisions
    priority: high
    channels: [phone, Mail (1)]
    include: [title:tv, 65, no, on, 2024-01-01, "null", 1e3]
    exclude: refurbished
    conditions: new
    max_price: 900
    least_chance: .8
    least_pricers: 2
    include_all: no
    min_price: ~
    retailers:
  - {name: Everything, enabled: off}
"""


def test_words_are_words_and_one_word_needs_no_list() -> None:
    rules, mode = read(BY_HAND.encode())
    when = {
        "include": ("title:tv", "65", "no", "on", "2024-01-01", "null", "1e3"),
        "exclude": ("refurbished",),
        "conditions": ("new",),
        "max_price": 900,
        "least_chance": 0.8,
        "least_pricers": 2,
    }
    first = Rule(0, "Big televisions", Conditions.model_validate(when), ("phone", "Mail (1)"), "high")
    assert (rules, mode) == ([first, Rule(0, "Everything", Conditions(), enabled=False)], "all")


def test_what_is_written_is_as_short_as_a_person_would_write_it() -> None:
    drills = Rule(7, "Drills", Conditions(include=("no", "Bohrmaschine für €"), max_price=60), priority="high")
    lines = written(RuleBook((drills, default_rule()))).splitlines()[1:]
    assert lines == [
        "mode: first",
        "rules:",
        "- name: Drills",
        "  enabled: true",
        "  priority: high",
        "  include:",
        "  - 'no'",
        "  - Bohrmaschine für €",
        "  max_price: 60.0",
        "- name: Good deals",
        "  enabled: true",
        "  least_saving: 10.0",
        "  least_chance: 0.9",
        "  least_pricers: 2",
    ]


MONEY = st.none() | st.floats(0, 10_000_000)
WORDS = st.lists(st.text(min_size=1, max_size=40), max_size=4)
ANY_RULE = st.fixed_dictionaries(
    {"name": st.text(min_size=1, max_size=80)},
    optional={
        "enabled": st.booleans(),
        "priority": st.sampled_from(["low", "normal", "high", "urgent"]),
        "channels": WORDS,
        "when": st.fixed_dictionaries(
            {},
            optional={
                "feeds": WORDS,
                "include": WORDS,
                "exclude": WORDS,
                "retailers": WORDS,
                "include_all": st.booleans(),
                "conditions": st.lists(st.sampled_from(["new", "used"]), max_size=2),
                "max_price": MONEY,
                "least_percent": st.none() | st.floats(0, 100),
                "least_chance": st.none() | st.floats(0, 1, exclude_max=True),
                "least_pricers": st.none() | st.integers(0, 10),
            },
        ),
    },
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ANY_RULE, max_size=3))
def test_what_is_written_is_read_again_as_it_was(given_rules: list[dict[str, Any]]) -> None:
    rules = dict[str, Rule]()
    for each in given_rules:
        try:
            rule = RuleRequest.model_validate(each).rule
        except ValidationError:
            continue
        rules[rule.name.casefold()] = rule
    book = RuleBook(tuple(rules.values()), "all")
    assert read(written(book).encode()) == (list(book.rules), "all")


def flat(**fields: str) -> str:
    return "rules:\n- name: fine\n- name: TVs\n" + "".join(f"  {name}: {value}\n" for name, value in fields.items())


@pytest.mark.parametrize(
    ("text", "field", "why"),
    [
        (flat(max_price="cheap"), "rules.1.max_price", 'rule 2 "TVs", max_price: Input should be a valid number'),
        (flat(max_price=".nan"), "rules.1.max_price", 'rule 2 "TVs", max_price: Input should be a valid number'),
        (flat(max_price="nan"), "rules.1.max_price", 'rule 2 "TVs", max_price: Input should be a finite number'),
        (flat(max_price="inf"), "rules.1.max_price", 'rule 2 "TVs", max_price: Input should be a finite number'),
        (flat(max_price="-1"), "rules.1.max_price", 'rule 2 "TVs", max_price: Input should be greater than or equal to 0'),
        (flat(max_price="[1]"), "rules.1.max_price", 'rule 2 "TVs", max_price: Input should be a valid number'),
        (flat(least_chance="1"), "rules.1.least_chance", 'rule 2 "TVs", least_chance: Input should be less than 1'),
        (flat(least_pricers="1.5"), "rules.1.least_pricers", 'rule 2 "TVs", least_pricers: Input should be a valid integer'),
        (flat(conditions="[newish]"), "rules.1.conditions.0", 'rule 2 "TVs", conditions.0: Input should be '),
        (flat(include="['!!']"), "rules.1.include.0", 'rule 2 "TVs", include.0: Value error, needs a letter or a digit'),
        (flat(include="{a: b}"), "rules.1.include", 'rule 2 "TVs", include: Input should be a valid tuple'),
        (flat(priority="loud"), "rules.1.priority", 'rule 2 "TVs", priority: Input should be '),
        (flat(enabled="perhaps"), "rules.1.enabled", 'rule 2 "TVs", enabled: Input should be a valid boolean'),
        (flat(min_price="9", max_price="8"), "rules.1.when", 'rule 2 "TVs", when: Value error, min_price 9 is above max_price 8'),
        (flat(colour="red"), "rules.1.colour", 'rule 2 "TVs", colour: is no field of a rule'),
        (flat(when="{max_price: 5}"), "rules.1.when", 'rule 2 "TVs", when: is no field of a rule'),
        (flat(id="7"), "rules.1.id", 'rule 2 "TVs", id: is no field of a rule'),
        (flat(name="again"), "body", "line 4: name comes twice"),
        (flat(channels="[a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u]"), "rules.1.channels", 'rule 2 "TVs", ch'),
        ("rules:\n- name: a\n- name: A\n", "rules.1.name", 'rule 2 "A", name: rule 1 has it too'),
        ("rules:\n- enabled: true\n", "rules.0.name", "rule 1, name: Field required"),
        ('rules:\n- name: "a\\x1bb"\n', "rules.0.name", "rule 1, name: Value error, must not hold control characters"),
        ("rules:\n- text\n", "rules.0", "rule 1: is no mapping of fields"),
        ("rules:\n  a: {}\n", "rules", "needs a list of rules"),
        ("- name: a\n", "rules", "needs a list of rules"),
        ("", "rules", "needs a list of rules"),
        ("mode: some\nrules: []\n", "mode", "mode: Input should be 'first' or 'all'"),
        ("version: 1\nrules: []\n", "version", "version: is no field of a file of rules"),
        ("rules: " + "[" * 2_000, "body", "line 1: "),
        ("rules: [[[[[x]]]]]", "body", "line 1: is nested deeper than rules are"),
        ("a: &a [x]\nrules: [*a]\n", "body", "line 1: anchors and aliases are not taken here"),
        ("rules: [*a]\n", "body", "line 1: anchors and aliases are not taken here"),
        ("rules:\n- !!python/object/apply:os.system [ls]\n", "body", "line 2: tags are not taken here"),
        ("rules:\n- <<: {name: a}\n", "rules.0.<<", "rule 1, <<: is no field of a rule"),
        ("rules:\n- {[a]: b}\n", "body", "line 2: a name that is a list"),
        ("rules: []\n---\nrules: []\n", "body", "line 2: but found another document"),
        ("rules: [\n", "body", "line 2: "),
        ("rules: [\x00]\n", "body", "is not YAML"),
        ("rules:\n" + "- {name: a}\n" * 201, "rules", "holds 201 rules, more than 200"),
        ("# " + "x" * MOST_BYTES, "body", "is longer than 1,000,000 bytes"),
    ],
)
def test_a_wrong_file_is_refused_with_the_rule_the_field_and_the_reason(text: str, field: str, why: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        read(text.encode())
    assert (raised.value.field, str(raised.value)[: len(why)]) == (field, why)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="is not UTF-8"):
        read(b"rules: [\xff]")


def test_a_file_of_a_million_small_things_is_refused_within_seconds() -> None:
    with pytest.raises(InvalidInputError):
        read(b"rules:\n" + b"- a\n" * 240_000)


def test_a_bomb_of_aliases_is_refused_before_it_is_built() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{at}: &a{at} [*a{at - 1}, *a{at - 1}]" for at in range(1, 60)), "rules: [*a59]"]
    with pytest.raises(InvalidInputError, match="aliases"):
        read("\n".join(lines).encode())
