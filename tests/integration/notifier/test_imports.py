"""What a notifier brings in at its start: it is no small part of what it weighs."""

import subprocess
import sys


def test_what_sends_and_what_reads_templates_comes_in_only_where_it_is_used() -> None:
    code = "import sys, notifier.app; print([each for each in ('apprise', 'jinja2', 'httpx2') if each in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
