"""stage=directions: what one standard deviation of a rating, or of a measured landmark, does to a W+ code.

All regressors enter one linear model `code = mean + A @ B`, so row `age` of B is the change of the code with age while
gender, smile, pose, skin tone, light and colour stay as they are: orthogonalisation against everything else is part
of the fit. Its length is already the unit wanted, one standard deviation. (A regression the other way round, from code
to rating as in InterFaceGAN, finds what tells ages apart, which need not look like ageing.) Faces edited by others in
one attribute refine the directions they show.

Reference: Shen et al. 2020, "Interpreting the Latent Space of GANs for Semantic Face Editing" (conditional editing).
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from stitch_exp.errors import DataError
from stitch_exp.training.data import ImageSource
from stitch_exp.training.measure import NAMES, measure_faces

RATINGS = {
    "age": "age",
    "gender": "gender",
    "smile": "happy",
    "hair_color": "hair-color",
    "long_hair": "long-haired",
    "weight": "weight",
    "well_groomed": "well-groomed",
    "alert": "alert",
    "outdoors": "outdoors",
}
# Held constant while the others are fitted, but not shipped.
CONTROLS = {"skin_tone": "skin-color"}
LANDMARKS = ("mouth_open", "eyes_open", "yaw", "pitch", "brightness")
NUISANCE = ("roll", "skin_luma", "skin_redness", "skin_yellowness")
KEEPS_COLOUR = ("brightness", "hair_color", "outdoors")
PAIRED = {"age": "age", "gender": "gender", "weight": "weight"}


@dataclass(frozen=True, slots=True)
class Regressors:
    """Standardised attributes of faces.

    Args:
        names: Columns.
        values: One row a face, zero mean and unit deviation a column.
        rows: Names of the faces, without suffix.
    """

    names: list[str]
    values: Float[np.ndarray, "N A"]
    rows: list[str]


def read_ratings(text: str, columns: list[str]) -> dict[str, Float[np.ndarray, " A"]]:
    """Mean ratings by face, `faces/N`.

    Raises:
        DataError: A column is missing, or there is no face.
    """
    table = list(csv.DictReader(io.StringIO(text)))
    if not table:
        raise DataError("the ratings hold no face; one line a face is needed below the names of the columns")
    missing = [column for column in ("stimulus", *columns) if column not in table[0]]
    if missing:
        raise DataError(f"the ratings have no column {', '.join(missing)}; there are {', '.join(table[0])}")
    return {f"faces/{row['stimulus']}": np.array([float(row[column]) for column in columns]) for row in table}


def measure_rows(source: ImageSource, names: list[str], side: int) -> Float[np.ndarray, "N M"]:
    """Landmarks and colours of images, see `measure.NAMES`."""
    return measure_faces(source.read(name, side) for name in names)


def regressors(
    ratings: dict[str, Float[np.ndarray, " A"]], rows: list[str], measured: Float[np.ndarray, "N M"]
) -> Regressors:
    """Ratings, landmarks and nuisances of the faces that have them all.

    Raises:
        DataError: No face has.
    """
    wanted = [NAMES.index(name) for name in (*LANDMARKS, *NUISANCE)]
    kept = [index for index, row in enumerate(rows) if row in ratings and np.isfinite(measured[index]).all()]
    if not kept:
        raise DataError(f"none of {len(rows)} faces has both ratings and landmarks; ratings are of faces/N.jpg")
    values = np.stack([np.concatenate([ratings[rows[index]], measured[index, wanted]]) for index in kept])
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    return Regressors([*RATINGS, *CONTROLS, *LANDMARKS, *NUISANCE], values, [rows[index] for index in kept])


def fit_directions(
    codes: dict[str, Float[np.ndarray, "L D"]], found: Regressors, ridge: float
) -> dict[str, Float[np.ndarray, "L D"]]:
    """Rows of B in `code = mean + A @ B`, by least squares with a little ridge (relative to the number of faces)."""
    design = found.values
    targets = np.stack([codes[row] for row in found.rows]).astype(np.float64)
    shape = targets.shape[1:]
    centred = (targets - targets.mean(axis=0)).reshape(len(targets), -1)
    gram = design.T @ design + ridge * len(design) * np.eye(design.shape[1])
    solution = np.linalg.solve(gram, design.T @ centred)
    return {name: row.reshape(shape) for name, row in zip(found.names, solution, strict=True)}


def paired_differences(codes: dict[str, Float[np.ndarray, "L D"]], attribute: str) -> Float[np.ndarray, "N L D"]:
    """Half the code difference between the strong and the weak edit of a face, one a face."""
    low = [row for row in codes if row.startswith("edited/") and row.endswith(f"_{attribute}_0")]
    pairs = [(codes[row], codes[row[:-1] + "2"]) for row in low if row[:-1] + "2" in codes]
    shape = next(iter(codes.values())).shape
    return np.array([(high - weak) / 2 for weak, high in pairs]).reshape(-1, *shape)


def blend(
    fitted: Float[np.ndarray, "L D"], differences: Float[np.ndarray, "N L D"], share: float
) -> Float[np.ndarray, "L D"]:
    """Mixes in the mean edit, scaled to the same extent along the fitted direction."""
    if not len(differences) or share == 0:
        return fitted
    mean = differences.mean(axis=0)
    scale = (fitted * fitted).sum() / (fitted * mean).sum()
    return (1 - share) * fitted + share * scale * mean


def project_out(
    direction: Float[np.ndarray, "L D"], others: list[Float[np.ndarray, "L D"]]
) -> Float[np.ndarray, "L D"]:
    """Removes what `direction` shares with the span of `others`, and keeps its extent along itself."""
    if not others:
        return direction
    basis, _ = np.linalg.qr(np.stack([other.ravel() for other in others], axis=1))
    flat = direction.ravel()
    return (flat - basis @ (basis.T @ flat)).reshape(direction.shape)


def build(
    codes: dict[str, Float[np.ndarray, "L D"]],
    found: Regressors,
    *,
    ridge: float,
    paired_share: float,
    gains: dict[str, float],
    corrections: dict[str, dict[str, float]],
) -> dict[str, Float[np.ndarray, "L D"]]:
    """All shipped directions: fitted, refined by paired edits, freed of colour and light, brought to unit strength.

    Args:
        ridge: See `fit_directions`.
        paired_share: How much of a direction comes from the paired edits, where there are any.
        gains: Factor by direction on the fitted length, from measured strength; 1 where absent.
        corrections: How much of other fitted directions to add to one, to undo what it is measured to move besides.
    """
    fitted = fit_directions(codes, found, ridge)
    lighting = [fitted[name] for name in NUISANCE]
    shipped = {}
    for name in (*RATINGS, *LANDMARKS):
        direction = fitted[name]
        if name in PAIRED:
            direction = blend(direction, paired_differences(codes, PAIRED[name]), paired_share)
        if name not in KEEPS_COLOUR:
            direction = project_out(direction, lighting)
        shipped[name] = direction
    scaled = {name: direction * gains.get(name, 1.0) for name, direction in shipped.items()}
    for name, others in corrections.items():
        scaled[name] = scaled[name] + sum(share * shipped[other] for other, share in others.items())
    return {name: direction.astype(np.float32) for name, direction in scaled.items()}


def description(plan: Mapping[str, Any], num_faces: int) -> dict[str, str]:
    """Metadata stored beside the directions."""
    return {
        "space": "W+",
        "unit": "strength 1 is one standard deviation of the attribute over the rated faces",
        "method": f"codes regressed on all attributes of {num_faces} faces, and paired edits; {json.dumps(plan)}",
        "data": "One Million Impressions (Peterson et al., PNAS 2022), held-out faces left out",
        "sources": json.dumps(RATINGS | dict.fromkeys(LANDMARKS, "landmarks")),
        "note": "ratings are impressions of raters, not facts about anyone",
    }


def strip(name: str | Path) -> str:
    """`faces/12.jpg` to `faces/12`, also for archives with a top folder."""
    parts = Path(name).with_suffix("").parts
    return "/".join(parts[-2:])
