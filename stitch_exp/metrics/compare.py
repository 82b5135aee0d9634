"""Measure two video files against each other, with nothing but a face detector."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from stitch_exp.errors import FaceError
from stitch_exp.metrics import catalogue
from stitch_exp.metrics.observation import OF_TWO_VIDEOS, Observation
from stitch_exp.metrics.suite import check_twins, instrument_of, with_embeddings
from stitch_exp.types import Clip, MetricResult, Report, Workspace

ENCODED = "encoded video, region: hull of the source's landmarks"


class Comparison:
    """Compares an edited video with its source, frame by frame.

    The largest face of the first frame is followed through the source; in the edited frame the face nearest to it
    counts. Each video is cut at its own landmarks, because the edited video may come from any method. A frame whose
    source shows no face joins no pair; one whose face only the edit lacks is lost, and counts as like nothing.

    Args:
        names: What to measure of what two videos allow; None measures all of it that is measured by default.
        min_similarity: As in `Suite`.
        flow_side_px: As in `Suite`.
        min_score: Detections below this score do not count.
        detector: Face detector with 68 landmarks; see `docs/architecture.md`.
        identity: Face recognition network.
    """

    def __init__(
        self,
        *,
        names: Sequence[str] | None,
        min_similarity: float,
        flow_side_px: int,
        min_score: float,
        detector: Any,
        identity: Any,
    ) -> None:
        self.names = catalogue.check_names(names, OF_TWO_VIDEOS)
        self.min_similarity, self.flow_side_px, self.min_score = min_similarity, flow_side_px, min_score
        self.detector, self.identity = detector, identity

    def __call__(self, source: Clip, edited: Clip, work: Workspace) -> tuple[Report, tuple[str, ...]]:
        """The report, and for each frame `detected`, `missing` (no face in the source) or `lost` (none in the edit).

        Raises:
            DataError: The videos differ in length or size.
            FaceError: No frame of the source shows a face.
        """
        check_twins(source, edited)
        detector = f"detector={type(self.detector).__name__}"
        tools = catalogue.Tools(
            min_similarity=self.min_similarity,
            flow_side_px=self.flow_side_px,
            identity=instrument_of(self.identity, f"landmarks of each video, {detector}"),
            detector=detector,
        )
        metrics = catalogue.build(self.names, OF_TWO_VIDEOS, tools)
        status = []
        for frame in work.track(self._observe(source, edited), "measuring", len(source.frames)):
            seen = with_embeddings(frame, self.identity, frame.landmarks, frame.edited_landmarks)
            status.append(seen.status)
            for metric in metrics:
                metric.update(seen)
        if set(status) == {"missing"}:
            raise FaceError(
                f"no face in any frame of {source.name!r}; lower metrics.min_score={self.min_score}, or try dlib"
            )
        results = (result for metric in metrics for result in metric.compute())
        return Report(tuple(_named(result) for result in results)), tuple(status)

    def _observe(self, source: Clip, edited: Clip) -> Iterator[Observation]:
        near: Float[np.ndarray, "K 2"] | None = None
        for before, after in zip(source.frames, edited.frames, strict=True):
            found = self._face(before, near)
            near = near if found is None else found
            twin = None if found is None else self._face(after, found)
            status = "missing" if found is None else "lost" if twin is None else "detected"
            yield Observation(source=before, edited=after, landmarks=found, edited_landmarks=twin, status=status)

    def _face(
        self, frame: UInt8[np.ndarray, "H W 3"], near: Float[np.ndarray, "K 2"] | None
    ) -> Float[np.ndarray, "K 2"] | None:
        faces = [face.landmarks for face in self.detector.detect(frame) if face.score >= self.min_score]
        if not faces:
            return None
        if near is None:
            return max(faces, key=lambda points: float(np.prod(np.ptp(points, axis=0))))
        return min(faces, key=lambda points: float(np.linalg.norm(points.mean(axis=0) - near.mean(axis=0))))


def _named(result: MetricResult) -> MetricResult:
    """Numbers taken from encoded videos never share a column with those taken before the codec."""
    counted = catalogue.QUANTITIES[result.name].group == "Frames"
    return result if result.instrument or counted else replace(result, instrument=ENCODED)
