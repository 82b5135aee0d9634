"""From runs to comparison tables: rows are methods, columns are metrics, clips are averaged."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stitch_exp.metrics.catalogue import OF_IDENTITY
from stitch_exp.report.words import ARROWS, GROUPS, QUANTITIES, number, title_of
from stitch_exp.types import Better, MetricResult


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished run."""

    method: str
    clip: str
    results: tuple[MetricResult, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A metric measured in one way; another network or rule is another column."""

    name: str
    unit: str
    better: Better
    instrument: str

    @property
    def title(self) -> str:
        """Name, unit and direction."""
        unit = f" ({self.unit})" if self.unit else ""
        return f"{title_of(self.name)}{unit} {ARROWS[self.better]}".strip()


@dataclass(frozen=True, slots=True)
class Summary:
    """Mean over clips with its standard error (NaN for a single clip)."""

    mean: float
    error: float
    clips: int

    @property
    def text(self) -> str:
        """`mean ± error`, or what of it is known."""
        if np.isnan(self.error) or np.isnan(self.mean):
            return number(self.mean)
        return f"{number(self.mean)} \u00b1 {number(self.error)}"


@dataclass(frozen=True)
class Table:
    """Methods against metrics, all identity columns by one network."""

    columns: tuple[Column, ...]
    methods: tuple[str, ...]
    cells: dict[tuple[str, Column], Summary]
    clips: dict[str, tuple[str, ...]]
    """The clips each method was run on."""

    @cached_property
    def identity(self) -> str:
        """The network behind the identity columns; empty when there is none."""
        found = [column.instrument for column in self.columns if column.name in OF_IDENTITY]
        return found[0] if found else ""

    def cell(self, method: str, column: Column) -> Summary:
        """The summary of a method in a column; NaN where it was not measured."""
        return self.cells.get((method, column), Summary(float("nan"), float("nan"), 0))

    def is_best(self, method: str, column: Column) -> bool:
        """Whether no other method's mean reads better; needs a direction, and methods that differ."""
        means = {name: self.cell(name, column).mean for name in self.methods}
        known = {name: mean for name, mean in means.items() if not np.isnan(mean)}
        if column.better == "none" or method not in known or len({number(mean) for mean in known.values()}) < 2:
            return False
        best = min(known.values(), key=lambda mean: distance(mean, column.better))
        return number(known[method]) == number(best)

    def groups(self) -> "list[tuple[str, Table]]":
        """The table cut by the question its columns answer, narrow enough for a page."""
        parts = [(title, self.narrowed(names)) for title, names in GROUPS.items()]
        parts.append(("Further", self.narrowed([c.name for c in self.columns if c.name not in QUANTITIES])))
        return [(title, part) for title, part in parts if part.columns]

    def narrowed(self, names: Sequence[str]) -> "Table":
        """Only the named columns, in that order."""
        order = {name: place for place, name in enumerate(names)}
        kept = sorted((c for c in self.columns if c.name in order), key=lambda c: order[c.name])
        return Table(tuple(kept), self.methods, self.cells, self.clips)


def distance(value: float, better: Better) -> float:
    """How far a value is from good, for sorting: smaller is better."""
    return {"higher": -value, "lower": value, "one": abs(value - 1.0), "none": 0.0}[better]


def build(entries: Sequence[Entry]) -> list[Table]:
    """One table per identity network with the runs it measured; runs without one make a last table.

    Several runs of one method on one clip are averaged first, so that every clip weighs the same.
    """
    by_network: dict[str, list[Entry]] = {}
    for entry in entries:
        for network in _networks(entry):
            by_network.setdefault(network, []).append(entry)
    order = sorted(by_network, key=lambda network: network == "")
    return [_table(by_network[network], network) for network in order]


def _networks(entry: Entry) -> list[str]:
    found = [result.instrument for result in entry.results if result.name in OF_IDENTITY]
    return list(dict.fromkeys(found)) or [""]


def _table(entries: Sequence[Entry], network: str) -> Table:
    columns = dict.fromkeys(_column(result) for entry in entries for result in entry.results)
    kept = tuple(c for c in columns if c.name not in OF_IDENTITY or c.instrument == network)
    methods = tuple(dict.fromkeys(entry.method for entry in entries))
    clips = {m: tuple(dict.fromkeys(e.clip for e in entries if e.method == m)) for m in methods}
    cells = {}
    for column in kept:
        for method in methods:
            values = [_clip_mean(entries, method, clip, column) for clip in clips[method]]
            cells[method, column] = summarise([value for value in values if not np.isnan(value)])
    used = tuple(c for c in kept if any(cells[m, c].clips for m in methods))
    return Table(used, methods, cells, clips)


def _clip_mean(entries: Sequence[Entry], method: str, clip: str, column: Column) -> float:
    values = [
        result.value
        for entry in entries
        if (entry.method, entry.clip) == (method, clip)
        for result in entry.results
        if _column(result) == column and not np.isnan(result.value)
    ]
    return float(np.mean(values)) if values else float("nan")


def summarise(values: Sequence[float]) -> Summary:
    """Mean, and the standard error s / sqrt(n) with n - 1 degrees of freedom."""
    if not values:
        return Summary(float("nan"), float("nan"), 0)
    error = float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")
    return Summary(float(np.mean(values)), error, len(values))


def _column(result: MetricResult) -> Column:
    return Column(result.name, result.unit, result.better, result.instrument)
