"""A noisy clip with crops in three of its frames, and every way of putting them back."""

from fractions import Fraction

import numpy as np
import torch

from stitch_exp.composite import Delta, Feather, Paste
from stitch_exp.ops.warp import crop_from_frame, crop_quad
from stitch_exp.types import AlignedClip, Clip, StitchedCrops, TunedGenerator

SIDE, HEIGHT, WIDTH, COUNT = 32, 60, 80, 5


def delta(**changes):
    """`Delta` with nothing but the added change, unless told otherwise."""
    plain = {
        "change": "edited",
        "feather_px": 25.0,
        "edge_fade": 0.0,
        "largest_motion": 0.0,
        "keep_missed": False,
        "keep_in_front": False,
        "keep_skin_colour": False,
    }
    return Delta(**(plain | {"paste_from": None, "paste_above": 96.0} | changes))


KINDS = [
    Paste(keep_in_front=False),
    Feather(feather_px=100.0, keep_in_front=False),
    delta(feather_px=100.0),
    delta(change="stitched", feather_px=100.0, paste_from=10.0, paste_above=60.0),
    delta(feather_px=100.0, largest_motion=0.05, keep_skin_colour=True, keep_missed=True),
]


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


QUADS = [quad(40, 30, 20), quad(42, 28, 12), quad(70, 50, 22)]
