"""The parts of training.items_curate: sources, rules, scrubbing, tokens, duplicates, splits, sampling, charts and the hub."""
