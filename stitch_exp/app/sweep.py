"""The end of a sweep: which cells are done, which were skipped, which failed and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stitch_exp.report.status import read_status

failed_cells = 0
"""How many cells of the last sweep of this process failed."""


class SweepSummary(Callback):
    """Prints one line per cell when a sweep ends; works for every launcher, as it reads the run folders."""

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        global failed_cells
        places = [path.parent for path in Path(config.hydra.sweep.dir).glob("*/status.json")]
        cells = [read_status(place) for place in sorted(places, key=lambda place: place.name.zfill(9))]
        failed_cells = sum(cell["status"] not in ("complete", "skipped") for cell in cells)
        table = Table("cell", "status", "why", title=f"{len(cells)} cells, {failed_cells} failed", title_justify="left")
        for cell in cells:
            words = (cell.get("name", "?"), cell["status"], cell.get("error", ""))
            table.add_row(*(escape(str(word)) for word in words))
        Console(stderr=True).print(table)
