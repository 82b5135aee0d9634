"""Small plots of tables as inline SVG: means with their intervals, and curves of one number against another."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from stitch_exp.report.chart import COLOURS
from stitch_exp.report.words import number

WIDTH, LEFT, ROW, SIDE = 480, 170, 22, 12
HEIGHT, FOOT = 220, 34


def dot_plot(rows: Sequence[tuple[str, float, tuple[float, float]]], *, reference: float | None = None) -> str:
    """A dot a method, with a bar from end to end of its interval.

    Args:
        rows: Label, mean, and both ends of the interval (NaN where there is none). Those without a mean are left out.
        reference: A value to draw as a dashed line.
    """
    rows = [row for row in rows if np.isfinite(row[1])]
    if not rows:
        return ""
    ends = np.array([[mean, *interval] for _, mean, interval in rows], float)
    low, high = _limits([*ends[np.isfinite(ends)], *([] if reference is None else [reference])])
    height = ROW * len(rows) + 24

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - SIDE) * (value - low) / (high - low)

    parts = []
    if reference is not None:
        parts.append(_line(x(reference), 4.0, x(reference), height - 20.0, "var(--soft)", ' stroke-dasharray="4 4"'))
    for place, (label, mean, (start, stop)) in enumerate(rows):
        y = ROW * place + ROW / 2 + 2
        parts.append(f'<text x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">{escape(_short(label))}</text>')
        if np.isfinite(start):
            parts.append(_line(x(start), y, x(stop), y, "var(--line-1)", ' stroke-width="2"'))
        parts.append(
            f'<circle cx="{x(mean):.1f}" cy="{y:.1f}" r="4" fill="var(--line-1)"><title>{number(mean)}</title></circle>'
        )
    for value, anchor in ((low, "start"), (high, "end")):
        parts.append(f'<text x="{x(value):.1f}" y="{height - 6}" text-anchor="{anchor}">{number(value)}</text>')
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img">{"".join(parts)}</svg>'


def scatter_lines(curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], *, mark: float | None = None) -> str:
    """Curves of one number (vertical) against another, with a dot at each measured point.

    Args:
        curves: Label to the horizontal and the vertical values.
        mark: A horizontal value to draw as a dashed line.
    """
    across = [value for xs, _ in curves.values() for value in xs]
    if not across:
        return ""
    left, right = _limits(across)
    low, high = _limits([value for _, ys in curves.values() for value in ys])

    def place(x: float, y: float) -> tuple[float, float]:
        width, height = WIDTH - 64, HEIGHT - FOOT - 10
        return 54 + width * (x - left) / (right - left), 10 + height * (high - y) / (high - low)

    parts = [_line(54.0, float(HEIGHT - FOOT), WIDTH - 10.0, float(HEIGHT - FOOT), "var(--grid)")]
    if mark is not None:
        x = place(mark, low)[0]
        parts.append(_line(x, 10.0, x, float(HEIGHT - FOOT), "var(--soft)", ' stroke-dasharray="4 4"'))
    for (label, (xs, ys)), colour in zip(curves.items(), COLOURS * (1 + len(curves) // len(COLOURS)), strict=False):
        points = [place(x, y) for x, y in zip(xs, ys, strict=True)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"><title>{escape(label)}</title></circle>'
            for x, y in points
        ]
    for value, y in ((high, 18), (low, HEIGHT - FOOT)):
        parts.append(f'<text x="48" y="{y}" text-anchor="end">{number(value)}</text>')
    for value, x, anchor in ((left, 54, "start"), (right, WIDTH - 10, "end")):
        parts.append(f'<text x="{x}" y="{HEIGHT - FOOT + 16}" text-anchor="{anchor}">{number(value)}</text>')
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(parts)}</svg>'


def _limits(values: Sequence[float]) -> tuple[float, float]:
    low, high = float(min(values)), float(max(values))
    margin = 0.06 * (high - low) or 0.05 * abs(high) or 0.5
    return low - margin, high + margin


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{more}/>'


def _short(label: str) -> str:
    return label if len(label) <= 26 else f"\u2026{label[-25:]}"
