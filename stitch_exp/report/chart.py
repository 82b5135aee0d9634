"""Small line charts as inline SVG: no scripts, no fonts, colours from the page."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from jaxtyping import Float

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 480, 150, 52, 20, 10
COLOURS = ("var(--line-1)", "var(--line-2)", "var(--line-3)", "var(--line-4)", "var(--line-5)", "var(--line-6)")


def line_chart(
    curves: Mapping[str, Float[np.ndarray, " T"]], *, reference: float | None = None, marks: Sequence[int] = ()
) -> str:
    """Curves over frames in one picture, gaps where a value is undefined.

    Args:
        curves: Label to values, all of one length.
        reference: A value to draw as a dashed line (1 for ratios).
        marks: Frames to shade, such as those without a face.
    """
    stacked = np.concatenate([np.asarray(curve, float) for curve in curves.values()] or [np.zeros(0)])
    known = stacked[np.isfinite(stacked)]
    length = max((len(curve) for curve in curves.values()), default=0)
    if not known.size or length < 2:
        return ""
    low, high = _limits(known, reference)
    place = _Place(length, low, high)
    parts = [_shade(place, frame) for frame in marks] + _axes(place)
    if reference is not None:
        parts.append(_dashes(place, reference))
    for (label, curve), colour in zip(curves.items(), COLOURS * (1 + len(curves) // len(COLOURS)), strict=False):
        parts.append(f'<path d="{_path(place, curve)}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        parts.append(_dots(place, curve, colour))
        parts.append(f"<title>{escape(', '.join(curves))}</title>" if label == next(iter(curves)) else "")
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(parts)}</svg>'


class _Place:
    """Where a frame and a value are in the picture."""

    def __init__(self, length: int, low: float, high: float) -> None:
        self.length, self.low, self.high = length, low, high

    def x(self, frame: int) -> float:
        return LEFT + (WIDTH - LEFT - 8) * frame / max(1, self.length - 1)

    def y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - (value - self.low) / (self.high - self.low))


def _limits(known: Float[np.ndarray, " M"], reference: float | None) -> tuple[float, float]:
    low, high = float(known.min()), float(known.max())
    if reference is not None:
        low, high = min(low, reference), max(high, reference)
    margin = 0.06 * (high - low) or 0.05 * abs(high) or 0.5
    return low - margin, high + margin


def _axes(place: _Place) -> list[str]:
    parts = []
    step = _round_step(place.high - place.low)
    for value in np.arange(np.ceil(place.low / step) * step, place.high, step):
        y = place.y(float(value))
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 8}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--grid)"/>')
        parts.append(f'<text x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{_label(float(value), step)}</text>')
    base = HEIGHT - BOTTOM
    parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 8}" y1="{base}" y2="{base}" stroke="var(--grid)"/>')
    last = place.length - 1
    for frame, anchor in ((0, "start"), (last // 2, "middle"), (last, "end")):
        parts.append(f'<text x="{place.x(frame):.1f}" y="{HEIGHT - 5}" text-anchor="{anchor}">{frame}</text>')
    return parts


def _round_step(span: float) -> float:
    """The step of 1, 2 or 5 times a power of ten that gives two to four lines."""
    power = 10.0 ** np.floor(np.log10(span / 2.0))
    return float(max(factor * power for factor in (1.0, 2.0, 5.0) if factor * power <= span / 2.0))


def _label(value: float, step: float) -> str:
    decimals = max(0, int(-np.floor(np.log10(step) + 1e-9)))
    return f"{round(value, decimals) + 0.0:.{decimals}f}"  # adding 0 turns -0.0 into 0.0


def _shade(place: _Place, frame: int) -> str:
    width = place.x(1) - place.x(0)
    x = place.x(frame) - width / 2
    return f'<rect x="{x:.1f}" y="{TOP}" width="{width:.1f}" height="{HEIGHT - TOP - BOTTOM}" fill="var(--gap)"/>'


def _dashes(place: _Place, value: float) -> str:
    y = place.y(value)
    return f'<line x1="{LEFT}" x2="{WIDTH - 8}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--soft)" stroke-dasharray="4 4"/>'


def _path(place: _Place, curve: Float[np.ndarray, " T"]) -> str:
    steps, pen_down = [], False
    for frame, value in enumerate(curve):
        if np.isfinite(value):
            steps.append(f"{'L' if pen_down else 'M'}{place.x(frame):.1f} {place.y(float(value)):.1f}")
        pen_down = bool(np.isfinite(value))
    return "".join(steps)


def _dots(place: _Place, curve: Float[np.ndarray, " T"], colour: str) -> str:
    """A dot for every value whose neighbours are both undefined: a line would not show it."""
    known = np.isfinite(np.pad(np.asarray(curve, float), 1, constant_values=np.nan))
    alone = np.flatnonzero(known[1:-1] & ~known[:-2] & ~known[2:])
    return "".join(
        f'<circle cx="{place.x(int(t)):.1f}" cy="{place.y(float(curve[t])):.1f}" r="2" fill="{colour}"/>' for t in alone
    )
