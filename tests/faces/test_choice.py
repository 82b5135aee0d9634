"""Which face is followed."""

from pathlib import Path

import numpy as np
import pytest

from stitch_exp.errors import ConfigError
from stitch_exp.faces.choice import chooser
from stitch_exp.faces.face import Face


def at(left: float, top: float, side: float) -> Face:
    return Face(np.zeros((68, 2)), np.array([left, top, left + side, top + side], np.float64), 1.0)


FACES = [at(0, 0, 10), at(80, 40, 20), at(30, 40, 15)]


def test_the_largest_the_nearest_to_a_point_or_none() -> None:
    assert chooser("largest")(FACES, 100, 100) is FACES[1]
    assert chooser([0.35, 0.5])(FACES, 100, 100) is FACES[2]
    assert chooser([0.0, 0.0])(FACES, 100, 100) is FACES[0]
    assert chooser("all")(FACES, 100, 100) is None


def test_a_point_is_a_share_of_the_frame() -> None:
    assert chooser([0.5, 0.5])(FACES, 180, 100) is FACES[1]


def test_the_file_of_a_picture_chooses_as_largest_does(tmp_path: Path) -> None:
    (tmp_path / "her.png").touch()
    assert chooser(str(tmp_path / "her.png"))(FACES, 100, 100) is FACES[1]


@pytest.mark.parametrize("follow", ["largest", [0.5, 0.5]])
def test_among_none_there_is_none(follow: str | list[float]) -> None:
    assert chooser(follow)([], 100, 100) is None


@pytest.mark.parametrize("follow", ["biggest", [0.5], [0.5, 1.5]])
def test_anything_else_is_refused(follow: str | list[float]) -> None:
    with pytest.raises(ConfigError, match=r"aligner.follow=.* must be 'largest', 'all', a point"):
        chooser(follow)
