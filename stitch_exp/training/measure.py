"""What can be measured on a face picture without anyone's opinion: landmarks and colours.

Landmarks come from MediaPipe's face mesh; they serve as regressors for the directions, and to measure edits.
"""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from stitch_exp.networks.mediapipe_tasks import Task, image

NAMES = (
    "smile_lift",
    "mouth_width",
    "mouth_open",
    "eyes_open",
    "yaw",
    "pitch",
    "roll",
    "brightness",
    "skin_luma",
    "skin_redness",
    "skin_yellowness",
)
MESH_SIDE = 256


def _mesh_points(result, side: int) -> Float[np.ndarray, "478 2"] | None:
    if not result.face_landmarks:
        return None
    return np.array([(p.x * side, p.y * side) for p in result.face_landmarks[0]])


def _span(points: np.ndarray, first: int, second: int) -> float:
    return float(np.linalg.norm(points[first] - points[second]))


def _geometry(points: Float[np.ndarray, "478 2"]) -> dict[str, float]:
    eyes = points[[33, 263]]
    unit = _span(points, 33, 263)
    roll = float(np.arctan2(*(eyes[1] - eyes[0])[::-1]))
    down = np.array([-np.sin(roll), np.cos(roll)])
    lips, corners = points[[13, 14]].mean(axis=0), points[[61, 291]].mean(axis=0)
    cheeks = points[[234, 454]]
    across = cheeks[1] - cheeks[0]
    along = points[152] - points[10]
    return {
        "smile_lift": float((lips - corners) @ down / unit),
        "mouth_width": _span(points, 61, 291) / unit,
        "mouth_open": _span(points, 13, 14) / unit,
        "eyes_open": (_span(points, 159, 145) + _span(points, 386, 374)) / (2 * unit),
        "yaw": float((points[1] - cheeks[0]) @ across / (across @ across) - 0.5),
        "pitch": float((points[1] - points[10]) @ along / (along @ along)),
        "roll": roll,
    }


def _colours(image: UInt8[np.ndarray, "S S 3"], points: Float[np.ndarray, "478 2"]) -> dict[str, float]:
    luma = np.array([0.299, 0.587, 0.114])
    spots = np.concatenate([_patch(image, points[index]) for index in (50, 280, 151)])
    red, green, blue = spots.mean(axis=0) / 255
    return {
        "brightness": float((image / 255 @ luma).mean()),
        "skin_luma": float(np.array([red, green, blue]) @ luma),
        "skin_redness": float(red - green),
        "skin_yellowness": float((red + green) / 2 - blue),
    }


def _patch(image: np.ndarray, centre: np.ndarray) -> np.ndarray:
    radius = max(1, image.shape[0] // 40)
    x, y = np.clip(centre.astype(int), radius, image.shape[0] - radius - 1)
    return image[y - radius : y + radius + 1, x - radius : x + radius + 1].reshape(-1, 3)


def measure_faces(images: Iterable[UInt8[np.ndarray, "S S 3"]]) -> Float[np.ndarray, "N M"]:
    """One row an image in the order of `NAMES`; a row of NaN where no face is found.

    Lengths are in units of the distance between the outer eye corners, angles in radians, colours in [0, 1].
    """
    rows = []
    mesh = Task("FaceLandmarker", "face_landmarker.task")
    for pixels in images:
        picture = np.asarray(Image.fromarray(pixels).resize((MESH_SIDE, MESH_SIDE), Image.Resampling.BICUBIC))
        points = _mesh_points(mesh.task.detect(image(picture)), MESH_SIDE)
        if points is None:
            rows.append(np.full(len(NAMES), np.nan))
            continue
        found = _geometry(points) | _colours(picture, points)
        rows.append(np.array([found[name] for name in NAMES]))
    return np.stack(rows)
