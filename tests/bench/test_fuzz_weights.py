"""The short form of the fuzzer of weight files; `python -m bench.fuzz.weight_files` is the long one."""

from pathlib import Path

import pytest

from bench.fuzz.weight_files import LIMITS, attempt, main, make_case
from bench.fuzz.weight_kinds import KINDS


def test_a_case_is_the_same_for_its_seed_and_number(tmp_path: Path) -> None:
    first, again, other = (make_case(seed, 7, tmp_path / str(place))[1] for place, seed in enumerate((1, 1, 2)))
    assert first.read_bytes() == again.read_bytes() != other.read_bytes()


def test_no_weight_file_ends_in_more_than_words(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--seed", "4", "--count", "8"])
    assert ended.value.code == 0, capsys.readouterr().out


def test_every_kind_is_reached(tmp_path: Path) -> None:
    kinds = {make_case(0, number, tmp_path / str(number))[0] for number in range(60)}
    assert kinds == set(KINDS)


def test_a_reader_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.fuzz.weight_files.load", lambda loader, path: 1 / 0)
    result = attempt(0, 0, make_case(0, 0, tmp_path / "0")[1], LIMITS)
    assert result.ending == "traceback"
