"""A file of products that a person drops: read, priced in batches, and given back with what was said of each row."""
