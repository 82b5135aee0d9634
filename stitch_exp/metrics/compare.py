"""Measure two video files against each other, with nothing but a face detector."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from stitch_exp.errors import FaceError
from stitch_exp.faces.cuts import with_cuts
from stitch_exp.faces.follower import Follower, in_reach
from stitch_exp.measures import catalogue
from stitch_exp.measures.observation import OF_TWO_VIDEOS, Observation
from stitch_exp.measures.truth import EditError, ForeignAnswers
from stitch_exp.metrics.feeding import Feeding
from stitch_exp.metrics.onlooker import Onlooker
from stitch_exp.metrics.suite import check_twins
from stitch_exp.networks.roles import Detector, Identity
from stitch_exp.types import Clip, MetricResult, Report, Workspace

_MAX_GAP_FRAMES = 10
ENCODED = "encoded video, region: hull of the source's landmarks"


class Comparison:
    """Compares an edited video with its source, frame by frame.

    The largest face of the first frame is followed through the source as the aligner does it (`faces.Follower`); in the
    edited frame the face in its place counts. Each video is cut at its own landmarks, because the edited video may come
    from any method. A frame whose source shows a face that the edit lacks is lost, and counts as like nothing.

    Args:
        names: What to measure of what two videos allow; None measures all of it that is measured by default.
        min_similarity: As in `Suite`.
        flow_side_px: As in `Suite`.
        min_score: Detections below this score do not count.
        detector: Face detector with 68 landmarks; see `docs/architecture.md`.
        recogniser: Tells people apart, so that one person is followed; None follows by place alone.
        identity: Face recognition network.
        recognisers: Several of them instead, as in `Suite`.
        judge: Guesses age and gender of both faces; None leaves that out.
    """

    def __init__(
        self,
        *,
        names: Sequence[str] | None,
        min_similarity: float,
        flow_side_px: int,
        min_score: float,
        detector: Detector,
        recogniser: Identity | None,
        identity: Any,
        judge: Any = None,
        recognisers: Sequence[Any] | None = None,
    ) -> None:
        self.onlooker = Onlooker(detector, judge, min_score)
        self.known = OF_TWO_VIDEOS | self.onlooker.fields
        self.names = catalogue.check_names(names, self.known)
        self.min_similarity, self.flow_side_px, self.min_score = min_similarity, flow_side_px, min_score
        self.detector, self.recogniser, self.recognisers = detector, recogniser, list(recognisers or [identity])

    def __call__(
        self, source: Clip, edited: Clip, work: Workspace, answers: ForeignAnswers | None = None
    ) -> tuple[Report, tuple[str, ...]]:
        """The report, and for each frame `detected`, `missing` (no face in the source) or `lost` (none in the edit).

        Args:
            source: The video before the edit.
            edited: The video after it.
            work: Progress.
            answers: What edited frames should be, for a clip that knows it; adds the numbers against ground truth.

        Raises:
            DataError: The videos differ in length or size.
            FaceError: No frame of the source shows a face.
        """
        check_twins(source, edited)
        detector = self.onlooker.detector_name
        tools = catalogue.Tools(
            min_similarity=self.min_similarity,
            flow_side_px=self.flow_side_px,
            detector=detector,
            follower=detector,
            judge=self.onlooker.judge_name,
        )
        names = self.names if answers is None else (*self.names, EditError.word)
        known = self.known if answers is None else self.known | answers.fields
        feeding = Feeding(names, known, tools, self.recognisers, f"landmarks of each video, {detector}")
        status = []
        for index, seen in enumerate(work.track(self._observe(source, edited), "measuring", len(source.frames))):
            frame = seen if answers is None else answers.add(seen, index)
            status.append(frame.status)
            feeding.update(self.onlooker.judged(frame), frame.landmarks, frame.edited_landmarks)
        if set(status) == {"missing"}:
            raise FaceError(
                f"no face in any frame of {source.name!r}; lower metrics.min_score={self.min_score}, or try dlib"
            )
        return Report(tuple(_named(result) for result in feeding.results())), tuple(status)

    def _observe(self, source: Clip, edited: Clip) -> Iterator[Observation]:
        follower = Follower(self.detector, "largest", self.min_score, 0.0, _MAX_GAP_FRAMES, self.recogniser)
        for (before, cut), after in zip(with_cuts(source.frames), edited.frames, strict=True):
            found = follower.find(before, cut)
            twin = None if found is None else in_reach(found, self.onlooker.faces(after))
            points = None if found is None else found.landmarks
            yield Observation(
                source=before,
                edited=after,
                landmarks=points,
                found_landmarks=points,
                edited_landmarks=None if twin is None else twin.landmarks,
                status="missing" if found is None else "lost" if twin is None else "detected",
                cut=cut,
            )


def _named(result: MetricResult) -> MetricResult:
    """Numbers taken from encoded videos never share a column with those taken before the codec."""
    counted = catalogue.QUANTITIES[result.name].group == "Frames"
    return result if result.instrument or counted else replace(result, instrument=ENCODED)
