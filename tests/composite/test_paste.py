"""The stitched crop itself, laid over the frame."""

from fractions import Fraction

import numpy as np
import torch

from stitch_exp.composite import Paste
from stitch_exp.ops.warp import crop_from_frame, crop_quad
from stitch_exp.types import AlignedClip, Clip, StitchedCrops, TunedGenerator

SIDE, HEIGHT, WIDTH, COUNT = 32, 60, 80, 5


class Frames(list):
    """A list is a frame source."""


def quad(x, y, half, angle=0.1):
    axis = half * np.array([np.cos(angle), np.sin(angle)])
    down, center = np.array([-axis[1], axis[0]]), np.array([x, y])
    return np.array([center - axis - down, center - axis + down, center + axis + down, center + axis - down])


def scene(quads, mask, crop=None, inversion=None):
    """A noisy clip whose frames 0 and 3 have no face."""
    rng = np.random.default_rng(0)
    frames = Frames(rng.integers(0, 256, (COUNT, HEIGHT, WIDTH, 3), dtype=np.uint8))
    clip = Clip("made.mp4", frames, HEIGHT, WIDTH, Fraction(25), np.arange(COUNT), Fraction(1, 25))
    index = np.array([1, 2, 4])
    crops = np.stack([crop_quad(frames[i], quads[n], SIDE) for n, i in enumerate(index)])
    to_frame = np.stack([np.linalg.inv(crop_from_frame(q, SIDE)) for q in quads])
    status = ("missing", "detected", "interpolated", "missing", "detected")
    aligned = AlignedClip(crops, index, to_frame, np.stack(quads), np.zeros((3, 68, 2)), status)
    edited = 255 - crops if crop is None else np.repeat(crop[None], 3, axis=0)
    masks = np.repeat(mask[None], 3, axis=0)
    zeros = np.zeros(3)
    stitched = StitchedCrops(edited, edited, masks, masks, zeros, zeros, zeros, np.zeros(3, np.int64))
    inverted = crops if inversion is None else np.repeat(inversion[None], 3, axis=0)
    return clip, aligned, TunedGenerator({}, torch.zeros(3, 1, 1), inverted, np.zeros(0)), stitched


def disc(radius=12):
    ys, xs = np.mgrid[:SIDE, :SIDE] - SIDE / 2 + 0.5
    return (np.hypot(xs, ys) <= radius).astype(np.uint8) * 255


def test_paste_is_the_crop_inside_and_has_a_hard_edge():
    white = np.full((SIDE, SIDE, 3), 255, np.uint8)
    clip, *rest = scene([quad(40, 30, 16, 0.0)] * 3, disc(), white)
    changed = (Paste(keep_in_front=False)(clip, *rest).clip.frames[1] == 255).all(-1)
    ys, xs = np.mgrid[:HEIGHT, :WIDTH]
    distance = np.hypot(xs - 39.5 - 0.5, ys - 29.5 - 0.5)
    assert changed[distance < 10].all()
    assert not changed[distance > 14].any()
