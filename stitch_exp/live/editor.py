"""From a placed shot to the frame that is shown: the face's box is changed, everything else stays as filmed."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from stitch_exp.live.engine import Engine
from stitch_exp.live.shot import Controls, Placed
from stitch_exp.ops.warp import apply, crop_from_frame, crop_quickly, region_of

_LABEL = "AI-edited"
_UNLIKE, _ALIKE = 0.7, 0.85
"""Likeness of a face's pictures in neighbouring frames: nothing is painted below, all above (`faces.looks.alike`)."""


class Editor:
    """Edits one frame after the other.

    A frame without a face is returned as it was filmed, pixel by pixel, and without a label. When the face is there
    again, the edit fades in. While the face's picture is unlike the one before it, because something passes over it,
    the edit fades out.

    Args:
        engine: The network.
        side: Side of its crops.
        fade_s: How long an edit takes to fade in or out.
        label: Write on every edited frame that it is edited.
    """

    def __init__(self, engine: Engine, side: int, *, fade_s: float = 0.2, label: bool = True) -> None:
        self.engine, self.side, self.fade_s, self.label = engine, side, fade_s, label
        self._shown = 0.0
        self._before_s: float | None = None

    def __call__(self, placed: Placed, controls: Controls) -> UInt8[np.ndarray, "H W 3"]:
        """The frame to show; a new array where it differs from the filmed one."""
        opacity = self._opacity(placed)
        frame = placed.shot.pixels
        if (
            placed.quad is None
            or placed.landmarks is None
            or not controls.is_on
            or controls.share == 0.0
            or opacity == 0.0
        ):
            return frame
        crop = crop_quickly(frame, placed.quad, self.side, padding="reflect")  # as `aligner` pads
        landmarks = apply(crop_from_frame(placed.quad, self.side), placed.landmarks + 0.5) - 0.5
        change = self.engine(crop, controls.share, landmarks) * np.float32(opacity)
        edited = added(frame, change, placed.quad)
        if controls.compares:
            middle = frame.shape[1] // 2
            edited[:, :middle] = frame[:, :middle]
        return labelled(edited) if self.label else edited

    def _opacity(self, placed: Placed) -> float:
        now = placed.shot.time_s
        step = 0.0 if self._before_s is None else now - self._before_s
        first, self._before_s = self._before_s is None, now
        wanted = float(np.clip((placed.likeness - _UNLIKE) / (_ALIKE - _UNLIKE), 0, 1))
        if placed.quad is None:
            self._shown = 0.0
        elif first or self.fade_s <= 0:
            self._shown = wanted
        else:
            most = max(step, 0.0) / self.fade_s
            self._shown += float(np.clip(wanted - self._shown, -most, most))
        return self._shown


def added(
    frame: UInt8[np.ndarray, "H W 3"], change: Float32[np.ndarray, "S S 3"], quad: Float[np.ndarray, "4 2"]
) -> UInt8[np.ndarray, "H W 3"]:
    """A copy of the frame with a crop's change added in the crop's place; only the box around it is computed."""
    region, composed = region_of(quad, *frame.shape[:2]), frame.copy()
    if region.is_empty:
        return composed
    side = change.shape[0]
    reduced = max(1, round(side / max(float(np.linalg.norm(quad[3] - quad[0])), 1.0)))
    if reduced > 1:  # a crop finer than the frame is averaged, so that it does not alias
        side = max(1, side // reduced)
        change = cv2.resize(change, (side, side), interpolation=cv2.INTER_AREA)
    right, down = (quad[3] - quad[0]) / side, (quad[1] - quad[0]) / side
    corner = quad[0] + (right + down) / 2 - (region.left, region.top)
    size = (region.right - region.left, region.bottom - region.top)
    there = cv2.warpAffine(change, np.stack([right, down, corner], axis=1), size, flags=cv2.INTER_LINEAR)
    composed[region.slices] = cv2.add(frame[region.slices], there, dtype=cv2.CV_8U)
    return composed


def labelled(frame: UInt8[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "H W 3"]:
    """Write in the lower left corner that the frame is edited; changes the frame and returns it."""
    height = frame.shape[0]
    size = max(0.35, height / 900)
    (wide, tall), below = cv2.getTextSize(_LABEL, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
    left, base = max(2, height // 60), height - max(2, height // 60) - below
    cv2.rectangle(frame, (left - 2, base - tall - 2), (left + wide + 2, base + below), (0, 0, 0), cv2.FILLED)
    place = (left, base)
    cv2.putText(frame, _LABEL, place, cv2.FONT_HERSHEY_SIMPLEX, size, (255, 255, 255), 1, cv2.LINE_AA)
    return frame
