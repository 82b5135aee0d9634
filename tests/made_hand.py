"""A made-up clip of a face before which a hand passes."""

from fractions import Fraction

import cv2
import numpy as np
import torch

from stitch_exp.ops.warp import crop_from_frame
from stitch_exp.types import AlignedClip, Clip, StitchedCrops, TunedGenerator
from tests.made_faces import template

SIDE, COUNT = 128, 18
PASSING = range(5, 12)
ADDED = 40


def disc(center, axes, blur=0.8):
    mask = np.zeros((SIDE, SIDE), np.float32)
    cv2.ellipse(mask, center, axes, 0, 0, 360, (1.0,), -1)
    return cv2.GaussianBlur(mask, (0, 0), blur)[..., None]


HEAD = disc((64, 66), (40, 54))


def face(n):
    """A head that sways, opens its mouth, blinks, and stands in changing light."""
    x, y = 64 + round(2 * np.sin(n)), 66
    picture = np.full((SIDE, SIDE, 3), (120, 140, 130), np.float32)
    light = 1 + 0.15 * np.cos(np.linspace(0, 3, SIDE))[None, :, None]
    for color, mask in (
        ((70, 50, 40), disc((x, y - 12), (40, 44))),
        ((200, 150, 130), disc((x, y + 4), (34, 46))),
        ((60, 40, 35), disc((x - 14, y - 10), (6, 1 + 2 * (n % 3)))),
        ((60, 40, 35), disc((x + 14, y - 10), (6, 1 + 2 * (n % 3)))),
        ((150, 60, 60), disc((x, y + 27), (11, 2 + n % 4))),
    ):
        picture += mask * (np.array(color) * light - picture)
    return picture + 3 * np.sin(n / 2)


def hand(n):
    """Its opacity and its colours: paler than the face, with bands."""
    center = (34 + 5 * (n - PASSING.start), 74)
    bands = 12 * np.sin(np.arange(SIDE) / 6)[:, None, None]
    return disc(center, (17, 26)), np.array((225, 185, 140)) + bands


def pixels(picture):
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def filmed(passing):
    """The clip, and everything a composite asks for; inversions take the hand for a part of the face, to one half."""
    crops, inversions = [], []
    noise = np.random.default_rng(0)
    for n in range(COUNT):
        clean = face(n)
        opacity, colours = hand(n)
        opacity = opacity * (n in passing)
        crops.append(pixels(clean + opacity * (colours - clean) + noise.normal(0, 1.5, clean.shape)))
        inversions.append(pixels(cv2.GaussianBlur(clean + opacity / 2 * (colours - clean), (0, 0), 2.0)))
    crops, inversions = np.stack(crops), np.stack(inversions)
    quad = np.array([[0, 0], [0, SIDE], [SIDE, SIDE], [SIDE, 0]]) - 0.5
    points = template() * 28 + (64, 58)
    aligned = AlignedClip(
        crops, np.arange(COUNT), np.repeat(np.linalg.inv(crop_from_frame(quad, SIDE))[None], COUNT, axis=0),
        np.repeat(quad[None], COUNT, axis=0), np.repeat(points[None], COUNT, axis=0), ("detected",) * COUNT,
    )  # fmt: skip
    tuned = TunedGenerator({}, torch.zeros(COUNT, 1, 1), inversions, np.zeros(0))
    edited = pixels(inversions + ADDED * HEAD)
    masks = np.repeat(pixels(255 * HEAD[..., 0])[None], COUNT, axis=0)
    zeros = np.zeros(COUNT)
    stitched = StitchedCrops(edited, edited, masks, masks, zeros, zeros, zeros, np.zeros(COUNT, np.int64))
    clip = Clip("made.mp4", list(crops), SIDE, SIDE, Fraction(25), np.arange(COUNT), Fraction(1, 25))
    return clip, aligned, tuned, stitched
