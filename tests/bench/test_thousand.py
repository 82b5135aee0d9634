"""A sweep stopped in the middle and resumed, in the short form of `bench.thousand`: no processes, little of Hydra."""

import pytest
from hydra.core.hydra_config import HydraConfig

from bench import thousand
from bench.thousand import fails, failures_again, made, measure, straight, table
from stitch_exp.console.stopping import Stopped


def test_one_cell_in_a_hundred_fails() -> None:
    names = [f"{seed}/{strength}" for seed in range(20) for strength in range(1, 11)]
    assert [name for name in names if fails(name)] == ["0/7", "10/7"]
    assert failures_again(["0/7", "0/1"], ["0/7", "0/1", "0/7", "0/2"]) == 1


@pytest.fixture
def here(monkeypatch):
    """What the cells change of this process is as before afterwards."""
    for owner, name in (
        (thousand.job, "runner"), (thousand.environment, "return_freed_memory"), (HydraConfig.instance(), "cfg"),
        (thousand.sweep, "num_cells"), (thousand.sweep, "failed_cells"),
    ):  # fmt: skip
        monkeypatch.setattr(owner, name, getattr(owner, name))


def stop_before(monkeypatch, cell):
    """A signal arrives when so many cells are done."""
    left = iter(range(cell + 1))

    def check():
        if next(left) == cell:
            raise Stopped(15)

    monkeypatch.setattr(thousand.stopping, "check", check)


def test_a_stopped_sweep_goes_on_where_it_was_and_says_what_failed(here, tmp_path, monkeypatch, capsys) -> None:
    with monkeypatch.context() as patched, pytest.raises(Stopped):
        stop_before(patched, 8)
        straight(12, tmp_path)
    first = made(tmp_path / "thousand")
    assert first == [f"0/{strength}" for strength in range(1, 9)]
    capsys.readouterr()
    assert straight(12, tmp_path) == 1
    assert made(tmp_path / "thousand")[8:] == ["0/7", "0/9", "0/10", "1/1", "1/2"], "the failed one, and the rest"
    said = capsys.readouterr().err
    assert "12 cells, 1 failed" in said and "python run.py seed=0 edit.strength=7\n" in said
    table_of_all = (tmp_path / "thousand" / "sweep_2" / "benchmark.csv").read_text()
    assert table_of_all.count(",tl_id,") == 9, "a row a strength; the failed one has none"


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("launcher", [None, "basic"])
def test_processes_that_are_stopped_do_nothing_twice(tmp_path, launcher) -> None:
    row = measure(tmp_path, 20, launcher)
    assert (row["codes"], row["twice"], row["failed"]) == ([143, 1, 0], 0, 1)
    assert 10 <= row["first"] < 20 and row["first"] + row["second"] == 21, "20 cells, and the failed one once more"
    assert "| made twice | 0 |" in table([row])
