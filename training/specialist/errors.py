"""What a training run can fail with, each with a message that says why and what to do.

RunError
├── BaseError     the base cannot be loaded or adapted
└── LengthError   a prompt and its price can be longer than the sequence: the price would be cut off
"""


class RunError(Exception):
    """A run cannot begin or go on."""


class BaseError(RunError):
    """The base cannot be loaded or adapted."""


class LengthError(RunError):
    """A prompt and its price can be longer than the sequence: the price would be cut off."""
