"""Why something was refused, as it is said beside the field that is wrong: without the field's name and a library's words."""

import re

from common.errors import InvalidInputError
from common.problem import plain

_FIELD = re.compile(r"^[a-z_]+(?:[.\[][\w\].]+)?: (?=\S)")


def reason(error: Exception) -> str:
    """`schedule.cron: Value error, cron must have five fields` as `cron must have five fields`."""
    if not isinstance(error, InvalidInputError):
        return str(error)
    return plain(_FIELD.sub("", str(error)))
