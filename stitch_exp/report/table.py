"""From runs to comparison tables: rows are methods, columns are metrics, clips are averaged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from stitch_exp.measures.catalogue import OF_IDENTITY
from stitch_exp.report.records import network_of
from stitch_exp.report.statistics import interval, measured
from stitch_exp.report.words import ARROWS, GROUPS, QUANTITIES, number, title_of
from stitch_exp.types import Better, MetricResult


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished run."""

    method: str
    clip: str
    results: tuple[MetricResult, ...]
    edit: str = ""
    """What was edited, such as `age`; empty when that is not known."""
    strength: float | None = None
    """How much; None for several edits at once, or when that is not known."""
    base: str = ""
    """The method without its strength."""

    @property
    def task(self) -> str:
        """Edit and strength: only runs of one task compete."""
        return self.edit if self.strength is None else f"{self.edit} {self.strength:+g}"


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
    """Mean over clips with its standard error (NaN for a single clip) and its bootstrap interval."""

    mean: float
    error: float
    clips: int
    interval: tuple[float, float] = (float("nan"), float("nan"))
    """95 % of the means of clips and frames drawn again; see `statistics.interval`."""

    @property
    def text(self) -> str:
        """`mean ± error`, or what of it is known."""
        if np.isnan(self.error) or np.isnan(self.mean):
            return number(self.mean)
        return f"{number(self.mean)} \u00b1 {number(self.error)}"

    @property
    def range(self) -> str:
        """The interval as text; empty when there is none."""
        low, high = self.interval
        return "" if np.isnan(low) or low == high else f"{number(low)} to {number(high)}"


@dataclass(frozen=True)
class Table:
    """Methods against metrics; every row has its identity columns by the same networks."""

    columns: tuple[Column, ...]
    methods: tuple[str, ...]
    cells: dict[tuple[str, Column], Summary]
    clips: dict[str, tuple[str, ...]]
    """The clips each method was run on."""
    tasks: dict[str, str]
    """The edit and strength of each method; methods of different tasks do not compete."""

    @cached_property
    def identity(self) -> str:
        """The (first) network behind the identity columns; empty when there is none."""
        found = [column.instrument for column in self.columns if column.name in OF_IDENTITY]
        return found[0] if found else ""

    @property
    def network(self) -> str:
        """The name of the recogniser alone, or the names of all: `dlib`, `dlib and faceres_mobilenet_v1`."""
        found = dict.fromkeys(c.instrument for c in self.columns if c.name in OF_IDENTITY)
        return " and ".join(network_of(instrument) for instrument in found)

    def cell(self, method: str, column: Column) -> Summary:
        """The summary of a method in a column; NaN where it was not measured."""
        return self.cells.get((method, column), Summary(float("nan"), float("nan"), 0))

    def is_best(self, method: str, column: Column) -> bool:
        """Whether no other method of the same edit and strength reads better; needs a direction, and a difference."""
        rivals = [name for name in self.methods if self.tasks[name] == self.tasks[method]]
        means = {name: self.cell(name, column).mean for name in rivals}
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
        return Table(tuple(kept), self.methods, self.cells, self.clips, self.tasks)


def distance(value: float, better: Better) -> float:
    """How far a value is from good, for sorting: smaller is better."""
    return {"higher": -value, "lower": value, "one": abs(value - 1.0), "none": 0.0}[better]


def build(entries: Sequence[Entry]) -> list[Table]:
    """One table per identity network with the runs it measured; runs without one make a last table.

    Where every run was measured by the same several networks, one table has columns for each.

    Several runs of one method on one clip are averaged first, so that every clip weighs the same.
    """
    everywhere = {tuple(_networks(entry)) for entry in entries}
    if len(everywhere) == 1:
        return [_table(entries, next(iter(everywhere)))]
    by_network: dict[str, list[Entry]] = {}
    for entry in entries:
        for network in _networks(entry):
            by_network.setdefault(network, []).append(entry)
    order = sorted(by_network, key=lambda network: network == "")
    return [_table(by_network[network], (network,)) for network in order]


def _networks(entry: Entry) -> list[str]:
    found = [result.instrument for result in entry.results if result.name in OF_IDENTITY]
    return list(dict.fromkeys(found)) or [""]


def _table(entries: Sequence[Entry], networks: Sequence[str]) -> Table:
    columns = dict.fromkeys(_column(result) for entry in entries for result in entry.results)
    kept = tuple(c for c in columns if c.name not in OF_IDENTITY or c.instrument in networks)
    methods = tuple(dict.fromkeys(entry.method for entry in entries))
    clips = {m: tuple(dict.fromkeys(e.clip for e in entries if e.method == m)) for m in methods}
    tasks = {m: ", ".join(dict.fromkeys(e.task for e in entries if e.method == m)) for m in methods}
    groups: dict[tuple[str, Column], dict[str, list[MetricResult]]] = {}
    for entry in entries:
        for result in entry.results:
            if not np.isnan(result.value):
                cell = groups.setdefault((entry.method, _column(result)), {})
                cell.setdefault(entry.clip, []).append(result)
    cells = {(m, c): _cell(groups.get((m, c), {})) for c in kept for m in methods}
    used = tuple(c for c in kept if any(cells[m, c].clips for m in methods))
    return Table(used, methods, cells, clips, tasks)


def _cell(by_clip: dict[str, list[MetricResult]]) -> Summary:
    """One mean a clip, so that every clip weighs the same."""
    found = [(float(np.mean([item.value for item in items])), items[0].per_frame) for items in by_clip.values()]
    summary = summarise([value for value, _ in found])
    return replace(summary, interval=interval([measured(value, curve) for value, curve in found]))


def summarise(values: Sequence[float]) -> Summary:
    """Mean, and the standard error s / sqrt(n) with n - 1 degrees of freedom."""
    if not values:
        return Summary(float("nan"), float("nan"), 0)
    error = float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")
    return Summary(float(np.mean(values)), error, len(values))


def _column(result: MetricResult) -> Column:
    return Column(result.name, result.unit, result.better, result.instrument)
