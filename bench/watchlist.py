"""Measures how well a wish finds its offers: python -m bench.watchlist [--split test] [--show] [--speed]; one JSON line last.

The wishes of watchlist.psv are ours, written without a look at what would be found; which titles of the shared deals are the wanted
thing was told by reading, and is kept as digests: what nobody marked is taken for another thing, and what is unclear counts for
nobody. On `dev` the rules were made; `test` was marked when they were done: at the first look precision was 0.833 and recall 0.932.
`drawn` was marked after what that showed was mended: its products are those of titles drawn by chance (`random.Random(20261130)`,
60 of the market's and of the unlabelled in turn, but what names no product or is in the other lists), its first look said 0.917
and 0.895. What it showed was mended then, too: the present figures of both are not unseen. Beside what the scanner does: meaning
alone, its words and attributes alone, TF-IDF and shared words, each at the threshold that serves it best on `dev`.
Skips where the shared data is not ($PRICER_DATA).
"""

import argparse
import hashlib
import json
import lzma
import math
import re
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.settings import artifacts_dir, shared_data_dir
from frontier_rag.embedder import Embedder
from scanner.prices.product_text import product_title
from scanner.service import utc_now
from scanner.watchlist.matching import Offer, Sought, candidates, is_match
from scanner.watchlist.watch import Watch, WatchFields

WISHES = Path(__file__).with_name("watchlist.psv")
DIGITS = 8  # of a title's digest
ANY = ("new", "refurbished", "used", "open-box")
_WORD = re.compile(r"[a-z0-9]+")
Scores = dict[tuple[int, int], float]  # of (wish, offer)


@dataclass(frozen=True)
class Wished:
    """A wish and which offers are it; `unclear` count for nobody."""

    split: str
    text: str
    wanted: frozenset[int]
    unclear: frozenset[int]


def read_titles(folder: Path) -> list[str]:
    """Of all shared deals."""
    with lzma.open(folder / "data" / "deals-market.jsonl.xz", "rt", encoding="utf-8") as lines:
        titles = [json.loads(line)["title"].strip() for line in lines]
    titles += (folder / "feeds" / "deal-titles-unlabelled.txt").read_text(encoding="utf-8").splitlines()
    with (folder / "feeds" / "deals-labelled.jsonl").open(encoding="utf-8") as lines:
        titles += [json.loads(line)["title"].strip() for line in lines]
    return list(dict.fromkeys(title.strip() for title in titles if title.strip()))


def read_wishes(titles: Sequence[str]) -> list[Wished]:
    """The wishes with what was marked, as far as it is among the titles."""
    at = {hashlib.sha256(title.encode()).hexdigest()[:DIGITS]: place for place, title in enumerate(titles)}
    rows = [line.split("|") for line in WISHES.read_text(encoding="utf-8").splitlines()]
    sets = [[frozenset(at[digest] for digest in marked.split() if digest in at) for marked in row[2:]] for row in rows]
    return [Wished(row[0], row[1], *marked) for row, marked in zip(rows, sets, strict=True)]


def soughts_of(wishes: Sequence[Wished]) -> list[Sought]:
    """Whatever the condition: which product it is is asked for."""
    now = utc_now()
    return [Sought.of(Watch(n, WatchFields(text=each.text, conditions=ANY), now, now)) for n, each in enumerate(wishes)]


def figures(pairs: set[tuple[int, int]], wishes: Sequence[Wished], split: str) -> dict[str, float]:
    """Precision and recall over all pairs of a split."""
    by_wish: dict[int, set[int]] = defaultdict(set)
    for wish, offer in pairs:
        by_wish[wish].add(offer)
    right = wrong = missed = 0
    for number, wished in enumerate(wishes):
        if wished.split == split:
            said = by_wish[number] - wished.unclear
            right += len(said & wished.wanted)
            wrong += len(said - wished.wanted)
            missed += len(wished.wanted - said)
    precision, recall = right / max(right + wrong, 1), right / max(right + missed, 1)
    return {"precision": round(precision, 3), "recall": round(recall, 3), "right": right, "wrong": wrong, "missed": missed}


def best_of(scores: Scores, wishes: Sequence[Wished], thresholds: Sequence[float]) -> float:
    """The threshold of the greatest F1 on dev."""

    def quality(least: float) -> float:
        told = figures({pair for pair, score in scores.items() if score >= least}, wishes, "dev")
        return 2 * told["precision"] * told["recall"] / max(told["precision"] + told["recall"], 1e-9)

    return max(thresholds, key=quality)


def word_scores(wishes: Sequence[Sought], names: Sequence[str]) -> tuple[Scores, Scores]:
    """Cosine of TF-IDF, and the share of a wish's words that a title has."""
    told = [set(_WORD.findall(name.lower())) for name in names]
    counts = Counter(word for words in told for word in words)
    weight = {word: math.log((len(names) + 1) / (count + 1)) for word, count in counts.items()}
    length = [math.sqrt(sum(weight[word] ** 2 for word in words)) or 1.0 for words in told]
    having: dict[str, list[int]] = defaultdict(list)
    for at, words in enumerate(told):
        for word in words:
            having[word].append(at)
    cosine, shared = Scores(), Scores()
    for sought in wishes:
        asked = set(_WORD.findall(sought.wish.name.lower()))
        own = math.sqrt(sum(weight.get(word, 0.0) ** 2 for word in asked)) or 1.0
        for at in {at for word in asked for at in having[word]}:
            both = asked & told[at]
            pair = (sought.watch.id, at)
            cosine[pair] = sum(weight[word] ** 2 for word in both) / (own * length[at])
            shared[pair] = len(both) / len(asked)
    return cosine, shared


def measure(wishes: Sequence[Wished], offers: Sequence[Offer], split: str, show: bool) -> dict[str, object]:
    """All ways on one split."""
    soughts = soughts_of(wishes)
    embedder = Embedder.load(artifacts_dir() / "embedder", 2)
    names = [offer.name for offer in offers]
    near = embedder.embed([each.wish.name for each in soughts]) @ embedder.embed(names).T
    meaning = {(int(wish), int(at)): float(near[wish, at]) for wish, at in zip(*np.nonzero(near >= 0.3), strict=True)}
    cosine, shared = word_scores(soughts, names)
    found = candidates(soughts, offers)
    both = {(each.sought.watch.id, each.at) for each in found if is_match(each, float(near[each.sought.watch.id, each.at]))}
    words = {(each.sought.watch.id, each.at) for each in found if is_match(each, None)}
    told: dict[str, object] = {"both": figures(both, wishes, split), "words and attributes alone": figures(words, wishes, split)}
    steps = [step / 20 for step in range(6, 20)]
    for name, scores in (("meaning alone", meaning), ("TF-IDF", cosine), ("shared words", shared)):
        least = best_of(scores, wishes, steps)
        told[name] = {"least": least} | figures({pair for pair, score in scores.items() if score >= least}, wishes, split)
    if show:
        _show(both, wishes, offers, split)
    return told


def _show(both: set[tuple[int, int]], wishes: Sequence[Wished], offers: Sequence[Offer], split: str) -> None:
    for number, wish in enumerate(wishes):
        said = {at for who, at in both if who == number} - wish.unclear
        if wish.split == split:
            for sign, places in (("+", said - wish.wanted), ("-", wish.wanted - said)):
                for at in sorted(places):
                    print(f"{sign} {wish.text!r}: {offers[at].name[:100]}")


def speed(titles: Sequence[str]) -> dict[str, float]:
    """Seconds for 500 watches and 500 deals beside the embedding: first, and with what was read before."""
    now = utc_now()
    texts = [product_title(title)[:60] for title in titles[::7]]
    told = [text for text in texts if any(map(str.isalpha, text))]
    watches = [Watch(n, WatchFields(text=f"{text} under 9000"), now, now) for n, text in enumerate(told)]
    taken = {}
    for name in ("first", "again"):
        started = time.perf_counter()
        soughts = [Sought.of(watch) for watch in watches[:500]]
        found = candidates(soughts, [Offer.of(title, "", 50.0, "new") for title in titles[:500]])
        taken[name] = round(time.perf_counter() - started, 3)
    return {**taken, "candidates": len(found)}


def main() -> None:
    """Measure, and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--split", default="test", choices=("dev", "test", "drawn"), help="which wishes")
    arguments.add_argument("--show", action="store_true", help="each pair that was told wrongly (+) or missed (-)")
    arguments.add_argument("--speed", action="store_true", help="the time alone")
    given = arguments.parse_args()
    folder = shared_data_dir()
    if folder is None or not (folder / "data" / "deals-market.jsonl.xz").is_file():
        print(json.dumps({"skipped": "no shared deals here: set PRICER_DATA"}))
        return
    titles = read_titles(folder)
    if given.speed:
        print(json.dumps(speed(titles)))
        return
    wishes = read_wishes(titles)
    offers = [Offer.of(title, "", 1.0, "new") for title in titles]
    counts = {"wishes": sum(each.split == given.split for each in wishes), "titles": len(titles)}
    print(json.dumps({"split": given.split, **counts, **measure(wishes, offers, given.split, given.show)}))


if __name__ == "__main__":
    main()
