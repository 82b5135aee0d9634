"""Imagined faces: mouths as far open as in speech whatever was filmed, other directions around the clip's own codes."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from stitch_exp.distill.imagination import Imagination, Instruments
from stitch_exp.measures.attributes import mouth_opening
from stitch_exp.types import AlignedClip, TunedGenerator

SIDE, COUNT = 32, 6
MOUTH, SMILE = torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([[0.0, 1.0, 0.0]])
CLOSED = np.random.default_rng(0).uniform(8, 24, (68, 2))
CLOSED[36:42], CLOSED[42:48], CLOSED[[62, 66]] = (10.0, 12.0), (22.0, 12.0), (16.0, 22.0)


def marks(opening: float) -> np.ndarray:
    """A face whose mouth is so far open, in % of the distance of its eyes."""
    points = CLOSED.copy()
    points[66, 1] += 0.12 * opening
    return points


class Painter:
    """Draws the mouth's code as grey, 10 levels a unit; the detector reads the mouth off it, 8 % a unit."""

    def __init__(self, slope: float = 8.0, blind_above: float = 999.0) -> None:
        self.slope, self.blind_above = slope, blind_above

    def draw(self, codes: torch.Tensor) -> np.ndarray:
        levels = (100 + 10 * codes[:, 0, 0]).round().clamp(0, 255).numpy().astype(np.uint8)
        return np.broadcast_to(levels[:, None, None, None], (len(codes), SIDE, SIDE, 3)).copy()

    def detect(self, crop: np.ndarray) -> list[Any]:
        code = (float(crop[0, 0, 0]) - 100) / 10
        return [] if code > self.blind_above else [SimpleNamespace(landmarks=marks(max(0.0, self.slope * code)))]


def imagined(painter: Painter, codes: list[float], **settings: Any) -> tuple[AlignedClip, TunedGenerator] | None:
    pivots = torch.tensor(codes)[:, None, None] * MOUTH
    count = len(codes)
    aligned = AlignedClip(
        painter.draw(pivots), np.arange(count), np.tile(np.eye(3), (count, 1, 1)), np.zeros((count, 4, 2)),
        np.stack([marks(painter.slope * code) for code in codes]), ("detected",) * count,
    )  # fmt: skip
    tuned = TunedGenerator({}, pivots, aligned.crops, np.zeros(0))
    by = Instruments(painter.draw, painter, {"mouth_open": MOUTH, "smile": SMILE}, mouth_opening)
    given = {"count": COUNT, "mouth": "mouth_open", "spreads": {"smile": 0.5, "yaw": 1.0}, "seed": 0} | settings
    return Imagination(**given)(aligned, tuned, by)


def openings(faces: AlignedClip) -> np.ndarray:
    return np.array([mouth_opening(points) for points in faces.landmarks])


@pytest.mark.parametrize("filmed", [[2.0, 2.2, 2.4, 2.5], [0.0, 0.1, 0.2, 0.1]])
def test_mouths_are_imagined_from_shut_to_open_whatever_was_filmed(filmed: list[float]) -> None:
    found = imagined(Painter(), filmed)
    assert found is not None
    opened = np.sort(openings(found[0]))
    assert np.allclose(opened, (np.arange(COUNT) + 0.5) / COUNT * 35, atol=10) and np.ptp(opened) > 15


def test_other_directions_are_varied_around_the_codes() -> None:
    found = imagined(Painter(), [0.0, 0.0], count=200, mouth=None)
    assert found is not None
    smiles = found[1].pivots[:, 0, 1]
    assert abs(float(smiles.mean())) < 1e-6 and float(smiles.std()) == pytest.approx(0.5, rel=0.15)
    assert not found[1].pivots[:, 0, 0].any() and not found[1].pivots[:, 0, 2].any()


def test_crops_are_their_own_frames_and_a_picture_without_a_face_is_dropped() -> None:
    found = imagined(Painter(blind_above=2.6), [1.0, 2.0], count=12)
    assert found is not None
    faces, codes = found
    assert 0 < len(faces.crops) < 12 and len(codes.pivots) == len(faces.crops) == len(codes.inversions)
    assert np.array_equal(faces.crops, codes.inversions) and float(codes.pivots[:, 0, 0].max()) <= 2.6
    assert np.allclose(faces.frame_from_crop, np.eye(3)) and faces.quads[0].tolist()[2] == [31.5, 31.5]


def test_nothing_is_imagined_where_nothing_was_asked_for_or_seen() -> None:
    assert imagined(Painter(), [0.0], count=0) is None
    assert imagined(Painter(blind_above=-99.0), [0.0]) is None


@pytest.mark.parametrize("painter", [Painter(slope=0.5), Painter(blind_above=0.5)])
def test_a_direction_that_opens_no_mouth_moves_none(painter: Painter) -> None:
    found = imagined(painter, [0.0, 0.0], spreads={})
    assert found is not None and not found[1].pivots.any()


def test_the_same_seed_imagines_the_same_faces() -> None:
    one, again, other = (imagined(Painter(), [1.0, 2.0], seed=seed) for seed in (3, 3, 4))
    assert one is not None and again is not None and other is not None
    assert torch.equal(one[1].pivots, again[1].pivots) and not torch.equal(one[1].pivots, other[1].pivots)
