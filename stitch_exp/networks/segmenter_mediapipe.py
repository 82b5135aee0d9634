"""The head's outline by MediaPipe's selfie segmentation, cut off below the chin. Its weights come with this package."""

from typing import Annotated

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from stitch_exp.host.quiet import quiet_native
from stitch_exp.networks.mediapipe_tasks import Task, image
from stitch_exp.networks.roles import Heads
from stitch_exp.ops.chips import NOSE_TIP, face_axes
from stitch_exp.ops.regions import connected
from stitch_exp.settings import Finite, Range, checked

JAW_UNDERSIDE = slice(4, 13)
BESIDE, FAR = 0.08, 8.0
"""How far beside the jaw the cut stays at the height of the jaw's corners, and how far it goes on, in jaw widths."""
ROWS_A_PIXEL = 6
"""What hangs down may spread sideways by a pixel in so many rows."""


@checked
class MediapipeSegmenter:
    """Person mask of the crop, without what lies below the jaw line: neck, shoulders and clothes.

    Beside the jaw the cut runs at the height of the chin, so that hair next to the face stays in. Of what is there,
    only what hangs down from the height of the nose is kept: hair does, raised shoulders do not. What is then
    unconnected with the face (other people) is dropped too. Everything is measured in the face's own axes, so a tilted
    head is cut along its tilt.

    Args:
        threshold: The probability above which a pixel belongs to the person, above 0 and below 1; 0.5 takes what
            is more likely than not.
        chin_margin: How far below the jaw line the cut runs, as a share of the distance from eyes to chin; less than 0
            cuts above it.

    Attributes:
        name: `mediapipe`.
    """

    name = "mediapipe"

    def __init__(
        self, *, threshold: Annotated[float, Range(0, 1, above=True, below=True)], chin_margin: Finite
    ) -> None:
        self.threshold, self.chin_margin = threshold, chin_margin
        self._network: Task | None = None

    def __call__(self, crops: UInt8[np.ndarray, "N S S 3"], landmarks: Float[np.ndarray, "N K 2"]) -> Heads:
        """Outlines of 0 and 1; hair is not told from the rest.

        Args:
            landmarks: The 68 iBUG points in crop pixels.
        """
        masks = np.zeros(crops.shape[:3], np.float32)
        for mask, crop, points in zip(masks, crops, landmarks, strict=True):
            person = (self._person(np.ascontiguousarray(crop)) > self.threshold).astype(np.uint8)
            cv2.fillPoly(person, [_below_jaw(points, self.chin_margin)], (0,))
            mask[:] = connected(_hanging(person, points), points[NOSE_TIP])
        return Heads(masks)

    def _person(self, crop: np.ndarray) -> np.ndarray:
        if self._network is None:
            self._network = Task("ImageSegmenter", "selfie_segmentation.tflite", output_confidence_masks=True)
            with quiet_native():
                self._network.task.segment(image(crop))
        return self._network.task.segment(image(crop)).confidence_masks[0].numpy_view()[..., 0]


def _hanging(mask: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The mask without what is below the nose and has nothing of the mask above it."""
    axes, origin = face_axes(points)
    height, width = mask.shape
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)])
    reach = int(np.ceil(np.linalg.norm(corners - origin, axis=1).max()))
    upright_from_crop = np.column_stack([axes, reach - axes @ origin])
    upright = cv2.warpAffine(mask, upright_from_crop, (2 * reach, 2 * reach), flags=cv2.INTER_NEAREST)
    kept = upright.copy()
    nose = max(int(np.rint(upright_from_crop[1] @ (*points[NOSE_TIP], 1))), 0)
    for row in range(nose + 1, 2 * reach):
        above = kept[row - 1]
        if row % ROWS_A_PIXEL == 0:
            above = cv2.dilate(above[None], np.ones((1, 3), np.uint8))[0]
        kept[row] &= above
    loose = cv2.warpAffine(
        upright - kept, upright_from_crop, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    )
    return mask & np.invert(loose)


def _below_jaw(points: np.ndarray, margin: float) -> np.ndarray:
    """Polygon (crop pixels) of everything below the jaw line."""
    axes, origin = face_axes(points)
    jaw = (points[JAW_UNDERSIDE] - origin) @ axes.T
    jaw[:, 1] += margin * jaw[:, 1].max()
    chin, width = jaw[:, 1].max(), float(np.ptp(jaw[:, 0]))
    (first, first_y), (last, last_y) = jaw[0] - (BESIDE * width, 0), jaw[-1] + (BESIDE * width, 0)
    left, right_end, bottom = first - FAR * width, last + FAR * width, chin + FAR * width
    outline = [(left, chin), (first, chin), (first, first_y), *jaw, (last, last_y), (last, chin)]
    outline += [(right_end, chin), (right_end, bottom), (left, bottom)]
    return np.rint(np.array(outline) @ axes + origin).astype(np.int32)
