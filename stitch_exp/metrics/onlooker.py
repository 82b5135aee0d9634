"""Looks at finished frames afresh: finds the face again and lets a judge guess."""

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from stitch_exp.faces.face import Face
from stitch_exp.measures.observation import DETECTED, JUDGED, Observation


class Onlooker:
    """What a detector and a judge, where there are such, see in the two pictures of a frame.

    Args:
        detector: Face detector with 68 landmarks, or None.
        judge: `judge(frame, landmarks) -> {attribute: value}`, or None.
        min_score: Detections below this score do not count.
    """

    def __init__(self, detector: Any, judge: Any, min_score: float) -> None:
        self.detector, self.judge, self.min_score = detector, judge, min_score

    @property
    def fields(self) -> frozenset[str]:
        """The fields of an observation that it fills."""
        judged = JUDGED if self.judge is not None and self.detector is not None else ()
        return frozenset((*DETECTED, *judged) if self.detector is not None else ())

    @property
    def detector_name(self) -> str:
        """As printed in tables; empty without a detector."""
        return "" if self.detector is None else f"detector={type(self.detector).__name__}"

    @property
    def judge_name(self) -> str:
        """As printed in tables; empty without a judge."""
        return "" if self.judge is None else f"judge={self.judge.name} {self.judge.weight_hash[:12]}"

    def look(self, frame: Observation) -> Observation:
        """The observation with what is seen near the source's landmarks in both pictures."""
        if self.detector is None or frame.landmarks is None:
            return frame
        assert frame.source is not None and frame.edited is not None
        before, after = (self.twin(picture, frame.landmarks) for picture in (frame.source, frame.edited))
        return self.judged(replace(frame, found_landmarks=before, edited_landmarks=after))

    def judged(self, frame: Observation) -> Observation:
        """The observation with what the judge guesses of each face that was found."""
        if self.judge is None:
            return frame
        before, after = (
            None if points is None else self.judge.judge(picture, points)
            for picture, points in ((frame.source, frame.found_landmarks), (frame.edited, frame.edited_landmarks))
        )
        return replace(frame, source_judged=before, edited_judged=after)

    def twin(
        self, picture: UInt8[np.ndarray, "H W 3"], near: Float[np.ndarray, "K 2"]
    ) -> Float[np.ndarray, "K 2"] | None:
        """The face whose middle lies within half a face of where one is expected; None where there is none."""
        reach = 0.5 * float(np.ptp(near, axis=0).max())
        middle = near.mean(axis=0)
        found = [
            (float(np.linalg.norm(face.landmarks.mean(axis=0) - middle)), face.landmarks)
            for face in self.faces(picture)
        ]
        close = [(distance, points) for distance, points in found if distance <= reach]
        return min(close, key=lambda item: item[0])[1] if close else None

    def faces(self, picture: UInt8[np.ndarray, "H W 3"]) -> list[Face]:
        """Every face of sufficient score."""
        return [face for face in self.detector.detect(picture) if face.score >= self.min_score]
