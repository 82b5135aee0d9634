"""Labels of rendered faces: what raters would have said, by kernel ridge regression from faces they did rate."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import Tensor

FOLDS = 5
RIDGES = (0.03, 0.1, 0.3, 1.0)
"""Tried for every rating, relative to the mean square of a face's features."""

TINY = 1e-300
"""Keeps a column that never varies at an explained share of 0 or 1, not NaN."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Predicted ratings.

    Args:
        values: One row a sample, one column a rating, standardised over the samples.
        explained: R2 of each rating on rated faces left out of the fit; 0 is no better than the mean.
        ridges: The ridge each rating was fitted with.
    """

    values: Float[np.ndarray, "N A"]
    explained: Float[np.ndarray, " A"]
    ridges: Float[np.ndarray, " A"]


def predict(samples: Float[Tensor, "N F"], rated: Float[Tensor, "M F"], ratings: Float[np.ndarray, "M A"]) -> Labels:
    """Ratings of samples from features; each rating takes the ridge that explains left-out faces best."""
    wanted = standardised(ratings)
    kernel = (rated @ rated.t()).double().numpy()
    unit = np.trace(kernel) / len(kernel)
    explained = np.stack([_explained(kernel, wanted, ridge * unit) for ridge in RIDGES])
    best = explained.argmax(axis=0)
    solutions = np.stack([_solve(kernel, wanted, ridge * unit) for ridge in RIDGES])
    columns = np.arange(wanted.shape[1])
    chosen = np.ascontiguousarray(solutions[best, :, columns].T)
    values = (samples @ rated.t()).double().numpy() @ chosen
    return Labels(standardised(values), explained[best, columns], np.array(RIDGES)[best])


def standardised(values: Float[np.ndarray, "N A"]) -> Float[np.ndarray, "N A"]:
    """Zero mean and unit deviation a column; zeros where a column never varies."""
    spread = values.std(axis=0)
    return (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def folds(count: int) -> list[np.ndarray]:
    """Who is left out in each of the rounds of cross-validation."""
    return [np.arange(count) % FOLDS == fold for fold in range(FOLDS)]


def r2(found: Float[np.ndarray, "N A"], wanted: Float[np.ndarray, "N A"]) -> Float[np.ndarray, " A"]:
    """Explained share of the variance of standardised columns."""
    return 1 - np.square(found - wanted).sum(axis=0) / np.maximum(np.square(wanted).sum(axis=0), TINY)


def _solve(kernel: np.ndarray, wanted: np.ndarray, ridge: float) -> np.ndarray:
    return np.linalg.solve(kernel + ridge * np.eye(len(kernel)), wanted)


def _explained(kernel: np.ndarray, wanted: np.ndarray, ridge: float) -> np.ndarray:
    found = np.zeros_like(wanted)
    for left_out in folds(len(kernel)):
        kept = ~left_out
        found[left_out] = kernel[np.ix_(left_out, kept)] @ _solve(kernel[np.ix_(kept, kept)], wanted[kept], ridge)
    return r2(found, wanted)
