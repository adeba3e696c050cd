"""bench.growth: texts of which no two are alike, and what is told of a process' looks."""

from bench.growth import Look, figures, new_texts


def test_no_text_comes_twice() -> None:
    texts = list(new_texts(2_000))
    assert len(set(texts)) == 2_000
    assert max(map(len, texts)) <= 2_000


def test_growth_is_told_by_thirds_of_the_texts() -> None:
    own = (100.0, 150.0, 155.0, 158.0, 159.0, 159.5, 159.5)
    looks = [Look(texts, 0.0, memory + 50, memory, 50.0, 8) for texts, memory in zip(range(0, 7_000, 1_000), own, strict=True)]
    assert figures(looks)["grown_mb"] == [55.0, 4.0, 0.5]
    assert figures(looks)["looks"][1] == {
        "texts": 1_000, "seconds": 0.0, "resident_mb": 200.0, "own_mb": 150.0, "files_mb": 50.0, "threads": 8
    }  # fmt: skip
