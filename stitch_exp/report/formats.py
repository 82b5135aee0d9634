"""Tables as CSV, Markdown, LaTeX and HTML; the same tables give the same bytes."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import numpy as np

from stitch_exp.measures.catalogue import OF_IDENTITY
from stitch_exp.report import words
from stitch_exp.report.equal import EqualEdit
from stitch_exp.report.gallery import Shown
from stitch_exp.report.page import environment
from stitch_exp.report.plots import dot_plot, scatter_lines
from stitch_exp.report.records import network_of
from stitch_exp.report.table import Column, Table

CAPTION = (
    "Mean \u00b1 standard error over clips; the better direction is in the header, the best of one edit and strength "
    "in bold."
)


@dataclass(frozen=True, slots=True)
class Extras:
    """What a page shows beside its tables."""

    gallery: Sequence[Shown] = ()
    equal: EqualEdit | None = None
    curves: Sequence[dict[str, Any]] = ()
    """Charts over time, as `page.charts` makes them."""
    worst: Sequence[dict[str, Any]] = ()
    """Frames to check, as `Look.worst` finds them, each with the `method` it is of."""
    notes: Sequence[str] = ()
    """What a reader must know of how videos were compared."""


def write_benchmark(
    tables: Sequence[Table],
    folder: Path,
    *,
    columns: Sequence[str],
    failed: Sequence[tuple[str, str]],
    extras: Extras | None = None,
) -> list[Path]:
    """Writes `benchmark.csv` (every column), `.md`, `.tex` and `.html` (chosen columns).

    Args:
        tables: One per identity network.
        folder: Where to; must exist.
        columns: Names of the columns people see, in order.
        failed: Name and reason of each run that has no result.
        extras: What the page shows beside the tables.
    """
    shown = [table.narrowed(columns) for table in tables]
    extras = extras or Extras()
    absent = [words.why_absent(columns, {column.name for column in table.columns}) for table in tables]
    texts = {
        "csv": as_csv(tables),
        "md": as_markdown(shown, failed, absent, extras.equal),
        "tex": as_latex(shown),
        "html": as_html(shown, failed, absent, extras),
    }
    paths = [folder / f"benchmark.{ending}" for ending in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def as_csv(tables: Sequence[Table]) -> str:
    """One line per method and metric, all digits."""
    buffer = io.StringIO()
    rows = csv.writer(buffer, lineterminator="\n")
    rows.writerow(
        ["method", "metric", "mean", "standard_error", "low", "high", "clips", "unit", "better", "instrument"]
    )
    seen = set()
    for table in tables:
        for method in table.methods:
            for column in table.columns:
                if (method, column) not in seen and table.cell(method, column).clips:
                    seen.add((method, column))
                    rows.writerow(_csv_row(table, method, column))
    return buffer.getvalue()


def _csv_row(table: Table, method: str, column: Column) -> list[str | int]:
    cell = table.cell(method, column)
    numbers = [f"{value:.9g}" if np.isfinite(value) else "" for value in (cell.mean, cell.error, *cell.interval)]
    return [method, column.name, *numbers, cell.clips, column.unit, column.better, column.instrument]


def notes_of(table: Table) -> dict[str, str]:
    """A letter for each instrument of the table's columns; after z come aa, ab and so on."""
    instruments = dict.fromkeys(column.instrument for column in table.columns if column.instrument)
    letters = (*ascii_lowercase, *map("".join, product(ascii_lowercase, repeat=2)))
    return dict(zip(instruments, letters, strict=False))


def as_markdown(
    tables: Sequence[Table],
    failed: Sequence[tuple[str, str]],
    absent: Sequence[dict[str, list[str]]] = (),
    equal: EqualEdit | None = None,
) -> str:
    """A section per table with its instruments below, what is not in it and why, and the failed runs."""
    parts = []
    for place, table in enumerate(tables):
        parts += _sections(table)
        parts += [f"Not measured ({reason}): {', '.join(titles)}.\n" for reason, titles in _at(absent, place).items()]
    if equal is not None:
        parts.append(f"## {_equal_title(equal)}\n\n{_equal_table(equal)}")
    if failed:
        lines = ["- " + " ".join(f"{name}: {reason}".split()) for name, reason in failed]
        parts.append("\n".join(["Failed runs:", "", *lines]) + "\n")
    return "\n".join([CAPTION + "\n", *parts])


def _at(absent: Sequence[dict[str, list[str]]], place: int) -> dict[str, list[str]]:
    return absent[place] if place < len(absent) else {}


def _sections(table: Table) -> list[str]:
    head = f"## {heading(table)}\n"
    return [head, *(f"### {title}\n\n{markdown_table(part)}" for title, part in table.groups())]


def heading(table: Table) -> str:
    """`Identity by dlib`: the network's name; hashes and rules stand in the footnotes."""
    return f"Identity by {table.network}" if table.network else "Without identity metrics"


def _equal_title(equal: EqualEdit) -> str:
    item = words.QUANTITIES[equal.quantity]
    return f"Identity at equal edit: {item.title.lower()} {words.number(equal.level)} {item.unit}".strip()


def _equal_table(equal: EqualEdit) -> str:
    lines = [_pipes(["method", "Identity to source \u2191", "reached"]), _pipes(["---", "---:", "---:"])]
    for curve in equal.curves:
        reached = f"{words.number(curve.achieved[0])} to {words.number(curve.achieved[-1])}"
        lines.append(_pipes([curve.method, words.number(curve.at(equal.level)), reached]))
    return "\n".join(lines) + "\n"


def markdown_table(table: Table) -> str:
    """One table with its notes."""
    notes = notes_of(table)
    heads = [f"{c.title}{' [' + notes[c.instrument] + ']' if c.instrument else ''}" for c in table.columns]
    lines = [_pipes(["method", "clips", *heads]), _pipes(["---", "---:", *["---:"] * len(heads)])]
    for method in table.methods:
        cells = [_bold(table, method, column) for column in table.columns]
        lines.append(_pipes([method, str(len(table.clips[method])), *cells]))
    lines += ["", *(f"[{letter}] {instrument}  " for instrument, letter in notes.items())]
    return "\n".join(lines) + "\n"


def _pipes(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells) + " |"


def _bold(table: Table, method: str, column: Column) -> str:
    text = table.cell(method, column).text
    return f"**{text}**" if table.is_best(method, column) else text


def as_latex(tables: Sequence[Table]) -> str:
    """`tabular` environments that need no package."""
    return "\n".join(f"% {title}\n{_latex_table(part)}" for table in tables for title, part in table.groups())


def _latex_table(table: Table) -> str:
    notes = notes_of(table)
    heads = [_tex(c.title) + (f"$^{{{notes[c.instrument]}}}$" if c.instrument else "") for c in table.columns]
    lines = [
        *(f"% {letter}: {instrument}" for instrument, letter in notes.items()),
        f"\\begin{{tabular}}{{l{'r' * len(heads)}}}",
        "\\hline",
        " & ".join(["method", *heads]) + " \\\\",
        "\\hline",
    ]
    for method in table.methods:
        cells = [
            f"\\textbf{{{_tex(table.cell(method, c).text)}}}"
            if table.is_best(method, c)
            else _tex(table.cell(method, c).text)
            for c in table.columns
        ]
        lines.append(" & ".join([_tex(method), *cells]) + " \\\\")
    return "\n".join([*lines, "\\hline", "\\end{tabular}"]) + "\n"


_TEX = {
    "\\": "\\textbackslash{}", "&": "\\&", "%": "\\%", "$": "\\$", "#": "\\#", "_": "\\_", "{": "\\{", "}": "\\}",
    "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "\u00b1": "$\\pm$", "\u2191": "$\\uparrow$",
    "\u2193": "$\\downarrow$", "\u2192": "$\\to$", "\u2013": "--", "\u0394": "$\\Delta$", "\u00b0": "$^\\circ$",
    "\u221e": "$\\infty$", "<": "$<$", ">": "$>$", "|": "$|$",
}  # fmt: skip


def _tex(text: str) -> str:
    return "".join(_TEX.get(letter, letter) for letter in text)


def as_html(
    tables: Sequence[Table],
    failed: Sequence[tuple[str, str]],
    absent: Sequence[dict[str, list[str]]] = (),
    extras: Extras | None = None,
) -> str:
    """A page that opens from disk with no network."""
    sections = [
        {
            "title": heading(table),
            "parts": [(title, part, notes_of(part)) for title, part in table.groups()],
            "absent": _at(absent, place),
            "plots": [_plot(table, column) for column in table.columns if words.is_headline(column.name)],
        }
        for place, table in enumerate(tables)
    ]
    extras = extras or Extras()
    equal = extras.equal
    return (
        environment()
        .get_template("benchmark.html")
        .render(
            caption=CAPTION,
            sections=sections,
            failed=failed,
            extras=extras,
            equal=None if equal is None else {"title": _equal_title(equal), "svg": _equal_plot(equal), "equal": equal},
        )
    )


def _plot(table: Table, column: Column) -> dict[str, str]:
    cells = {method: table.cell(method, column) for method in table.methods}
    rows = [(method, cell.mean, cell.interval) for method, cell in cells.items() if not np.isnan(cell.mean)]
    several = column.name in OF_IDENTITY and " and " in table.network
    caption = f"{column.title}, by {network_of(column.instrument)}" if several else column.title
    return {"caption": caption, "svg": dot_plot(rows, reference=1.0 if column.better == "one" else None)}


def _equal_plot(equal: EqualEdit) -> str:
    curves = {curve.method: (curve.achieved, curve.identity) for curve in equal.curves}
    return scatter_lines(curves, mark=equal.level)
