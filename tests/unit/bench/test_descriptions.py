"""The texts that benchmarks ask for: none twice, where an answer that is remembered would be measured in the place of a price."""

from bench.descriptions import unasked


def test_no_text_is_asked_twice_in_however_many_turns() -> None:
    texts = ["a lamp", "a drill", "a kettle"]
    asked = [unasked(texts, number) for number in range(300)]
    assert asked[:3] == texts
    assert len(set(asked)) == 300
    assert all(text.startswith(texts[number % 3]) for number, text in enumerate(asked))
