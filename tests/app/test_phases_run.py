"""A command line that stands for two sweeps runs both, unless the first made nothing."""

import pytest

from stitch_exp.app import main, sweep
from stitch_exp.config.commandline import read


@pytest.mark.parametrize(
    ("failed", "commands", "code"), [(0, 2, 0), (1, 2, 1), (3, 1, 1)], ids=["all made", "one failed", "none made"]
)
def test_the_second_sweep_follows_unless_no_part_was_made(monkeypatch, failed, commands, code):
    ran = []

    def through_hydra(target, command):
        ran.append(command.words)
        sweep.num_cells, sweep.failed_cells = (3, failed) if len(ran) == 1 else (1, 0)
        return int(sweep.failed_cells > 0)

    monkeypatch.setattr(main, "_through_hydra", through_hydra)
    monkeypatch.setattr(sweep, "num_cells", 0)
    monkeypatch.setattr(sweep, "failed_cells", 0)
    assert main._all_phases("t", read(["-m", "parts=3"], "run")) == code
    assert ran == [["-m", "parts=3", "part=1,2,3"], ["-m", "parts=3"]][:commands]
