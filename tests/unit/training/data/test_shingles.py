"""Texts in any script are compared by their own words: those not in Latin are neither all one nor never the same."""

import pytest

from common.product_files.product_text import words_of
from training.data.market import product_keys
from training.data.rows import Row, group_names, split_held_out
from training.data.shingles import RepeatIndex, compared_words

KETTLE = "Чайник электрический\nКорпус из нержавеющей стали, объём полтора литра, мощность два киловатта, автоматическое отключение"
DRILL = "Дрель аккумуляторная\nДвигатель без щёток, два аккумулятора в комплекте, зарядное устройство и прочный кейс для хранения"
CHARGER = "充電器 USB\n急速充電に対応した小型の充電器で、二つの機器を同時に充電できます"
CABLE = "ケーブル USB\n丈夫な編み込みの被覆を持つ長さ二メートルの通信用ケーブルです"


@pytest.mark.parametrize(("text", "other"), [(KETTLE, DRILL), (CHARGER, CABLE), ("ที่ชาร์จ USB", "สายเคเบิล USB")])
def test_a_text_of_another_script_repeats_itself_and_no_other_one(text: str, other: str) -> None:
    index = RepeatIndex([text])
    assert index.repeats([text, other]) == [True, False]
    assert index.repeated_by(text.upper()) == {0}


def test_most_of_the_words_in_another_script_are_a_repeat() -> None:
    title, contents = CHARGER.split("\n")
    assert RepeatIndex([CHARGER]).repeats([f"別名 {title}\n{contents[:-6]}送料無料です"]) == [True]


@pytest.mark.parametrize("text", ["Café crème, 5½ ft²", "GΕ XWF Water Ｆilter Parts 【New】", "Nikon™ 10Ω resistor kit"])
def test_a_latin_text_with_some_signs_is_compared_as_ever(text: str) -> None:
    assert compared_words(text) == words_of(text)


def test_products_with_names_in_another_script_are_products_of_their_own() -> None:
    assert len({*group_names([KETTLE, DRILL, KETTLE, CHARGER, CABLE])}) == 4
    assert len({*product_keys([Row(each) for each in (KETTLE, DRILL, KETTLE)])}) == 2


def test_a_file_in_another_script_is_held_out_in_part() -> None:
    names = ("чайник", "дрель", "лампа", "стул", "стол", "ковёр", "часы", "зонт", "ключ", "пила")
    rows = [Row(f"{one} {two} {three}", price=5.0) for one in names for two in names for three in names[:3]]
    fit, held = split_held_out(rows, fraction=0.2)
    assert len(fit) + len(held) == 300
    assert 35 < len(held) < 85
