"""What pip-audit tells, as lines."""

from supply_chain.known_faults import lines


def test_each_fault_is_a_line_with_the_version_that_mends_it() -> None:
    told = [
        {"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2", "3"]}, {"id": "X-2", "fix_versions": []}]},
        {"name": "b", "version": "1", "vulns": []},
        {"name": "c", "skip_reason": "not found"},
    ]
    assert list(lines(told)) == ["a 1: X-1, mended in 2, 3", "a 1: X-2, mended in no version yet"]
