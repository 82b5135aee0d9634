"""Tables as CSV, Markdown, LaTeX and HTML; the same tables give the same bytes."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stitch_exp.report.page import environment
from stitch_exp.report.table import Column, Table

CAPTION = "Mean \u00b1 standard error over clips; the better direction is in the header, best in bold."


def write_benchmark(
    tables: Sequence[Table], folder: Path, *, columns: Sequence[str], failed: Sequence[tuple[str, str]]
) -> list[Path]:
    """Writes `benchmark.csv` (every column), `.md`, `.tex` and `.html` (chosen columns).

    Args:
        tables: One per identity network.
        folder: Where to; must exist.
        columns: Names of the columns people see, in order.
        failed: Name and reason of each run that has no result.
    """
    shown = [table.narrowed(columns) for table in tables]
    texts = {
        "csv": as_csv(tables),
        "md": as_markdown(shown, failed),
        "tex": as_latex(shown),
        "html": as_html(shown, failed),
    }
    paths = [folder / f"benchmark.{ending}" for ending in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def as_csv(tables: Sequence[Table]) -> str:
    """One line per method and metric, all digits."""
    buffer = io.StringIO()
    rows = csv.writer(buffer, lineterminator="\n")
    rows.writerow(["method", "metric", "mean", "standard_error", "clips", "unit", "better", "instrument"])
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
    numbers = [f"{value:.9g}" if np.isfinite(value) else "" for value in (cell.mean, cell.error)]
    return [method, column.name, *numbers, cell.clips, column.unit, column.better, column.instrument]


def notes_of(table: Table) -> dict[str, str]:
    """A letter for each instrument of the table's columns."""
    instruments = dict.fromkeys(column.instrument for column in table.columns if column.instrument)
    return {instrument: chr(ord("a") + place) for place, instrument in enumerate(instruments)}


def as_markdown(tables: Sequence[Table], failed: Sequence[tuple[str, str]]) -> str:
    """A section per table with its instruments below, and the failed runs."""
    parts = [text for table in tables for text in _sections(table)]
    if failed:
        lines = [f"- {name}: {reason}" for name, reason in failed]
        parts.append("\n".join(["Failed runs:", "", *lines]) + "\n")
    return "\n".join([CAPTION + "\n", *parts])


def _sections(table: Table) -> list[str]:
    head = f"## {table.identity or 'Without identity metrics'}\n"
    return [head, *(f"### {title}\n\n{markdown_table(part)}" for title, part in table.groups())]


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
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


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
    "\u2193": "$\\downarrow$", "\u2192": "$\\to$", "\u2013": "--",
}  # fmt: skip


def _tex(text: str) -> str:
    return "".join(_TEX.get(letter, letter) for letter in text)


def as_html(tables: Sequence[Table], failed: Sequence[tuple[str, str]]) -> str:
    """A page that opens from disk with no network."""
    sections = [
        (
            table.identity or "Without identity metrics",
            [(title, part, notes_of(part)) for title, part in table.groups()],
        )
        for table in tables
    ]
    return environment().get_template("benchmark.html").render(caption=CAPTION, sections=sections, failed=failed)
