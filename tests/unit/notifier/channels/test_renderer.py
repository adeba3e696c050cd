"""A channel's pushes: by its template, by a chat model's text where that is true, or as all are."""

import pytest
from structlog.testing import capture_logs

from common.deals import Opportunity
from notifier.channels.channel import ChannelSettings
from notifier.channels.renderer import Renderer
from notifier.channels.sample import meagre_sample, sample
from tests.unit.notifier.samples import opportunity


def renderer(dashboard: str = "", **settings: object) -> Renderer:
    return Renderer("Phone", ChannelSettings.model_validate(settings), dashboard)


def says(words: str) -> Opportunity:
    return sample().model_copy(update={"wording": words})


def test_a_template_says_title_and_body_and_the_link_comes_last() -> None:
    push = renderer(template="{{ price }} {{ title }}\n{{ link }}\nBuy it").push_of(sample(), "id")
    assert (push.title, push.body.splitlines(), push.link) == (
        "$99 Acme Drill Driver Kit",
        ["Buy it", "https://shop.example/drill"],
        "https://shop.example/drill",
    )
    assert push.id == "id"


def test_a_demo_deal_and_a_repeat_are_marked_whatever_the_template_says() -> None:
    push = renderer(template="Look!").push_of(opportunity(feed="demo"), "id", is_repeat=True)
    assert push.title == "DEMO · Look!"
    assert push.body.startswith("You may have this already")


def test_a_template_that_fails_at_a_deal_costs_nobody_the_push_and_is_told() -> None:
    made = renderer(template="{{ title }}\n{{ shipping + 1 }}")
    with capture_logs() as logs:
        push = made.push_of(meagre_sample(), "id")
    assert push.title == "Kettle"
    assert push.body.splitlines()[0] == "$12.50, worth about $20 ($15.00 to $25)"
    assert push.body.splitlines()[-1].startswith("Your template failed here: line 2: ")
    assert made.trouble
    assert [each["event"] for each in logs] == ["template_failed"]
    assert "failed" not in made.push_of(sample(), "id").body
    assert made.trouble == ""


def test_the_dashboards_page_is_told_once() -> None:
    page = "https://me.example/opportunities/sample"
    assert renderer("https://me.example/").push_of(sample()).body.splitlines()[-2] == f"More: {page}"
    assert renderer("https://me.example", template="{{ title }}\nSee {{ page }}").push_of(sample()).body.count(page) == 1
    assert "More" not in renderer().push_of(sample()).body


def test_a_channel_gives_its_own_priority() -> None:
    asked = sample().model_copy(update={"priority": "high"})
    assert renderer().push_of(asked).priority == "high"
    assert renderer(priority={"high": "urgent"}).push_of(asked).priority == "urgent"


def test_a_true_text_of_a_chat_model_stands_in_the_place_of_the_body_where_the_channel_wants_it() -> None:
    push = renderer(use_wording=True, template="{{ percent }} % off\nbody").push_of(sample())
    assert push.title == "33 % off"
    assert push.body.splitlines() == [sample().wording, "https://shop.example/drill"]
    assert renderer().push_of(sample()).body.startswith("$99, worth")


@pytest.mark.parametrize(
    "words",
    [
        "Now $99, worth about $149.",
        "Pay $99.00 instead of $149: you save 33 %, and that is 94 % sure.",
        "The kit costs $99; worth is $120 to $180, about $149.",
    ],
)
def test_a_text_with_true_figures_is_shown(words: str) -> None:
    assert renderer(use_wording=True).push_of(says(words)).body.startswith(words)


@pytest.mark.parametrize(
    "words",
    [
        "Only $98, worth about $149.",
        "Now $99, worth about $199.",
        "Now $99.",
        "Worth about $149.",
        "Now $99, worth about $149: half off!",
        "Now $99, worth about $149, 50 % off.",
        "Now $99, worth about $149, was $299.",
        "Now $99, worth about $149, 4 left.",
        "Now $99, worth about $149. See https://evil.example",
        "Now $99, worth about $149, ５0 % off",
        "Now $99, worth about $149 ٣",
        "",
        "Now $99, worth about $149." + " x" * 400,
    ],
)
def test_a_text_with_a_figure_that_is_not_true_or_without_price_and_worth_is_not(words: str) -> None:
    assert renderer(use_wording=True).push_of(says(words)).body.startswith("$99, worth about $149 ($120 to $180)\n")


def test_a_number_of_the_title_may_stand_in_the_text_as_what_it_is_and_not_as_money() -> None:
    deal = sample().deal.model_copy(update={"title": "Drill 20 V"})
    named = sample().model_copy(update={"deal": deal, "wording": "The 20 V drill is $99, worth about $149."})
    assert renderer(use_wording=True).push_of(named).body.startswith("The 20 V drill")
    priced = named.model_copy(update={"wording": "Save $20: $99, worth about $149."})
    assert not renderer(use_wording=True).push_of(priced).body.startswith("Save")
