"""A picture and an update beside the machine's limits."""

import json

import pytest

from bench import limits
from bench.limits import Bench, compiled, counted, main, row, table


def test_a_row_by_hand() -> None:
    """2 G multiply-adds at 4 G a second, 3 GB at 12 GB a second: 0.5 and 0.25 s; 1.5 s is twice the sum."""
    found = row("picture", 256, "float32", 1.5, (2_000_000_000, 3_000_000_000), (4e9, 12e9))
    assert (found["by_arithmetic"], found["by_memory"], found["of_limit"]) == (0.5, 0.25, 2.0)
    assert table([found]).splitlines()[-1] == "| picture, 256 px, float32 | 2.00 | 3.00 | 1500 | 500 | 250 | 2.0 |"


def test_an_update_multiplies_more_than_a_picture_and_changes_the_weights() -> None:
    bench = Bench("mini", 128)
    before = bench.picture("float32").clone()
    picture, update = (counted(run) for run in (lambda: bench.picture("float32"), lambda: bench.update("float32")))
    assert update[0] > 2 * picture[0] > 0 and update[1] > 2 * picture[1] > 0
    assert bench.picture("float32").equal(before), "the model's own weights stay"


def test_the_command_measures_and_writes(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(limits, "precisions", lambda: ["float32"])
    monkeypatch.setattr(limits, "MATRIX", 64)
    monkeypatch.setattr(limits, "COPY", 1 << 16)
    rows = main(["--model", "mini", "--sides", "128", "--repeats", "1", "--out", str(tmp_path)])
    assert [found["what"] for found in rows] == ["picture", "update"]
    assert json.loads((tmp_path / "limits.json").read_text()) == rows
    assert "| update, 128 px, float32 |" in capsys.readouterr().out


@pytest.mark.parametrize("compiler", [None, "g++"])
def test_where_nothing_can_be_compiled_the_table_says_so(monkeypatch, compiler) -> None:
    def refuses(network):
        raise RuntimeError("no kernel\nand much more")

    monkeypatch.setattr(limits.shutil, "which", lambda name: compiler)
    monkeypatch.setattr(limits.torch, "compile", refuses)

    class Nothing:
        side, generator, codes = 8, type("G", (), {"synthesis": None}), None

    line = table([compiled(Nothing(), 1)]).splitlines()[-1]
    assert line.count("|") == 8
    assert ("RuntimeError: no kernel" if compiler else "no C++ compiler here") in line.split("|")[4]
