"""One frame as the metrics see it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """Everything known about one frame of a source and its edited twin; None where a comparison lacks it.

    A run fills all fields. Two plain video files fill the frames and what a detector finds in them.
    """

    status: str = "detected"
    """What became of the face: a `types.FrameStatus`, or `lost` where only the source shows one."""
    cut: bool = False
    """Whether a new shot starts here: nothing is compared with the frame before."""
    source: UInt8[np.ndarray, "H W 3"] | None = None
    edited: UInt8[np.ndarray, "H W 3"] | None = None
    landmarks: Float[np.ndarray, "K 2"] | None = None
    """Points of the face in the source frame."""
    edited_landmarks: Float[np.ndarray, "K 2"] | None = None
    """Points detected in the edited frame."""
    found_landmarks: Float[np.ndarray, "K 2"] | None = None
    """Points detected in the source by what detected `edited_landmarks`."""
    source_judged: Mapping[str, float] | None = None
    edited_judged: Mapping[str, float] | None = None
    """What a judge guesses of each face, by attribute."""
    quad: Float[np.ndarray, "4 2"] | None = None
    """Corners of the aligned crop in the frame."""
    source_embedding: Float[np.ndarray, " D"] | None = None
    edited_embedding: Float[np.ndarray, " D"] | None = None
    """The zero vector, which is like nothing, where the edit lost the face."""
    mask: Float[np.ndarray, "H W"] | None = None
    """Paste mask in the frame, 0 to 1."""
    touched: Bool[np.ndarray, "H W"] | None = None
    """Where a composite may change pixels: the paste mask and two crop pixels around it."""
    foreground: Float[np.ndarray, "H W"] | None = None
    """Head without the border in the frame, 0 to 1."""
    crop: UInt8[np.ndarray, "S S 3"] | None = None
    inversion: UInt8[np.ndarray, "S S 3"] | None = None
    edited_crop: UInt8[np.ndarray, "S S 3"] | None = None
    """The edited crop before stitching."""
    stitched_crop: UInt8[np.ndarray, "S S 3"] | None = None
    crop_mask: UInt8[np.ndarray, "S S"] | None = None
    crop_foreground: UInt8[np.ndarray, "S S"] | None = None
    leak: float | None = None
    border_before: float | None = None
    border_after: float | None = None
    steps: float | None = None
    """What the stitching stage says of the frame."""
    latent_step: Float[Tensor, " L"] | None = None
    """Length of the edit's step in each row of W+."""

    true_code: Float[Tensor, "L D"] | None = None
    """W+ code of the face in a clip that the generator made."""
    pivot: Float[Tensor, "L D"] | None = None
    true_edited: UInt8[np.ndarray, "H W 3"] | None = None
    """The frame that the scene would have shown with the same edit of the true code."""
    true_head: Float[np.ndarray, "H W"] | None = None
    """How opaque the face is in that scene, 0 to 1."""
    true_strength: float | None = None
    """How far the true edit goes where the edit is another tool's, in the unit of its direction."""

    @property
    def region(self) -> Bool[np.ndarray, "H W"] | None:
        """Where the face is: the paste mask, else the convex hull of the landmarks, else None."""
        if self.mask is not None:
            return self.mask > 0.5
        if self.landmarks is None or self.source is None:
            return None
        return hull(self.landmarks, self.source.shape[0], self.source.shape[1])


def hull(points: Float[np.ndarray, "K 2"], height: int, width: int) -> Bool[np.ndarray, "H W"]:
    """Pixels inside the convex hull of points given in pixel-index coordinates."""
    canvas = np.zeros((height, width), np.uint8)
    outline = cv2.convexHull(np.rint(points).astype(np.int32))
    cv2.fillConvexPoly(canvas, outline, (1.0,))
    return canvas.astype(bool)


EMBEDDINGS = ("source_embedding", "edited_embedding")
JUDGED = ("source_judged", "edited_judged")
DETECTED = ("found_landmarks", "edited_landmarks")
OF_RUN = frozenset({field.name for field in fields(Observation)} - {*DETECTED, *JUDGED, "true_strength"} | {"region"})
"""What the frames of a run have without a detector and a judge."""
OF_TWO_VIDEOS = frozenset({"source", "edited", "landmarks", "region", *DETECTED, *EMBEDDINGS})
"""What two video files and a face detector give."""
