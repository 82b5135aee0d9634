"""What the aligner says to people: who is edited, which frames are not, and what would help."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from stitch_exp.faces.follower import Follower
from stitch_exp.faces.gaps import runs
from stitch_exp.types import Clip

log = logging.getLogger("stitch_exp")

_PATCHY = 0.1


def people(name: str, count: int, left: Mapping[str, int]) -> None:
    """Says how many people are edited, and how many others are not and why."""
    others = ", ".join(f"{number} {reason}" for reason, number in left.items() if number)
    rest = f"; left as filmed: {others}" if others else ""
    log.info("'%s': %d people are edited, each with a tuning of their own%s", name, count, rest)


def passed_through(name: str, status: Sequence[str], hidden: set[int], cuts: Sequence[int], min_score: float) -> None:
    """Says which frames are not edited, and where shots begin."""
    if cuts:
        log.info("'%s' is cut: shots begin at frame %s", name, ", ".join(map(str, cuts)))
    if hidden:
        log.warning("%d frames of '%s' are passed through: the face is hidden in them", len(hidden), name)
    absent = list(status).count("missing") - len(hidden)
    if absent:
        text = "%d of the %d frames of '%s' are passed through: the face is not found in them"
        log.warning(text, absent, len(status), name)
    lost = expected = 0
    for start, stop in runs(np.ones(len(status), bool), cuts):
        seen = start + np.flatnonzero([state == "detected" for state in status[start:stop]])
        if len(seen):
            expected += int(seen[-1] - seen[0]) + 1
            lost += int(seen[-1] - seen[0]) + 1 - len(seen)
    lost -= len(hidden)
    if lost > _PATCHY * expected:
        log.warning(
            "detections are patchy: the face was not found in %d of the %d frames between the first and the last "
            "of a shot in '%s'; lower aligner.min_score=%g, or try another detector (aligner=dlib)",
            lost, expected, name, min_score,
        )  # fmt: skip


def resolution(name: str, quads: Float[np.ndarray, "N 4 2"], side: int) -> None:
    """Says when the source has far fewer pixels than the crops: the rest of the work renders nothing."""
    side_px = float(np.median(np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1)))
    enough = 2 ** math.ceil(math.log2(max(side_px, 4.0)))
    if 2 * enough <= side:
        log.warning(
            "the face's square is only %.0f px wide in '%s' and crops have %d; model.resolution=%d shows all of it "
            "for a fraction of the work (StyleGAN2)",
            side_px, name, side, enough,
        )  # fmt: skip


def no_face(clip: Clip, follower: Follower, min_face_px: float, min_score: float) -> str:
    """Why no face of a clip can be edited, and what to do."""
    where = f"no face in any of the {len(clip.frames)} frames of '{clip.name}'"
    if follower.best_score == -np.inf:
        return f"{where}: the detector finds nothing at all; choose another clip or stretch (video.start)"
    if follower.largest_px > 0:
        return (
            f"{where} is large enough (largest {follower.largest_px:.0f} px < {min_face_px:g}); "
            "lower aligner.min_face_px or use a larger video"
        )
    return (
        f"{where} (best score {follower.best_score:.2f} < {min_score:.2f}); "
        "lower aligner.min_score or choose another stretch (video.start)"
    )
