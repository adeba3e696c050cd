"""Counts of a curation that never was, in the shape of a real one."""

import random

from training.curation.stats import CurationStats

NAMES = ("Automotive", "Tools_and_Home_Improvement", "Toys", "", "<b>Lamps</b> under $5 & over $3")


def stats_of(rows: int, seed: int = 1) -> CurationStats:
    draw = random.Random(seed)
    stats = CurationStats(rows=rows)
    for number in range(rows):
        name = draw.choice(NAMES)
        characters, tokens = int(draw.lognormvariate(6.4, 0.7)), draw.randrange(100, 240)
        stats.categories_read[name] = stats.categories_read.get(name, 0) + 1
        stats.characters_read.add(characters)
        stats.tokens_read.add(tokens)
        if characters <= 300 or tokens <= 150:
            stats.drop("too few characters" if characters <= 300 else "too few tokens")
            continue
        price = min(max(draw.lognormvariate(3.6, 1.1), 0.5), 999.0)
        stats.kept += 1
        stats.categories_kept[name] = stats.categories_kept.get(name, 0) + 1
        stats.characters_kept.add(characters)
        stats.tokens_kept.add(min(tokens, 160))
        stats.prices_kept.add(price)
        stats.add_points([(number, price, characters)])
        if price > 40:
            stats.sampled += 1
            stats.categories_sampled[name] = stats.categories_sampled.get(name, 0) + 1
            stats.prices_sampled.add(price)
    stats.splits = {"train": stats.sampled, "validation": 0, "test": 0}
    return stats
