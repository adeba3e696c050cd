"""Command line of the whole system: run it, ask it, see what is missing."""
