"""What a benchmark tells of the processor and of times beside float32."""

from pathlib import Path

from bench.processor import beside_float32, best_in_turns, processor

OLD = "processor\t: 0\nmodel name\t: AMD EPYC 7B12\nflags\t\t: fpu sse2 avx avx2 fma\n\nprocessor\t: 1\nflags\t\t: none\n"
NEW = "model name\t: Xeon\nflags\t\t: avx2 avx512f avx512_vnni avx_vnni amx_bf16 amx_tile amx_int8\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd asimddp i8mm\n"


def flags_of(folder: Path, text: str) -> set[str]:
    path = folder / "cpuinfo"
    path.write_text(text, encoding="utf-8")
    return {name for name, has in processor(path)["flags"].items() if has}


def test_flags_are_those_of_the_first_processor(tmp_path: Path) -> None:
    assert flags_of(tmp_path, OLD) == {"avx2"}
    assert flags_of(tmp_path, NEW) == {"avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx"}
    assert flags_of(tmp_path, ARM) == {"asimddp", "i8mm"}


def test_a_system_that_does_not_tell_has_no_flags_rather_than_false_ones(tmp_path: Path) -> None:
    assert processor(tmp_path / "absent")["flags"] is None


def test_what_is_measured_in_turns_runs_as_often() -> None:
    runs: list[str] = []
    found = best_in_turns({"a": lambda: runs.append("a"), "b": lambda: runs.append("b")}, rounds=3)
    assert runs == ["a", "b"] * 4  # one round warms up
    assert set(found) == {"a", "b"}


def test_below_one_is_slower_than_float32() -> None:
    cases = {"short": {"int8": 4.0, "float32": 6.0}, "long": {"int8": 50.0, "float32": 40.0}}
    told = beside_float32(cases, "int8")
    assert told["float32_to_served"] == {"short": 1.5, "long": 0.8}
    assert (told["served"], told["least"]) == ("int8", 0.8)
    assert beside_float32(cases, "float32")["least"] == 1.0
