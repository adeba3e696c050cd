"""How a command fails: with a sentence for a person and the exit code that a script goes by (0 done, 1 failed, 2 misused)."""

FAILED, MISUSED = 1, 2
HOW_TO_START = "start everything with: pricer run (in a checkout: make run)"


class PricingFailedError(RuntimeError):
    """The service could not be asked or refused; the message is for a person."""


class UsageError(ValueError):
    """The arguments do not go together, or one of them cannot be used."""
