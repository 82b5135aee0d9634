"""Steadiness over time: geometry that shakes, texture that flickers, and motion that must not be lost."""

from abc import abstractmethod

import cv2
import numpy as np
from jaxtyping import Bool, Float

from stitch_exp.measures.base import Metric, mean_defined
from stitch_exp.measures.change import mean_change
from stitch_exp.measures.observation import Observation
from stitch_exp.measures.quantity import Quantity
from stitch_exp.ops.luma import luma
from stitch_exp.ops.motion import moved
from stitch_exp.types import MetricResult

STEADY = "Steadiness"


class _Jitter(Metric):
    """How much points shake: mean length of their acceleration, in percent of the face's size; lower is better.

        jitter[t] = 100 * mean over points of |x[t] - 2 x[t-1] + x[t-2]| / r[t-1],

    r being the root-mean-square distance of the points from their centroid. Uniform motion gives 0. Defined from the
    third of three consecutive frames of a shot that have the points.

    Args:
        detector: Printed with the result, where the points come from one.
    """

    def __init__(self, *, detector: str = "") -> None:
        self.instrument = detector
        self.reset()

    def reset(self) -> None:
        self.history: list[Float[np.ndarray, "K 2"] | None] = []
        self.values: list[float] = []

    def update(self, frame: Observation) -> None:
        before = [] if frame.cut else self.history
        self.history = [*before, getattr(frame, self.inputs[0])][-3:]
        known = [points for points in self.history if points is not None]
        self.values.append(acceleration(*known) if len(known) == 3 else float("nan"))

    def compute(self) -> tuple[MetricResult, ...]:
        curve = np.asarray(self.values, np.float64)
        return (self.quantities[0].result(mean_defined(curve), curve, instrument=self.instrument),)


class AlignmentJitter(_Jitter):
    """How much the corners of the aligned crop shake."""

    word, inputs = "jitter", ("quad",)
    quantities = (
        Quantity(
            name="alignment_jitter", title="Alignment jitter", meaning="Acceleration of the crop's corners.",
            group=STEADY, unit="% of face", better="lower", chart="Jitter", column=True,
        ),
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()


class LandmarkJitter(_Jitter):
    """How much the points detected in the edited video shake."""

    word, inputs = "jitter", ("edited_landmarks",)
    quantities = (
        Quantity(
            name="landmark_jitter", title="Landmark jitter",
            meaning="Acceleration of points detected in the edited video.", group=STEADY, unit="% of face",
            better="lower", chart="Jitter", column=True,
        ),
    )  # fmt: skip


class SourceJitter(_Jitter):
    """How much the points detected in the source shake: what smoothing starts from."""

    word, inputs = "jitter", ("landmarks",)
    quantities = (
        Quantity(
            name="source_jitter", title="Source landmark jitter",
            meaning="Acceleration of points detected in the source.", group=STEADY, unit="% of face", better="lower",
            chart="Jitter",
        ),
    )  # fmt: skip

    def __init__(self, *, follower: str = "") -> None:
        super().__init__(detector=follower)


def acceleration(
    first: Float[np.ndarray, "K 2"], middle: Float[np.ndarray, "K 2"], last: Float[np.ndarray, "K 2"]
) -> float:
    """Mean length of the second difference, in percent of the points' root-mean-square radius."""
    radius = np.sqrt(np.square(middle - middle.mean(axis=0)).sum(axis=1).mean())
    length = np.linalg.norm(last - 2.0 * middle + first, axis=1).mean()
    return float(100.0 * length / radius) if radius > 0.0 else float("nan")


Pair = tuple[np.ndarray, np.ndarray]
"""The same frame of the source and of the edited video."""
UNDEFINED = (float("nan"), float("nan"))


class _BetweenFrames(Metric):
    """What happens inside the face region from one frame of a shot to the next, in the source and in the edit."""

    inputs = ("source", "edited", "region")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.previous: Pair | None = None
        self.changes: list[tuple[float, float]] = []

    def update(self, frame: Observation) -> None:
        if frame.cut:
            self.previous = None
        if frame.region is None or frame.source is None or frame.edited is None:
            self.previous = None
            self.changes.append(UNDEFINED)
            return
        source, edited, region = self._prepared(frame.source, frame.edited, frame.region)
        before = self.previous
        self.changes.append(UNDEFINED if before is None else self._change(before, source, edited, region))
        self.previous = (source, edited)

    def _prepared(self, source: np.ndarray, edited: np.ndarray, region: np.ndarray) -> tuple:
        return source, edited, region

    @abstractmethod
    def _change(
        self, previous: Pair, source: np.ndarray, edited: np.ndarray, region: np.ndarray
    ) -> tuple[float, float]:
        """How much the source and the edited video change since the frame before."""

    def _curves(self) -> Float[np.ndarray, "2 N"]:
        return np.asarray(self.changes, np.float64).reshape(-1, 2).T


def _ratio(source: Float[np.ndarray, " N"], edited: Float[np.ndarray, " N"]) -> float:
    """Of the clip's sums, edited over source."""
    below = float(np.nansum(source))
    return float(np.nansum(edited)) / below if below > 0.0 else float("nan")


class Flicker(_BetweenFrames):
    """Texture that changes other than by the source's motion.

    The optical flow from frame t to t-1 of the *source* (OpenCV DIS, medium preset, luma) warps frame t-1 onto frame t;
    err(V)[t] is the mean absolute difference of luma inside the face region. Two results:
    `warp_error_excess` = mean of err(edited) - err(source), in 8-bit levels, 0 = as steady as the source, lower is
    better; `warp_error_ratio` = sum of err(edited) / sum of err(source), lower is better. The source's own error
    cancels occlusions and errors of the flow.

    Reference: warp error of Lai et al. 2018 (blind video consistency), made relative to the source.

    Args:
        flow_side_px: Longer side of the frame at which the flow is computed.
    """

    word = "flicker"
    quantities = (
        Quantity(
            name="warp_error_excess", title="Flicker", meaning="Warp error above the source's own.", group=STEADY,
            unit="levels", better="lower", chart="Flicker above the source", level=0.0, column=True, watched=True,
        ),
        Quantity(
            name="warp_error_ratio", title="Flicker ratio", meaning="Warp error over the source's own.", group=STEADY,
            better="lower",
        ),
    )  # fmt: skip

    def __init__(self, *, flow_side_px: int) -> None:
        self.flow_side_px = flow_side_px
        self.engine = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        super().__init__()

    def _prepared(self, source: np.ndarray, edited: np.ndarray, region: np.ndarray) -> tuple:
        scale = min(1.0, self.flow_side_px / max(source.shape[:2]))
        size = tuple(max(1, round(side * scale)) for side in source.shape[1::-1])
        small = [cv2.resize(luma(image), size, interpolation=cv2.INTER_AREA) for image in (source, edited)]
        return *small, cv2.resize(region.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(bool)

    def _change(
        self, previous: Pair, source: np.ndarray, edited: np.ndarray, region: np.ndarray
    ) -> tuple[float, float]:
        if not region.any():
            return UNDEFINED
        flow = self._flow(source, previous[0])
        warped = (moved(before, flow, cv2.INTER_LINEAR) for before in previous)
        below, above = (np.abs(image - now)[region].mean() for image, now in zip(warped, (source, edited), strict=True))
        return float(below), float(above)

    def _flow(self, now: np.ndarray, before: np.ndarray) -> Float[np.ndarray, "H W 2"]:
        if min(now.shape) < 16:
            return np.zeros((*now.shape, 2), np.float32)
        return self.engine.calc(*(np.rint(image).astype(np.uint8) for image in (now, before)), None)

    def compute(self) -> tuple[MetricResult, ...]:
        source, edited = self._curves()
        curve = edited - source
        excess, relative = self.quantities
        return excess.result(mean_defined(curve), curve), relative.result(_ratio(source, edited))


class MotionKept(_BetweenFrames):
    """Mean absolute difference of neighbouring frames inside the face region, edited over source; 1 = all motion kept.

    A frozen face gives 0, so it cannot win by being perfectly consistent with itself. The value is the ratio of the
    clip's sums; `per_frame` holds each frame's own ratio.
    """

    word = "motion"
    quantities = (
        Quantity(
            name="motion_kept", title="Motion kept", meaning="Motion of the face, edited over source; 0 is frozen.",
            group=STEADY, better="one", column=True,
        ),
    )  # fmt: skip

    def _change(
        self, previous: Pair, source: np.ndarray, edited: np.ndarray, region: Bool[np.ndarray, "H W"]
    ) -> tuple[float, float]:
        return mean_change(source, previous[0], region), mean_change(edited, previous[1], region)

    def compute(self) -> tuple[MetricResult, ...]:
        source, edited = self._curves()
        curve = np.divide(edited, source, out=np.full_like(source, np.nan), where=source > 0.0)
        return (self.quantities[0].result(_ratio(source, edited), curve),)
