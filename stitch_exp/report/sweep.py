"""What a sweep leaves behind: its tables, and one picture of all its cells."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stitch_exp.report.equal import at_equal_edit
from stitch_exp.report.finished import entries, read_runs
from stitch_exp.report.formats import Extras, write_benchmark
from stitch_exp.report.gallery import gallery, strip
from stitch_exp.report.table import Table, build
from stitch_exp.report.words import COLUMNS

STRIP = "strip.jpg"
CONSOLE = (
    "pivot_error", "edit_error", "border_error", "edit_change", "identity_to_source", "tl_id", "tg_id", "seam_error",
)  # fmt: skip
"""What a console shows: the first `CONSOLE_COLUMNS` of these that were measured; the page has the rest."""
CONSOLE_COLUMNS = 5


@dataclass(frozen=True, slots=True)
class SummedUp:
    """The end of a sweep."""

    tables: tuple[Table, ...]
    """With the columns of a console, those of identity by the first recogniser alone."""
    paths: tuple[Path, ...]
    """The page with everything, and the picture."""


def sum_up(cells: Sequence[Path], folder: Path) -> SummedUp | None:
    """Writes `benchmark.*` and `strip.jpg`; None when no cell was measured or filmed.

    Args:
        cells: Run folders, those that an earlier sweep completed included.
        folder: Of the sweep.
    """
    runs, failed = read_runs(cells)
    found = list(zip(entries(runs), (run.folder for run in runs), strict=True))
    rows = [entry for entry, _ in found]
    picture = strip(found, folder / STRIP)
    paths = [] if picture is None else [picture]
    tables = [table for table in build(rows) if table.columns]
    if any(run.results for run in runs):
        extras = Extras(gallery=gallery(found, folder), equal=at_equal_edit(rows))
        paths = [*write_benchmark(tables, folder, columns=list(COLUMNS), failed=failed, extras=extras)[-1:], *paths]
    shown = (_narrow(table) for table in tables)
    return SummedUp(tuple(table for table in shown if table.columns), tuple(paths)) if paths else None


def _narrow(table: Table) -> Table:
    named = table.narrowed(CONSOLE)
    firsts = {column.name: column for column in reversed(named.columns)}
    kept = [column for column in named.columns if firsts[column.name] is column]
    return replace(named, columns=tuple(kept[:CONSOLE_COLUMNS]))
