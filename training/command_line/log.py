"""What a command says of its stages while it runs."""

import time


def log(*words: object) -> None:
    """A line with the time."""
    print(time.strftime("%H:%M:%S"), *words, flush=True)
