"""Groups of near-duplicates: what LSH finds is right, what it misses is bounded, and no split shares a near-duplicate."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from tests.integration.training.curation.fixtures import WORDS, item
from training.curation.assemble import Choice, choose, deduplicate, separate
from training.curation.chunks import cut
from training.curation.curator import Curator
from training.curation.duplicates import Corpus, Groups, find_groups, group_keys, is_kept, load_corpus, parts
from training.curation.fingerprints import fingerprints
from training.curation.output import load_columns
from training.curation.settings import Settings
from training.curation.shards import Item, Report, write_shard
from training.curation.splits import SPLITS, Shares
from training.curation.stats import CurationStats
from training.data.shingles import RepeatIndex


def shard(folder: Path, items: list[Item], number: int = 0) -> None:
    write_shard(folder, items, fingerprints(items), [], Report(number, len(items), len(items), CurationStats()))


def corpus_of(folder: Path, texts: list[str]) -> Corpus:
    shard(folder, [item(text, source=str(place)) for place, text in enumerate(texts)])
    return load_corpus(folder, [0])


def labels_of(corpus: Corpus) -> list[int]:
    *_, (_, groups) = find_groups(corpus)
    return [int(label) for label in groups.all_labels()]


def words(seed: int, count: int = 40) -> str:
    draw = random.Random(seed)
    return " ".join(draw.choice(WORDS) for _ in range(count))


def text(seed: int, title: str | None = None, count: int = 40) -> str:
    return f"{title or f'thing {seed}'}\n{words(seed, count)}"


def test_same_words_same_title_and_shared_runs_make_a_group(tmp_path: Path) -> None:
    near = f"another title\n{' '.join(words(1).split()[6:])} {words(50, 6)}"
    same_words = text(1).upper().replace("\n", "\n* ")
    texts = [text(1), text(2), same_words, near, text(3, title="Thing 2!"), text(4)]
    assert labels_of(corpus_of(tmp_path, texts)) == [0, 1, 0, 0, 1, 5]


def test_texts_that_share_less_than_half_stay_apart(tmp_path: Path) -> None:
    shared = " ".join(words(1).split()[:20])
    assert labels_of(corpus_of(tmp_path, [text(1), f"other\n{shared} {words(2, 20)}"])) == [0, 1]


def test_a_chain_of_near_duplicates_is_one_group(tmp_path: Path) -> None:
    long = words(9, 100).split()
    texts = [f"part {at}\n{' '.join(long[at : at + 40])}" for at in (0, 12, 24, 36, 48)]
    assert labels_of(corpus_of(tmp_path, texts)) == [0, 0, 0, 0, 0]


def test_texts_without_a_run_of_six_words_are_compared_whole(tmp_path: Path) -> None:
    assert labels_of(corpus_of(tmp_path, ["lamp", "Lamp.", "kettle", "brass lamp"])) == [0, 0, 2, 3]


def test_texts_in_another_script_are_compared_by_their_own_words(tmp_path: Path) -> None:
    charger, cable = "充電器 USB\n二つの機器を同時に充電できます", "ケーブル USB\n長さ二メートルの通信用です"
    assert labels_of(corpus_of(tmp_path, [charger, cable, charger, "充電器 usb\nまったく別の説明がここにあります"])) == [0, 1, 0, 0]


def test_nothing_is_no_group(tmp_path: Path) -> None:
    assert labels_of(load_corpus(tmp_path, [])) == []


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40))
def test_union_find_gives_the_connected_components(pairs: list[tuple[int, int]]) -> None:
    groups = Groups(31)
    plain = list(range(31))
    for a, b in pairs:
        groups.join(np.array([a]), np.array([b]))
        old, new = sorted((plain[a], plain[b]), reverse=True)
        plain = [new if label == old else label for label in plain]
    assert groups.all_labels().tolist() == plain
    assert groups.count == len(set(plain))
    at_once = Groups(31)
    at_once.join(np.array([a for a, _ in pairs], np.int64), np.array([b for _, b in pairs], np.int64))
    assert at_once.all_labels().tolist() == plain


@settings(max_examples=50)
@given(st.lists(st.integers(0, 2**64 - 1), max_size=60), st.integers(1, 20))
def test_parts_hold_every_row_once_and_equal_hashes_together(values: list[int], size: int) -> None:
    hashes = np.array(values * 2, np.uint64)
    found = [part.tolist() for part in parts(hashes, size)]
    assert sorted(row for part in found for row in part) == list(range(len(hashes)))
    seen = [{int(hashes[row]) for row in part} for part in found]
    assert sum(map(len, seen)) == len(set(values))


def test_of_a_group_the_smallest_key_stays_whatever_the_order() -> None:
    keys, labels = np.array([7, 3, 9, 3, 1], np.uint64), np.array([0, 0, 2, 0, 2])
    assert is_kept(keys, labels).tolist() == [False, True, False, False, True]  # of equal keys the first
    assert group_keys(keys, labels).tolist() == [3, 3, 1, 3, 1]


def split_texts(folder: Path, texts: list[str], near: str, cuts: int = 1) -> list[list[str]]:
    """Texts of train, validation and test, from shards of their own each."""
    items = [item(text, source=str(place)) for place, text in enumerate(texts)]
    size = max(1, -(-len(items) // cuts))
    parts = [items[at : at + size] for at in range(0, len(items), size)]
    for number, part in enumerate(parts):
        shard(folder, part, number)
    numbers = list(range(len(parts)))
    corpus, columns = load_corpus(folder, numbers), load_columns(folder, numbers)
    choice = Choice(sample="none", near=near, shares=Shares(0.3, 0.3))
    found = deduplicate(corpus, near, CurationStats(), lambda stage, words: None)
    taken, marks = choose(corpus, columns, found, choice)
    stays = np.setdiff1d(np.arange(len(taken)), separate(corpus, taken, marks))
    return [[texts[row] for row in taken[stays][marks[stays] == mark]] for mark in range(len(SPLITS))]


def assert_apart(splits: list[list[str]]) -> None:
    for place, texts in enumerate(splits):
        index = RepeatIndex([text for other, others in enumerate(splits) for text in others if other != place])
        assert [text for text in texts if index.repeated_by(text)] == []


@st.composite
def catalogues(draw: st.DrawFn) -> list[str]:
    """Texts pieced together from a few runs of words, so that many share more or less than half with others."""
    pieces = [words(seed, 14) for seed in range(draw(st.integers(2, 6)))]
    chosen = draw(st.lists(st.lists(st.integers(0, len(pieces) - 1), min_size=1, max_size=5), min_size=2, max_size=40))
    titles = draw(st.lists(st.integers(0, 60), min_size=len(chosen), max_size=len(chosen)))
    return [f"item {title}\n{' '.join(pieces[place] for place in places)}" for title, places in zip(titles, chosen, strict=True)]


@pytest.mark.parametrize("near", ["drop", "group"])
@settings(max_examples=60, deadline=None)
@given(texts=catalogues())
def test_no_two_splits_share_a_near_duplicate(tmp_path_factory: pytest.TempPathFactory, near: str, texts: list[str]) -> None:
    splits = split_texts(tmp_path_factory.mktemp("shards"), texts, near, cuts=3)
    assert_apart(splits)
    assert any(splits)


def test_splits_do_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    texts = [text(seed, title=f"thing {seed // 2}") for seed in range(60)]
    places = list(range(60))
    random.Random(1).shuffle(places)
    found = []
    for name, order in (("a", range(60)), ("b", places)):
        (tmp_path / name).mkdir()
        items = [item(texts[place], source=str(place)) for place in order]
        shard(tmp_path / name, items)
        corpus = load_corpus(tmp_path / name, [0])
        kept = deduplicate(corpus, "drop", CurationStats(), lambda stage, words: None)
        taken, marks = choose(corpus, load_columns(tmp_path / name, [0]), kept, Choice(sample="none", shares=Shares(0.3, 0.3)))
        found.append({(items[row].source, int(mark)) for row, mark in zip(taken, marks, strict=True)})
    assert found[0] == found[1]
    assert len(found[0]) == 30
    assert {mark for _, mark in found[0]} == {0, 1, 2}


def test_lsh_finds_nearly_all_that_the_exact_test_finds_in_real_rows_and_the_splits_share_none(
    shared_data: Path, tmp_path: Path
) -> None:
    data = shared_data / "data"
    curator = Curator(Settings(data / "llama3-tokenizer.model", tmp_path))
    reports = [curator(chunk) for chunk in cut([data / "products-dev.jsonl.xz"], tmp_path)]
    numbers = [report.number for report in reports]
    texts = [row for number in numbers for row in parquet.read_table(tmp_path / f"{number:06d}.rows.parquet")["text"].to_pylist()]
    corpus = load_corpus(tmp_path, numbers)
    labels = labels_of(corpus)
    index = RepeatIndex(texts)
    pairs = [(i, j) for i, text in enumerate(texts) for j in index.repeated_by(text) if i < j]
    missed = [pair for pair in pairs if labels[pair[0]] != labels[pair[1]]]
    assert len(pairs) > 20
    assert missed == []
    assert {label for label in labels if labels.count(label) > 1} <= {min(labels[i], labels[j]) for i, j in pairs}
    again = tmp_path / "again"
    again.mkdir()
    assert_apart(split_texts(again, texts, "group"))
