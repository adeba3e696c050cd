"""The whole run: every benchmark one after the other, what came of each kept as a file, and the page of them all."""
