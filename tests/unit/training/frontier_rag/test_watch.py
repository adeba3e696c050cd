"""Long runs tell how far they are, and no time before there is a rate to reckon it by."""

import io

from rich.console import Console

from training.frontier_rag.watch import watching


def test_the_time_that_is_left_is_told_once_something_is_done() -> None:
    said = io.StringIO()
    with watching(Console(file=said, width=200)) as watch:
        watch.told("comparing", 0, 700)
        watch.told("comparing", 700, 700)
    first, last = said.getvalue().splitlines()
    assert first == "comparing: 0 of 700"
    assert last.startswith("comparing: 700 of 700, ")
    assert last.endswith(" products/s, 0 s left")
