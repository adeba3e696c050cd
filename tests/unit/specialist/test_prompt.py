"""The prompt always ends where the price begins, however long the text."""

import pytest

from specialist.prompt import ANSWER, MAX_TEXT_CHARS, QUESTION, PromptEncoder, prompt, tidy


def by_character(text: str) -> list[int]:
    return [ord(character) for character in text]


@pytest.mark.parametrize("text", ["", "Lamp", "Lamp\nbright", "x" * 100_000])
def test_question_and_answer_are_never_cut(text: str) -> None:
    ids = PromptEncoder(by_character, max_text_tokens=10).ids(text)
    shown = "".join(map(chr, ids))
    assert shown.startswith(QUESTION)
    assert shown.endswith(ANSWER)
    assert len(ids) <= len(QUESTION) + 10 + len(ANSWER)


def test_only_a_bounded_part_of_a_text_is_tokenized() -> None:
    seen: list[str] = []

    def encode(text: str) -> list[int]:
        seen.append(text)
        return by_character(text)

    PromptEncoder(encode).ids("y" * 1_000_000)
    assert max(map(len, seen)) <= MAX_TEXT_CHARS


def test_white_space_is_squeezed_and_the_title_keeps_its_line() -> None:
    assert tidy("  A  lamp \n\n bright\t and\r\n small ") == "A lamp\nbright and small"
    assert prompt("Lamp") == "How much does this cost to the nearest dollar?\n\nLamp\n\nPrice is $"


def test_the_prompt_is_that_of_the_published_recipe_to_the_letter() -> None:
    """What ed-donner/pricer-2024-09-13_13.04.39 was trained on, and is asked: the price would follow, "226.00"."""
    text = (
        "Delphi FG0166 Fuel Pump Module\nDelphi brings 80 years of OE Heritage into each Delphi pump, ensuring quality "
        "and fitment. Manufacturer Delphi, Model Fuel Pump, Weight 2 pounds"
    )
    assert prompt(text) == (
        "How much does this cost to the nearest dollar?\n"
        "\n"
        "Delphi FG0166 Fuel Pump Module\n"
        "Delphi brings 80 years of OE Heritage into each Delphi pump, ensuring quality and fitment. "
        "Manufacturer Delphi, Model Fuel Pump, Weight 2 pounds\n"
        "\n"
        "Price is $"
    )
    shown = "".join(map(chr, PromptEncoder(by_character, max_text_tokens=1000).ids(text)))
    assert shown == prompt(text), "in tokens, too: question, text and answer meet without a character between them"
