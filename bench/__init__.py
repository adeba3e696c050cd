"""Benchmarks. Each prints one JSON object as its last line, with a peer or a bound from the same run beside its figures."""
