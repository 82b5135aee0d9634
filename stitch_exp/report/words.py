"""What people read about each number, derived from what the metrics declare."""

from stitch_exp.metrics import catalogue
from stitch_exp.metrics.quantity import GROUPS as ORDER
from stitch_exp.metrics.quantity import Quantity
from stitch_exp.types import Better

SECONDS = Quantity(
    name="seconds_per_frame", title="Time", meaning="All stages, without what came from the store.", group="Cost",
    unit="s/frame", better="lower", column=True,
)  # fmt: skip
MEMORY = Quantity(
    name="peak_memory_mb", title="Peak memory", meaning="Largest of all stages.", group="Cost", unit="MB",
    better="lower", column=True,
)  # fmt: skip

QUANTITIES: dict[str, Quantity] = catalogue.QUANTITIES | {item.name: item for item in (SECONDS, MEMORY)}
"""Every number that has a title."""
GROUPS: dict[str, list[str]] = {
    group: [name for name, item in QUANTITIES.items() if item.group == group] for group in ORDER
}
"""Their names by the question they answer."""
COLUMNS = tuple(name for names in GROUPS.values() for name in names if QUANTITIES[name].column)
"""What benchmark pages show unless `columns=` says otherwise."""

ARROWS: dict[Better, str] = {"higher": "\u2191", "lower": "\u2193", "one": "\u2192 1", "none": ""}
"""The direction that is better."""


def title_of(name: str) -> str:
    """Title of a result; its own name when it has none."""
    return QUANTITIES[name].title if name in QUANTITIES else name


def number(value: float) -> str:
    """About four significant digits; a dash for what is undefined."""
    if value != value:
        return "\u2013"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    if abs(value) >= 1e5 or abs(value) < 1e-3:
        return f"{value:.2e}"
    return f"{value:.{4 if abs(value) < 2 else 2 if abs(value) < 100 else 1}f}"
