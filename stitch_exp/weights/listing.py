"""What `list` and `verify` show: one line a file."""

from collections.abc import Iterable
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from stitch_exp.weights.ledger import Ledger, mismatch, size_of
from stitch_exp.weights.registry import WeightFile, place

NARROW = 80
"""Columns of a terminal that every line has to fit."""


def overview(entries: Iterable[WeightFile], folder: Path) -> Table:
    """Every file the project knows: whether it is there, how big it is, who needs it, and under which licence.

    Two lines an entry, so that it fits 80 columns.
    """
    table = Table(title=f"weight files in {escape(str(folder))}", show_lines=True, width=NARROW)
    table.add_column("name and file", overflow="fold", width=28)
    table.add_column("state, size", overflow="fold", width=16)
    table.add_column("needed by, licence", overflow="fold")
    for entry in entries:
        path = place(entry, folder)
        size = size_of(path) if path.exists() else entry.size
        table.add_row(
            f"[bold]{escape(entry.name)}[/]\n{escape(entry.file)}",
            f"{state(entry, folder)}\n{human(size)}",
            f"{escape(', '.join(entry.needed_by))}\n[dim]{escape(entry.licence)}[/]",
        )
    return table


def state(entry: WeightFile, folder: Path) -> str:
    """present, missing, or how far a broken-off transfer came."""
    part = folder / f".{entry.file}.part"
    if place(entry, folder).exists():
        return "[green]present[/]"
    return f"[yellow]partial, {human(part.stat().st_size)}[/]" if part.exists() else "[red]missing[/]"


def human(size: int | None) -> str:
    """A number of bytes for people."""
    if size is None:
        return "?"
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size:,} B"


def check(entries: Iterable[WeightFile], folder: Path) -> list[tuple[WeightFile, str, str]]:
    """For each file that is there: what is wrong with it (or nothing), and what it was compared with.

    A file that has no published hash and was not recorded yet is recorded now.
    """
    ledger, findings = Ledger(folder), []
    recorded = ledger.hashes()
    for entry in entries:
        path = folder / entry.file
        if not path.exists():
            continue
        wrong = mismatch(entry, path, recorded.get(entry.file))
        against = "the published hash" if entry.sha256 else "the hash of its first fetch"
        if not wrong and not entry.sha256 and entry.file not in recorded:
            ledger.record(entry, path, "found in the folder")
            against = "nothing yet: its hash is recorded now"
        findings.append((entry, wrong, against))
    return findings
