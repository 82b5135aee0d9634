"""The end of a sweep: which cells are done, which were skipped, which failed and why; its table and its pictures."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stitch_exp.report.status import read_status

if TYPE_CHECKING:
    from stitch_exp.report import table as tables

num_cells = failed_cells = 0
"""How many cells the last sweep of this process had, and how many of them failed."""
MOST_LISTED = 60
"""A larger sweep lists only the cells that failed; its tables have the others."""


class SweepSummary(Callback):
    """Prints one line per cell, what makes each failed one alone, then the table.

    It reads the run folders, and so works for every launcher.
    """

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        global num_cells, failed_cells
        folder = Path(config.hydra.sweep.dir)
        places = sorted((path.parent for path in folder.glob("*/status.json")), key=lambda place: place.name.zfill(9))
        cells = {place: read_status(place) for place in places}
        failed = [cell for cell in cells.values() if cell["status"] not in ("complete", "skipped")]
        num_cells, failed_cells = len(cells), len(failed)
        console = Console(stderr=True)
        console.print(_listed(list(cells.values()) if len(cells) <= MOST_LISTED else failed, f"{num_cells} cells"))
        for cell in failed:
            console.print(_command(cell), markup=False, highlight=False, soft_wrap=True)
        _show_results(console, [Path(cell.get("same_as", place)) for place, cell in cells.items()], folder)


def _listed(cells: list[dict[str, Any]], title: str) -> Table:
    table = Table("cell", "status", "why", title=f"{title}, {failed_cells} failed", title_justify="left")
    for cell in cells:
        words = (cell.get("name", "?"), cell["status"], cell.get("error", ""))
        table.add_row(*(escape(str(word)) for word in words))
    return table


def _command(cell: dict[str, Any]) -> str:
    """What makes a failed cell alone."""
    return " ".join(["python run.py", *(shlex.quote(str(word)) for word in cell.get("overrides", []))])


def _show_results(console: Console, cells: list[Path], folder: Path) -> None:
    """What was measured, and where the page and the picture are; nothing that goes wrong here fails a finished cell."""
    try:
        from stitch_exp.report.sweep import sum_up  # heavy: numpy, torch, OpenCV

        end = sum_up(cells, folder)
    except Exception as error:
        text = f"the sweep's table could not be made ({error}); its cells are complete: try eval.py runs='{folder}/*'"
        console.print(f"[yellow]warning:[/yellow] {escape(text)}", highlight=False, soft_wrap=True)
        return
    if end is None:
        return
    for results in end.tables:
        console.print(_printed(results))
    for path in end.paths:
        sys.stdout.write(f"{path}\n")


def _printed(results: tables.Table) -> Table:
    from stitch_exp.report.words import ARROWS, title_of

    title = f"Means over clips{f', identity by {results.network}' if results.network else ''}"
    table = Table(title=title, title_justify="left")
    table.add_column("", overflow="fold")
    for column in results.columns:
        table.add_column(escape(f"{title_of(column.name)} {ARROWS[column.better]}"), justify="right", min_width=7)
    for method in results.methods:
        cells = (results.cell(method, column).text for column in results.columns)
        table.add_row(escape(method), *(escape(cell) for cell in cells))
    return table
