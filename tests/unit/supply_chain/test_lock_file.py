"""The lock file's parts: what a plain installation brings, what only extras do, and what is of development."""

from pathlib import Path

from supply_chain.lock_file import Locked, locked_packages

LOCK = """
[[package]]
name = "product-pricing-agent"
source = { editable = "." }
dependencies = [{ name = "common", extra = ["wide"] }]
[package.optional-dependencies]
gpu = [{ name = "torch" }]
[package.dev-dependencies]
dev = [{ name = "pytest" }]
[[package]]
name = "common"
source = { editable = "common" }
[package.optional-dependencies]
wide = [{ name = "arrow" }]
narrow = [{ name = "needle" }]
[[package]]
name = "arrow"
version = "1"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "numpy", version = "2" }]
[[package]]
name = "numpy"
version = "2"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "numpy"
version = "3"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "torch"
version = "4"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "needle"
version = "5"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "pytest"
version = "6"
source = { registry = "https://pypi.org/simple" }
"""


def test_a_package_belongs_to_the_nearest_part_that_brings_it(tmp_path: Path) -> None:
    path = tmp_path / "uv.lock"
    path.write_text(LOCK)
    assert locked_packages(path) == [
        Locked("arrow", ("1",), "delivered"),
        Locked("needle", ("5",), "optional"),
        Locked("numpy", ("2", "3"), "delivered"),
        Locked("pytest", ("6",), "development"),
        Locked("torch", ("4",), "optional"),
    ]
