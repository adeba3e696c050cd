"""A person's own words for a push, and that they can do nothing but say something."""

import time

import pytest

from notifier.channels.facts import VARIABLES, Fault, TemplateFaultError, facts_of
from notifier.channels.renderer import check, text_by_template
from notifier.channels.sample import meagre_sample, sample
from notifier.channels.template import text_of
from notifier.message import default_text

DEFAULT = """{{ title }}
{{ price }}, worth about {{ worth }} ({{ low }} to {{ high }})
Saves about {{ saving }} ({{ percent }} %){% if chance %}, {{ chance }} % sure{% endif %}

{% if retailer %}{{ retailer }}, {% endif %}{{ condition }}: {{ why }}
{{ link }}"""


def fault(template: str) -> Fault:
    with pytest.raises(TemplateFaultError) as caught:
        check(template)
    return caught.value.fault


def test_the_first_line_is_the_title_and_the_link_is_left_for_the_end() -> None:
    title, lines = text_by_template(DEFAULT, sample())
    assert title == "Acme Drill Driver Kit"
    assert [line for line in lines if line] == default_text(sample())[1]


def test_every_variable_that_is_documented_has_a_value_and_no_other_has() -> None:
    assert set(facts_of(sample())) == set(facts_of(meagre_sample())) == set(VARIABLES)


def test_an_amount_counts_as_a_number_and_reads_as_a_price() -> None:
    said = text_of(
        "{{ price }}{% if price > 98 and saving < 51 %} good{% endif %} {{ unit_price }} {{ shipping }}", facts_of(sample())
    )
    assert said.title == "$99 good $49.50 / piece $5"


def test_rules_and_standing_can_be_told() -> None:
    template = "{{ rules|join(', ') }}{% if standing %}: lowest {{ standing.lowest }}, usual {{ standing.usual }}{% endif %}."
    check(template)
    assert text_of(template, facts_of(sample())).title == "Tools: lowest $95, usual $139."
    assert text_of(template, facts_of(meagre_sample())).title == "."


@pytest.mark.parametrize(
    ("template", "line", "words"),
    [
        ("{{ title }}\n{{ prise }}", 2, "there is no variable 'prise'"),
        ("{{ title }}\n\n{% if price %}", 3, "end of template"),
        ("a\n{{ standing.lowest }}", 2, "a deal may lack it"),
        ("{{ title.__class__ }}", 1, "there is no .__class__"),
        ("{{ title['__class__'] }}", 1, "a place in a list is a number"),
        ("{{ title|attr('x') }}", 1, "there is no filter 'attr'"),
        ("{{ title.upper() }}", 1, "nothing can be called"),
        ("{{ self }}", 1, "not for templates"),
        ("{{ range.__globals__ }}", 1, "there is no .__globals__"),
        ("{% set x = title ~ title %}{{ x }}", 1, "assign is not for templates"),
        ("{% include 'x' %}", 1, "include is not for templates"),
        ("{% for c in title %}a{% endfor %}", 1, "a loop goes over"),
        ("x\n{% for c in range(1000000000) %}a{% endfor %}", 2, "20 rounds at most"),
        ("{{ 'x' * 1000000000 }}", 1, "* is for numbers"),
        ("{{ '%999999999d' % 1 }}", 1, "% is for numbers"),
        ("{{ 9 ** 9 ** 9 ** 9 }}", 1, "pow is not for templates"),
        ("{{ 1 / 0 }}", 1, "division by zero"),
        ("{{ " + "-" * 900 + "1 }}", 1, "nested too deep"),
        ("{{ " + "(" * 900 + "1" + ")" * 900 + " }}", 0, "nested too deep"),
        ("x" * 4001, 0, "longer than 4,000"),
        ("{% for a in range(20) %}{% for b in range(20) %}{{ title }}{% endfor %}{% endfor %}", 0, "says more than"),
        ("{{ '' }}", 0, "it says nothing"),
    ],
)
def test_what_is_wrong_with_a_template_is_told_with_its_line(template: str, line: int, words: str) -> None:
    found = fault(template)
    assert words in found.message
    assert found.line == line


def test_what_a_template_costs_is_bounded_by_its_length() -> None:
    inner = "{% if title|upper|lower|title|trim|truncate(9)|upper|lower == '' %}{% endif %}" * 48
    template = "{% for a in range(20) %}{% for b in range(20) %}" + inner + "{% endfor %}{% endfor %}x"
    assert 3800 < len(template) < 4000
    started = time.process_time()
    assert text_of(template, facts_of(sample())).title == "x"
    assert time.process_time() - started < 5


def test_words_of_a_feed_stay_plain_and_are_never_a_template() -> None:
    hostile = sample().model_copy(
        update={"deal": sample().deal.model_copy(update={"title": "{{ 7 * 7 }} <b>@everyone</b>\x00\n\n"})}
    )
    title, lines = text_by_template("{{ title }}\n{{ title }}", hostile)
    assert title == lines[0] == "{{ 7 ∗ 7 }} ‹b›＠everyone‹/b›"
