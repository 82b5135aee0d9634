"""Which face is followed: `aligner.follow`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from stitch_exp.errors import ConfigError, FaceError
from stitch_exp.faces.face import Face
from stitch_exp.faces.looks import Person
from stitch_exp.faces.search import look_everywhere
from stitch_exp.networks.roles import Detector, Identity

Chooser = Callable[[Sequence[Face], int, int], Face | None]
"""`choose(faces, width, height)`: the face to follow from here on, None among none."""
LARGEST, ALL = "largest", "all"


def chooser(follow: str | list[float]) -> Chooser:
    """The rule that a setting means; for a picture, whose person is recognised, that of `largest`.

    With `all` a follower chooses nobody: it is told whom to follow (`everyone.Everyone`).

    Raises:
        ConfigError: It is neither `largest`, nor a point, nor the file of a picture.
    """
    if isinstance(follow, str) and (follow == LARGEST or os.path.isfile(follow)):
        return lambda faces, width, height: max(faces, key=lambda face: face.side, default=None)
    if follow == ALL:
        return lambda faces, width, height: None
    if isinstance(follow, str) or len(follow) != 2 or not all(0 <= value <= 1 for value in follow):
        raise ConfigError(
            f"aligner.follow={follow} must be 'largest', 'all', a point like [0.3, 0.5] (x, y from 0 to 1), "
            "or the file of a picture of the face"
        )
    point = np.array(follow, dtype=np.float64)
    return lambda faces, width, height: min(
        faces, key=lambda face: float(np.linalg.norm(face.center - point * (width, height))), default=None
    )


def person_in(picture: Path, detector: Detector, recogniser: Identity, min_score: float) -> Person:
    """Who is on a picture; of several people the one with the largest face.

    Raises:
        ConfigError: The file is no picture.
        FaceError: It shows no face.
    """
    try:
        with Image.open(picture) as image:
            frame = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except OSError as error:
        raise ConfigError(f"aligner.follow={picture} is no picture that can be read ({error})") from error
    faces = detector.detect(frame) or look_everywhere(detector, frame, 32.0)
    face = max((face for face in faces if face.score >= min_score), key=lambda face: face.side, default=None)
    if face is None:
        raise FaceError(f"aligner.follow={picture}: no face on this picture; take one that shows it larger")
    person = Person(recogniser)
    person.learn(frame, face)
    return person
