"""Opening files that may be packed."""

import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from common.product_files.packed import DAMAGED, open_packed

PACKERS = [(".jsonl", bytes), (".xz", lzma.compress), (".gz", gzip.compress), (".zst", zstandard.compress)]


@pytest.mark.parametrize(("suffix", "pack"), PACKERS)
def test_lines_come_out_of_every_kind_and_of_several_frames(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"rows{suffix}"
    path.write_bytes(pack(b"one\n") + pack("zwölf\n".encode()))
    with open_packed(path) as file:
        assert list(file) == [b"one\n", "zwölf\n".encode()]


@pytest.mark.parametrize(("suffix", "pack"), PACKERS[1:])
def test_damage_is_told_by_one_of_the_known_errors(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"rows{suffix}"
    whole = pack(b"".join(b"line %d\n" % n for n in range(9999)))
    path.write_bytes(whole[: len(whole) // 2] + b"\xff" * 99)
    with pytest.raises(DAMAGED), open_packed(path) as file:
        list(file)
