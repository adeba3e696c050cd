"""Free ports are such that nothing takes one before it is listened on."""

import socket
from pathlib import Path

import pytest

from pricer.local import ports


def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None) -> None:
    """The system says this of its own range; with None nothing."""
    file = tmp_path / "range"
    if text is not None:
        file.write_text(text)
    monkeypatch.setattr(ports, "_SYSTEMS", file)


@pytest.mark.parametrize(("text", "below"), [("32768\t60999\n", 32768), ("21000 65535", 21000), (None, 49152), ("", 49152)])
def test_they_differ_and_lie_below_those_that_the_system_gives_to_connections(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None, below: int
) -> None:
    given(monkeypatch, tmp_path, text)
    found = ports.free_ports(200)
    assert len(set(found)) == 200
    assert all(20_000 <= each < below for each in found)


@pytest.mark.parametrize("text", ["1024 65535", "20999 65535"])
def test_where_the_system_leaves_no_room_its_own_are_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    given(monkeypatch, tmp_path, text)
    found = ports.free_ports(20)
    assert len(set(found)) == 20
    for each in found:
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", each))


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_one_that_somebody_listens_on_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str) -> None:
    given(monkeypatch, tmp_path, "21000 65535")
    with socket.socket() as taken:
        taken.bind((host, ports.free_port()))
        taken.listen()
        monkeypatch.setattr(ports.random, "sample", lambda among, _: [taken.getsockname()[1], 20_500, *among])
        assert ports.free_port() != taken.getsockname()[1]


def test_where_too_few_are_free_that_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given(monkeypatch, tmp_path, "21000 65535")
    monkeypatch.setattr(ports.random, "sample", lambda among, _: among[:3])
    with pytest.raises(OSError, match="only 3 of 4 ports are free"):
        ports.free_ports(4)
