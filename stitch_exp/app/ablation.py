"""`make ablation`: run the ablation on six clips and rebuild `docs/results.md`.

Where `experiment=paper_table` was run, too, its table stands on the page beside the published numbers.

`python -m stitch_exp.app.ablation [--page-only] [overrides of run.py ...]`
"""

from __future__ import annotations

import glob
import subprocess
import sys
from pathlib import Path

from hydra.errors import HydraException
from omegaconf import OmegaConf

from stitch_exp.config.schema import PROJECT
from stitch_exp.errors import StitchError
from stitch_exp.report.finished import FinishedRun, entries, find_runs
from stitch_exp.report.results import write_results
from stitch_exp.types import Clip

EXPERIMENT, BESIDE = "ablation", "paper_table"


def main(arguments: list[str]) -> int:
    """Sweep, then write the page; complete cells are not run again.

    Args:
        arguments: Overrides for `run.py`; `--page-only` skips the sweep.
    """
    overrides = [item for item in arguments if item != "--page-only"]
    code = 0
    if "--page-only" not in arguments:
        command = [sys.executable, str(PROJECT / "run.py"), "-m", f"experiment={EXPERIMENT}", "logger=none", *overrides]
        code = subprocess.run(command, check=False).returncode
    try:
        page = rebuild(_outputs(overrides), PROJECT / "docs")
    except StitchError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(f"{page}\n")
    return code


def rebuild(outputs: Path, docs: Path) -> Path:
    """Write `results.md` and its pictures from the finished cells, and the paper's table where it was run.

    Args:
        outputs: Folder with the experiments.
        docs: Where `results.md` and `results/` go.
    """
    found, failed = _runs(outputs / EXPERIMENT)
    beside = entries(_runs(outputs / BESIDE)[0]) if (outputs / BESIDE).is_dir() else []
    return write_results(found, entries(found), failed, docs, source_of, beside)


def _runs(folder: Path) -> tuple[list[FinishedRun], list[tuple[str, str]]]:
    return find_runs(f"{glob.escape(str(folder))}/**")


def source_of(run: FinishedRun) -> Clip | None:
    """The clip a run edited, opened again from its settings; None when it is gone."""
    from stitch_exp.building.builder import Builder

    try:
        return Builder(OmegaConf.create(run.config)).source()()
    except (StitchError, HydraException, KeyError):
        return None


def _outputs(overrides: list[str]) -> Path:
    chosen = [item.partition("=")[2] for item in overrides if item.startswith("paths.outputs=")]
    return Path(chosen[-1] if chosen else PROJECT / "outputs")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
