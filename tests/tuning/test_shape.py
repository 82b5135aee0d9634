"""Landmarks beside features: a frame's own step moves a mouth that features hardly notice."""

import numpy as np
import pytest
import torch
from torch import Tensor

from stitch_exp.faces.face import Face
from stitch_exp.tuning.resemblance import Resemblance
from stitch_exp.tuning.shape import ShapedResemblance, usual_place
from stitch_exp.tuning.singly import FrameSteps
from stitch_exp.types import AlignedClip
from tests.linear_generator import PX, Blind, LinearGenerator
from tests.made_landmarks import landmarks

CPU = torch.device("cpu")
CENTRE = (3.5, 3.0)


class Mesh:
    """Sees a face whose mouth is as far down as the picture is red, placed as `last` says; none in a black picture."""

    def __init__(self, turned: float = 0.0) -> None:
        self.turned = turned

    def follow(self, frame: np.ndarray, last: Face) -> Face | None:
        if not frame.any():
            return None
        plain, seen = landmarks(CENTRE, 2.0), landmarks((2.0, 6.0), 3.0, self.turned)
        mouth = frame[..., 0].mean() / 32 * (seen[8] - seen[27]) / np.linalg.norm(plain[8] - plain[27])
        seen[48:] += mouth
        return Face(seen, last.box, 1.0)


def clip(crops: np.ndarray) -> AlignedClip:
    """Crops of twice the side of the frames they were cut from; a painted face in the middle of each."""
    count = len(crops)
    return AlignedClip(
        crops=crops,
        frame_index=np.arange(count),
        frame_from_crop=np.tile(np.diag([0.5, 0.5, 1.0]), (count, 1, 1)),
        quads=np.zeros((count, 4, 2)),
        landmarks=np.tile(landmarks(CENTRE, 2.0), (count, 1, 1)),
        status=("detected",) * count,
    )


def shaped(weight: float, crops: np.ndarray, turned: float = 0.0) -> ShapedResemblance:
    return ShapedResemblance(Resemblance(Blind(), PX, 1.0), Mesh(turned), weight, clip(crops))


def test_the_face_is_looked_for_where_the_clip_has_it() -> None:
    """Index 3 is 3.5 in continuous coordinates, 7 in a crop twice as fine, 3.5 in one of half that crop's side."""
    face = usual_place(clip(np.zeros((2, 16, 16, 3), np.uint8)), 8)
    wanted = landmarks(CENTRE, 2.0)
    np.testing.assert_allclose(face.landmarks, wanted)
    np.testing.assert_allclose(face.box, [*wanted.min(axis=0), *wanted.max(axis=0)])


def points_of(red: int, turned: float = 0.0) -> np.ndarray:
    """What is compared of a picture's landmarks, in px, without their weights."""
    crops = np.full((1, 16, 16, 3), red, np.uint8)
    found = shaped(4.0, crops, turned)
    vector, plain = found.of_crops(crops, CPU), found.resemblance.of_crops(crops, CPU)
    torch.testing.assert_close(vector[:, : plain.shape[1]], plain)
    return vector[0, plain.shape[1] :].view(68, 2).numpy() * PX / found.scale


def test_faces_are_compared_in_one_place_upright_and_of_one_size() -> None:
    """The mesh sees them elsewhere and 1.5 times as large, a mouth 64 / 32 px down in pixels of the usual face."""
    usual, upright = landmarks(CENTRE, 2.0), points_of(64)
    np.testing.assert_allclose(upright[:48], usual[:48], atol=1e-4)
    np.testing.assert_allclose(upright[48:] - usual[48:], np.tile([0.0, 64 / 32], (20, 1)), atol=1e-4)
    np.testing.assert_allclose(points_of(64, turned=0.4), upright, atol=1e-4)


def test_lids_and_lips_count_most() -> None:
    scale = shaped(4.0, np.zeros((1, 16, 16, 3), np.uint8)).scale[:, 0]
    assert scale[[0, 20, 30, 40, 60]].tolist() == pytest.approx([2 * part**0.5 for part in (0.3, 0.5, 0.7, 4.0, 1.5)])


def test_a_face_that_is_not_found_asks_for_nothing() -> None:
    crops = np.zeros((1, 16, 16, 3), np.uint8)
    assert int(shaped(1.0, crops).of_crops(crops, CPU).isnan().sum()) == 136
    moved = step(1e4, torch.full((1, 2, 3), -50.0))
    assert bool(moved.isfinite().all())


def step(weight: float, wanted: Tensor) -> Tensor:
    """Where one step takes a code of zeros, when the crop is the picture of `wanted`."""
    generator = LinearGenerator()
    target = generator(wanted, resolution=PX)
    crops = ((target.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
    compared = shaped(weight, crops)
    steps = FrameSteps(generator, compared, torch.eye(3), pull=10.0)
    around = steps.linearised(torch.zeros(2, 3), lambda probes: probes)
    return steps.found(torch.zeros(1, 2, 3), compared.of_crops(crops, CPU), around, 1)


def test_rows_of_colours_are_not_asked_for_landmarks() -> None:
    class Deep(LinearGenerator):
        num_ws = 8
        matrix = torch.randn(24, 3 * PX * PX, generator=torch.Generator().manual_seed(5)) / 4

    crops = np.full((1, 16, 16, 3), 64, np.uint8)
    steps = FrameSteps(Deep(), shaped(100.0, crops), torch.eye(3), pull=1.0)
    jacobian = steps.linearised(torch.full((8, 3), 0.1), lambda probes: probes).jacobian
    assert jacobian.shape == (12, 3 * PX * PX // 4 + 136)
    assert not jacobian[9:, -136:].any()
    assert bool(jacobian[:9, -136:].any(dim=1).all())


def mean_colour(codes: Tensor) -> np.ndarray:
    return LinearGenerator()(codes, resolution=PX).mean(dim=(2, 3))[0, :1].numpy()


def test_a_step_goes_where_the_landmarks_are() -> None:
    wanted = torch.tensor([[[0.3, -0.2, 0.4]]]).expand(1, 2, 3)
    aim = mean_colour(wanted)
    without, heavy = (np.abs(mean_colour(step(weight, wanted)) - aim).max() for weight in (0.0, 1e6))
    assert without > 0.5 * np.abs(aim).max()
    assert heavy < 0.5 * without, "what is left is the rounding of pictures to bytes"
