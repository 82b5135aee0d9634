"""Cells of the benchmark's tables: a value with its range, a ratio with its spread."""

from collections.abc import Sequence
from statistics import mean
from typing import Any

Row = dict[str, Any]


def value(rows: Sequence[Row], name: str) -> str:
    """Mean of the repeats, with their range when they differ; nothing when no row has it."""
    values = [row[name] for row in rows if name in row]
    if not values:
        return ""
    text = f"{mean(values):.4g}"
    return text if max(values) - min(values) < 1e-9 else f"{text} ({min(values):.4g} to {max(values):.4g})"


def ratio(base: Sequence[Row], rows: Sequence[Row], name: str) -> str:
    """How many times faster, and how far the ratio spreads over repeats and over thirds of the published schedule."""
    if not base or base is rows:
        return ""
    values = [row[name] for row in rows]
    centre = mean(row[name] for row in base)
    paces = [pace / mean(row["spread"]) for row in base for pace in row["spread"]]
    slow, fast = (centre * pick([1.0, *paces]) for pick in (min, max))
    low, high = slow / max(values), fast / min(values)
    return f"{centre / mean(values):.3g}x ({low:.3g} to {high:.3g})"
