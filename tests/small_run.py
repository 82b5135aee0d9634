"""Small made-up clips and networks for the tests of the metrics."""

from fractions import Fraction

import numpy as np
import pytest
import torch

from stitch_exp.types import (
    AlignedClip,
    Clip,
    EditedClip,
    EditedLatents,
    StitchedCrops,
    TunedGenerator,
    WPlus,
)

SIDE, HEIGHT, WIDTH = 16, 48, 64


class Frames(list):
    """A list of frames that beartype accepts as a frame source."""


class FakeIdentity:
    """Embeds the mean colour under the landmarks."""

    name, weight_hash, crop = "fake", "0123456789abcdef", "mean colour"

    def embed(self, frame, landmarks):
        x, y = landmarks.mean(axis=0).astype(int)
        patch = frame[y - 3 : y + 4, x - 3 : x + 4].reshape(-1, 3).mean(axis=0) + 1.0
        return (patch / np.linalg.norm(patch)).astype(np.float32)


class FakePerceptual(torch.nn.Module):
    name = "fake"

    def forward(self, a, b):
        return (a - b).abs().mean(dim=(1, 2, 3))


def clip_of(frames, name="clip"):
    frames = Frames(frames)
    height, width = frames[0].shape[:2]
    return Clip(name, frames, height, width, Fraction(25), np.arange(len(frames)), Fraction(1, 25))


def moving_frames(count, seed=0):
    noise = np.random.default_rng(seed).integers(40, 200, (HEIGHT, WIDTH + count, 3), dtype=np.uint8)
    return [np.ascontiguousarray(noise[:, t : t + WIDTH]) for t in range(count)]


def run_of(count=5, missing=(), shift=0, status=None):
    """Everything the metrics stage is called with: a square face pasted with a constant offset."""
    frames = moving_frames(count)
    index = np.array([t for t in range(count) if t not in missing], int)
    corner = np.array([20.0, 12.0])
    matrix = np.array([[1.0, 0, corner[0]], [0, 1, corner[1]], [0, 0, 1]])
    crops = np.zeros((len(index), SIDE, SIDE, 3), np.uint8)
    for face, t in enumerate(index):
        crops[face] = frames[t][12 : 12 + SIDE, 20 : 20 + SIDE]
    masks = np.zeros((len(index), SIDE, SIDE), np.uint8)
    masks[:, 3:-3, 3:-3] = 255
    edited = np.clip(crops.astype(int) + shift, 0, 255).astype(np.uint8)
    quad = corner + np.array([[0, 0], [0, SIDE], [SIDE, SIDE], [SIDE, 0]]) - 0.5
    points = corner + np.stack(np.meshgrid(range(4, 12), range(4, 12)), -1).reshape(-1, 2)
    zeros = np.zeros(len(index))
    aligned = AlignedClip(
        crops, index, np.repeat(matrix[None], len(index), 0), np.repeat(quad[None], len(index), 0),
        np.repeat(points[None], len(index), 0).astype(float),
        tuple("missing" if t in missing else "detected" for t in range(count)),
    )  # fmt: skip
    codes = torch.zeros(len(index), 4, 8)
    tuned = TunedGenerator({}, codes, crops.copy(), np.zeros(0))
    stitched = StitchedCrops(edited, edited, masks, masks, zeros, zeros, zeros, np.zeros(len(index), int))
    composed = [frame.copy() for frame in frames]
    for face, t in enumerate(index):
        inside = masks[face] > 0
        composed[t][12 : 12 + SIDE, 20 : 20 + SIDE][inside] = edited[face][inside]
    latents = EditedLatents(WPlus(codes + 1.0), "shift", {"shift": 1.0})
    return clip_of(frames), aligned, tuned, latents, stitched, EditedClip(clip_of(composed), aligned.status)


@pytest.fixture
def make_run():
    return run_of


@pytest.fixture
def make_clip():
    return clip_of


@pytest.fixture
def make_frames():
    return moving_frames


@pytest.fixture
def networks():
    return {"identity": FakeIdentity(), "perceptual": FakePerceptual(), "device": torch.device("cpu")}
