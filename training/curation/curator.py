"""From one chunk to one shard: the function that every worker of every engine runs.

Rules go from cheap to dear: price, characters, tokens, then repeats of excluded rows. Duplicates among the rows themselves and
the sample need all shards and come later. Knows nothing of engines.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

from common.product_files.product_text import squeeze
from common.product_files.record import TOO_DEEP
from training.curation.chunks import BATCH_ROWS, Chunk, Reading, Record, Reject
from training.curation.fingerprints import fingerprints
from training.curation.scrub import scrub
from training.curation.settings import Rules, Settings
from training.curation.shards import Item, Report, read_report, write_shard
from training.curation.stats import CurationStats
from training.curation.tokens import Tokens, load_tokens
from training.data.rows import Row, contents_text, product_text, read_rows, row_of
from training.data.shingles import RepeatIndex
from training.data.weight import weight_of

NO_PRICE, PRICE, CHARACTERS, TOKENS = "no price", "price out of range", "too few characters", "too few tokens"
EXCLUDED = "repeats an excluded row"
WHOLE = 4  # times the characters of an item: what is compared with excluded rows


class Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Add the time that passes within."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start


def _category(row: Row, name: str) -> str:
    """Files of Amazon-Reviews-2023 carry their category in their name; main_category there is often another shop's."""
    stem = name.split(".", 1)[0]
    return stem.removeprefix("meta_") if stem.startswith("meta_") else row.main_category


def _is_short(row: Row, most: int) -> bool:
    """Whether all texts of a row together cannot pass the rule of characters, before anything is made of them."""
    return sum(map(len, row.description)) + sum(map(len, row.features)) + len(row.details) + len(row.description) <= most


def cut_at_word(text: str, limit: int) -> str:
    """At most `limit` characters, without the beginning of a word that goes on."""
    if len(text) <= limit:
        return text
    end = text.rfind(" ", 0, limit + 1)
    return text[:end] if end > 0 else ""


class _Pass:
    """One chunk's way through the rules: what is kept, what was refused, the counts and the time."""

    def __init__(self, rules: Rules, tokens: Tokens, excluded: RepeatIndex | None, chunk: Chunk) -> None:
        self.rules, self.tokens, self.excluded, self.chunk = rules, tokens, excluded, chunk
        self.stats, self.clock = CurationStats(), Clock()
        self.rejects: list[Reject] = []

    def priced(self, found: Iterable[Record | Reject]) -> Iterator[tuple[Record, Row]]:
        for record in found:
            self.stats.rows += 1
            if isinstance(record, Reject):
                self.reject(record)
                continue
            if record.value.get("price") is None:  # spares unpriced texts all that follows
                self.stats.drop(NO_PRICE)
                continue
            try:
                row = row_of(record.value)
            except (RecursionError, TypeError, ValueError) as exc:
                self.reject(record.reject(TOO_DEEP if isinstance(exc, RecursionError) else "unusable values"))
                continue
            if row.price is None or isinstance(record.value["price"], bool):
                self.stats.drop(NO_PRICE)
            elif not self.rules.min_price <= row.price <= self.rules.max_price:
                self.stats.drop(PRICE)
            else:
                yield record, row

    def reject(self, reject: Reject) -> None:
        self.rejects.append(reject)
        self.stats.drop(reject.reason)

    def long_enough(self, found: Iterable[tuple[Record, Row]]) -> Iterator[tuple[Item, Row]]:
        for record, row in found:
            category = _category(row, self.chunk.name)
            self.stats.categories_read[category] = self.stats.categories_read.get(category, 0) + 1
            try:
                contents = "" if _is_short(row, self.rules.min_chars) else contents_text(row)
            except RecursionError:
                self.reject(record.reject(TOO_DEEP))
                continue
            self.stats.characters_read.add(len(contents))
            if len(contents) <= self.rules.min_chars:
                self.stats.drop(CHARACTERS)
                continue
            source = str(row.extra.get("parent_asin") or f"{self.chunk.name}@{record.offset}")
            yield Item(squeeze(row.title), category, row.price or 0.0, source, contents, len(contents)), row

    def scrubbed(self, item: Item) -> None:
        item.title = scrub(item.title)
        contents = cut_at_word(scrub(item.contents), self.rules.max_chars)
        item.text = "\n".join(part for part in (item.title, contents) if part)

    def tokenized(self, item: Item) -> bool:
        cut = self.tokens.cut(item.text, self.rules.max_tokens)
        self.stats.tokens_read.add(cut.whole)
        item.text, item.tokens = cut.text, cut.tokens
        if item.tokens <= self.rules.min_tokens:
            self.stats.drop(TOKENS)
            return False
        return True

    def new(self, pairs: list[tuple[Item, Row]]) -> list[tuple[Item, Row]]:
        """Those of which neither the text before scrubbing nor what is kept of it repeats an excluded row."""
        if not self.excluded:
            return pairs
        wholes = [f"{squeeze(row.title)}\n{item.contents}".strip()[: WHOLE * self.rules.max_chars] for item, row in pairs]
        is_old = map(any, zip(self.excluded.repeats([item.text for item, _ in pairs]), self.excluded.repeats(wholes), strict=True))
        kept = [pair for pair, old in zip(pairs, is_old, strict=True) if not old]
        if len(kept) < len(pairs):
            self.stats.drop(EXCLUDED, len(pairs) - len(kept))
        return kept

    def batch(self, found: list[Record | Reject]) -> list[Item]:
        with self.clock.time("rules"):
            pairs = list(self.long_enough(self.priced(found)))
        with self.clock.time("scrub"):
            for item, _ in pairs:
                self.scrubbed(item)
        with self.clock.time("tokenize"):
            pairs = [pair for pair in pairs if self.tokenized(pair[0])]
        with self.clock.time("exclude"):
            kept = self.new(pairs)
        with self.clock.time("weight"):
            for item, row in kept:
                item.weight = weight_of(row.details)
        return [item for item, _ in kept]


class Curator:
    """Makes the shard of a chunk and reports on it; a shard that is there already is only reported on. Loads once a worker."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.tokens = load_tokens(settings.tokenizer)
        # A damaged file of excluded rows is refused: a repeat must not slip through unseen.
        texts = [product_text(row) for path in settings.exclude for row in read_rows(path)]
        # As they are, and as this very program would keep them: either may be what a row repeats.
        self.excluded = RepeatIndex([*texts, *map(self._kept_form, texts)]) if texts else None

    def _kept_form(self, text: str) -> str:
        lines = [scrub(line) for line in text.split("\n")]
        return self.tokens.cut("\n".join(lines), self.settings.rules.max_tokens).text

    def __call__(self, chunk: Chunk) -> Report:
        """See the class."""
        done = read_report(self.settings.shards, chunk.number)
        if done:
            return done
        run = _Pass(self.settings.rules, self.tokens, self.excluded, chunk)
        items: list[Item] = []
        reading = Reading(chunk)
        source = iter(reading)
        while True:
            with run.clock.time("parse"):
                found = list(islice(source, BATCH_ROWS))
            if not found:
                break
            items += run.batch(found)
        with run.clock.time("hash"):
            prints = fingerprints(items)
        run.stats.kept = len(items)
        report = Report(chunk.number, reading.lines, len(items), run.stats, run.clock.seconds)
        with run.clock.time("write"):
            write_shard(self.settings.shards, items, prints, run.rejects, report)
        return report
