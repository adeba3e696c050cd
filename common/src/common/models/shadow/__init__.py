"""A candidate prices what the one in use has priced, after the answer went out; how the two differ is told. Nobody waits for it."""
