"""Command line for the store: `python -m stitch_exp.store list | verify | prune`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stitch_exp.errors import StorageError
from stitch_exp.store.contents import Kept, contents, damages, remove, superfluous
from stitch_exp.store.integrity import set_aside

console = Console()
problems = Console(stderr=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit code: 0 done, 1 something is damaged or in use, 2 a wrong command."""
    options = _parser().parse_args(arguments)
    if not options.folder.is_dir():
        problems.print(f"[bold red]error:[/] no store at {escape(str(options.folder))}; give --folder", soft_wrap=True)
        return 2
    items = contents(options.folder)
    return {"list": _list, "verify": _verify, "prune": _prune}[options.command](items, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stitch_exp.store", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("outputs/store"), help="the store (default: outputs/store)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="what is there, how large, and when it was last used")
    commands.add_parser("verify", help="compare every file with its checksum; damaged artefacts are set aside")
    prune = commands.add_parser("prune", help="remove what is damaged or was not used for long; runs make it again")
    prune.add_argument("--older-than", type=float, default=30.0, metavar="DAYS", help="default: 30")
    prune.add_argument("--at-most", type=float, default=None, metavar="GB", help="then the least used, until it fits")
    prune.add_argument("--dry-run", action="store_true", help="say what would go, and remove nothing")
    return parser


def _list(items: list[Kept], options: argparse.Namespace) -> int:
    table = Table("stage", "artefact", "state", "MB", "last used")
    for item in items:
        name = item.folder.name.partition(".")[0]
        table.add_row(item.stage, name, item.state, f"{item.size / 1e6:.1f}", _ago(item.age))
    console.print(table)
    console.print(f"{len(items)} artefacts, {_size(items)}", highlight=False)
    return 0


def _verify(items: list[Kept], options: argparse.Namespace) -> int:
    bad = [(item, wrong) for item, wrong in damages(items) if wrong is not None]
    for item, wrong in bad:
        try:
            where = f"set aside as {set_aside(item.folder).name}"
        except (StorageError, OSError) as error:
            where = f"and cannot be set aside: {error}"
        console.print(f"{escape(str(item.folder))} is damaged ({wrong}): {where}", highlight=False, soft_wrap=True)
    whole = sum(item.state == "complete" for item in items) - len(bad)
    console.print(f"{whole} whole, {len(bad)} damaged", highlight=False)
    return int(bool(bad))


def _prune(items: list[Kept], options: argparse.Namespace) -> int:
    at_most = None if options.at_most is None else int(options.at_most * 1e9)
    gone = superfluous(items, options.older_than, at_most)
    if options.dry_run:
        for item in gone:
            console.print(f"{escape(str(item.folder))} ({item.state}, {_ago(item.age)})", highlight=False)
        console.print(f"would remove {len(gone)} artefacts, {_size(gone)}", highlight=False)
        return 0
    removed = [item for item in gone if _removed(item)]
    console.print(f"removed {len(removed)} artefacts, {_size(removed)}", highlight=False)
    if len(removed) < len(gone):
        problems.print(f"{len(gone) - len(removed)} stay: in use by a run, or not to be removed", highlight=False)
    return int(len(removed) < len(gone))


def _removed(item: Kept) -> bool:
    try:
        return remove(item)
    except OSError as error:
        problems.print(
            f"{escape(str(item.folder))} cannot be removed: {error.strerror}", highlight=False, soft_wrap=True
        )
        return False


def _size(items: Sequence[Kept]) -> str:
    return f"{sum(item.size for item in items) / 1e6:.1f} MB"


def _ago(days: float) -> str:
    if days < 1 / 24:
        return "within the hour"
    return f"{days * 24:.0f} hours ago" if days < 2 else f"{days:.0f} days ago"


if __name__ == "__main__":
    sys.exit(main())
