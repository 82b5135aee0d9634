"""The end of a sweep: which cells are done, which were skipped, which failed and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table

failed_cells = 0
"""How many cells of the last sweep of this process failed."""


class SweepSummary(Callback):
    """Prints one line per cell when a sweep ends; works for every launcher, as it reads the run folders."""

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        global failed_cells
        cells = [json.loads(path.read_text()) for path in sorted(Path(config.hydra.sweep.dir).glob("*/status.json"))]
        failed_cells = sum(cell["status"] not in ("complete", "skipped") for cell in cells)
        table = Table("cell", "status", "why", title=f"{len(cells)} cells, {failed_cells} failed", title_justify="left")
        for cell in cells:
            table.add_row(cell.get("name", "?"), cell["status"], cell.get("error", ""))
        Console(stderr=True).print(table)
