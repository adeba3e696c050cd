"""JSON's numbers and switches told apart in what a request says: Pydantic takes false for 0, and 1 for true.

Texts still count for both where Pydantic reads them, since hand-written files come as texts.
"""

from pydantic import BeforeValidator


def _no_switch(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


def _no_number(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError("must be true or false, not a number")
    return value


NO_SWITCH = BeforeValidator(_no_switch)  # of a field that is a number
NO_NUMBER = BeforeValidator(_no_number)  # of a field that is a switch
