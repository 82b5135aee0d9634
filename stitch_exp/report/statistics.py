"""How sure a mean is, and whether a difference is more than chance."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from jaxtyping import Float

RESAMPLES, SEED, EXACT_UP_TO = 1000, 0, 12
Measured = tuple[float, Float[np.ndarray, " _"] | None]
"""The value of a clip, and its curve where the value is the curve's mean."""


def interval(clips: Sequence[Measured], level: float = 0.95) -> tuple[float, float]:
    """Bootstrap interval of the mean over clips: clips are drawn again, and in each clip blocks of frames.

    Neighbouring frames are alike, so blocks of about sqrt(T) frames are drawn instead of single ones. A clip whose
    value is not the mean of a curve keeps its value. The same numbers give the same interval.

    Args:
        clips: Value and curve of each clip.
        level: Share of the resampled means inside.

    Returns:
        Both ends; NaN when there is nothing to draw from: one clip without a curve, or none.

    Reference: Efron 1979 (bootstrap); Politis and Romano 1992 (blocks on a circle: the first and last frames
        count as often as the others).
    """
    varied = any(curve is not None for _, curve in clips)
    if not clips or (len(clips) == 1 and not varied):
        return float("nan"), float("nan")
    random = np.random.default_rng(SEED)
    drawn = np.stack([_means(value, curve, random) for value, curve in clips])
    chosen = random.integers(0, len(clips), (RESAMPLES, len(clips)))
    means = np.nanmean(np.take_along_axis(drawn.T, chosen, axis=1), axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _means(value: float, curve: np.ndarray | None, random: np.random.Generator) -> Float[np.ndarray, " R"]:
    if curve is None:
        return np.full(RESAMPLES, value)
    known = curve[np.isfinite(curve)]
    block = max(1, round(len(known) ** 0.5))
    starts = random.integers(0, len(known), (RESAMPLES, -(-len(known) // block)))
    sums = np.concatenate([[0.0], np.cumsum(np.concatenate([known, known[:block]]))])
    return (sums[starts + block] - sums[starts]).mean(axis=1) / block


def measured(value: float, curve: Float[np.ndarray, " T"] | None) -> Measured:
    """Value and curve of a clip, without the curve where the value is something else than its mean."""
    if curve is None:
        return value, None
    known = curve[np.isfinite(curve)]
    is_mean = known.size > 1 and np.isclose(known.mean(), value, rtol=1e-6, atol=1e-9)
    return value, known if is_mean else None


def paired(differences: Sequence[float]) -> float:
    """Chance of a mean difference at least this large if the signs of the differences were tossed (one-sided).

    Exact over all signs up to 12 clips, else over 10,000 draws. NaN without differences. Three clips can reach 1/8 at
    best: a small number of clips cannot be significant, and does not look so.

    Reference: Fisher 1935 (permutation of signs).
    """
    values = np.asarray([value for value in differences if np.isfinite(value)], np.float64)
    if not values.size:
        return float("nan")
    if values.size <= EXACT_UP_TO:
        signs = np.array(list(product((1.0, -1.0), repeat=values.size)))
    else:
        signs = np.random.default_rng(SEED).choice((1.0, -1.0), (10_000, values.size))
    means = signs @ np.abs(values)
    return float((means >= values.sum() - 1e-12 * np.abs(values).sum()).mean())


def holm(chances: Sequence[float]) -> list[float]:
    """The same chances corrected for how many claims are tested at once; NaN stays NaN.

    Reference: Holm 1979.
    """
    known = sorted((value, place) for place, value in enumerate(chances) if np.isfinite(value))
    corrected, largest = [float("nan")] * len(chances), 0.0
    for rank, (value, place) in enumerate(known):
        largest = max(largest, min(1.0, value * (len(known) - rank)))
        corrected[place] = largest
    return corrected
