"""stage=mobile_directions: the step in W that changes one attribute by a standard deviation and no other.

Ridge regression says how each attribute reads off a code. Of all steps that change the reading of one by 1 and of the
others by 0, the one that leaves the cloud of codes least is taken (shortest in Mahalanobis distance).

Reference: Shen et al. 2020, "Interpreting the Latent Space of GANs for Semantic Face Editing" (conditional editing).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from stitch_exp.training.mobile.labels import folds, r2, standardised

SHIPPED = {
    "age": "age", "gender": "gender", "smile": "happy", "hair_color": "hair-color", "long_hair": "long-haired",
    "weight": "weight", "mouth_open": "mouth_open", "eyes_open": "eyes_open", "yaw": "yaw", "pitch": "pitch",
    "beard": "beard", "glasses": "glasses", "brightness": "brightness",
}  # fmt: skip
"""Direction to attribute."""
JUDGEMENTS = ("cute", "attractive", "well-groomed", "alert", "outdoors")
"""What raters make of everything else about a face."""
FREE = {
    "age": (*JUDGEMENTS, "smile_lift", "brightness", "hair-color", "long-haired", "beard"),
    "gender": (*JUDGEMENTS, "smile_lift", "brightness", "hair-color", "long-haired", "beard"),
}
"""What may follow an attribute; holding it would ask for an old face with young hair."""
FREE_OTHERWISE = (*JUDGEMENTS, "smile_lift", "brightness")
RATED = (
    "age", "gender", "happy", "hair-color", "long-haired", "weight", "skin-color", "asian", "black", "well-groomed",
    "alert", "outdoors", "cute", "attractive",
)  # fmt: skip
MEASURED = (
    "mouth_open", "eyes_open", "yaw", "pitch", "roll", "skin_luma", "skin_redness", "skin_yellowness", "brightness",
    "smile_lift",
)  # fmt: skip
GLASSES_IN_AGE = 0.3
"""So much of `glasses` is taken out of `age`: their reading is too weak (R2 0.57) to be held to 0 by the fit alone."""
COLOURS = ("hair_color", "brightness")
"""Directions that act on all rows of a code. The others leave the last rows, which hold colours, as they are."""
SHAPE_ROWS = 11
"""Rows on which the directions of shape act."""
OUTLIER = 3.0
"""Attributes further out than this many deviations are brought back to it."""


@dataclass(frozen=True, slots=True)
class DirectionsPlan:
    """Settings of the stage.

    Args:
        code_ridge: Of the regression of attributes on codes, relative to the mean variance of a component of W.
        step_ridge: How far the others may move for a shorter step, relative to the mean variance of the readings.
    """

    code_ridge: float
    step_ridge: float


@dataclass(frozen=True, slots=True)
class Readings:
    """How attributes read off codes.

    Args:
        names: The attributes.
        weights: Column k turns a centred code into attribute k, in its standard deviations.
        covariance: Of the codes.
        explained: R2 of each attribute on codes left out of the fit.
    """

    names: tuple[str, ...]
    weights: Float[np.ndarray, "D A"]
    covariance: Float[np.ndarray, "D D"]
    explained: Float[np.ndarray, " A"]

    def moved(self, step: Float[np.ndarray, " D"]) -> dict[str, float]:
        """What a step does to every attribute, in standard deviations."""
        return dict(zip(self.names, (step @ self.weights).tolist(), strict=True))

    def length(self, step: Float[np.ndarray, " D"]) -> float:
        """How far a step leads, in standard deviations of the codes along it."""
        unit = np.trace(self.covariance) / len(self.covariance)
        inverse = np.linalg.solve(self.covariance + 1e-3 * unit * np.eye(len(step)), step)
        return float(np.sqrt(step @ inverse))


def read_off(
    codes: Float[np.ndarray, "N D"], attributes: Mapping[str, Float[np.ndarray, " N"]], ridge: float
) -> Readings:
    """Ridge regression of all attributes on codes."""
    columns = np.clip(standardised(np.stack(list(attributes.values()), axis=1)), -OUTLIER, OUTLIER)
    wanted, centred = standardised(columns), codes - codes.mean(axis=0)
    unit = ridge * np.square(centred).sum() / centred.size
    found = np.zeros_like(wanted)
    for left_out in folds(len(centred)):
        found[left_out] = centred[left_out] @ _regress(centred[~left_out], wanted[~left_out], unit)
    covariance = centred.T @ centred / len(centred)
    return Readings(tuple(attributes), _regress(centred, wanted, unit), covariance, r2(found, wanted))


def step_along(readings: Readings, attribute: str, free: Sequence[str], ridge: float) -> Float[np.ndarray, " D"]:
    """The step that changes one attribute by one standard deviation and holds all others but the `free` ones.

    With readings B, covariance S and held columns J, the least step in Mahalanobis distance with given changes of the
    readings is S B_J (B_J' S B_J)^-1 times those changes.
    """
    held = [name for name in readings.names if name == attribute or name not in free]
    weights = readings.weights[:, [readings.names.index(name) for name in held]]
    gram = weights.T @ readings.covariance @ weights
    gram = gram + ridge * np.trace(gram) / len(held) * np.eye(len(held))
    step = readings.covariance @ weights @ np.linalg.solve(gram, np.eye(len(held))[held.index(attribute)])
    return step / readings.moved(step)[attribute]


def all_steps(readings: Readings, ridge: float) -> dict[str, Float[np.ndarray, " D"]]:
    """Every shipped direction."""
    steps = {
        name: step_along(readings, attribute, FREE.get(attribute, FREE_OTHERWISE), ridge)
        for name, attribute in SHIPPED.items()
    }
    age = steps["age"] - GLASSES_IN_AGE * steps["glasses"]
    return steps | {"age": age / readings.moved(age)[SHIPPED["age"]]}


def as_rows(name: str, step: Float[np.ndarray, " D"], num_ws: int) -> Float[np.ndarray, "L D"]:
    """A direction row by row of a W+ code."""
    acts = np.arange(num_ws) < (num_ws if name in COLOURS else SHAPE_ROWS)
    return np.where(acts[:, None], step, 0.0)


def _regress(codes: np.ndarray, wanted: np.ndarray, ridge: float) -> np.ndarray:
    gram = codes.T @ codes / len(codes) + ridge * np.eye(codes.shape[1])
    return np.linalg.solve(gram, codes.T @ wanted / len(codes))
