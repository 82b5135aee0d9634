"""Faces drawn by numbers, and a detector that reads them off."""

from fractions import Fraction

import numpy as np

from stitch_exp.faces import Face
from stitch_exp.types import Clip

HEIGHT, WIDTH = 120, 160


def template():
    """68 points of a schematic face, unit eye distance, centred between the eyes."""
    points = np.zeros((68, 2))
    points[:17] = [(-np.cos(a) * 1.1, np.sin(a) * 1.6) for a in np.linspace(0, np.pi, 17)]
    points[17:27] = [(x, -0.35) for x in np.linspace(-0.9, 0.9, 10)]
    points[27:36] = [(0, y) for y in np.linspace(0, 0.7, 9)]
    for start, x in ((36, -0.5), (42, 0.5)):
        points[start : start + 6] = [(x + 0.15 * np.cos(a), 0.06 * np.sin(a)) for a in np.arange(6) * np.pi / 3]
    points[48:68] = [(0.4 * np.cos(a), 1.0 + 0.15 * np.sin(a)) for a in np.pi + np.arange(20) * np.pi / 10]
    points[48], points[54] = (-0.4, 1.0), (0.4, 1.0)
    return points


def face(x, y, eye_distance=20.0, score=0.9):
    """An upright face whose eyes' midpoint is at (x, y)."""
    landmarks = template() * eye_distance + (x, y)
    low, high = landmarks.min(0), landmarks.max(0)
    return Face(landmarks, np.array([*low, *high], dtype=np.float64), score)


class NumberedFrames:
    """Frames that carry their number in their pixels, over a smooth picture."""

    def __init__(self, count):
        self.count = count
        ys, xs = np.mgrid[:HEIGHT, :WIDTH]
        self.picture = np.stack([xs, ys, (xs + ys) // 2], axis=-1).astype(np.uint8)

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        frame = self.picture.copy()
        frame[0, 0] = index % self.count
        return frame

    def __iter__(self):
        return (self[i] for i in range(self.count))


class Scripted:
    """Answers with the faces written down for the frame's number; `enlarged` for pictures of another size."""

    def __init__(self, faces, enlarged=lambda frame: []):
        self.faces, self.enlarged = faces, enlarged

    def detect(self, frame):
        if frame.shape[:2] != (HEIGHT, WIDTH):
            return self.enlarged(frame)
        return self.faces[int(frame[0, 0, 0])]


def clip(count):
    """A clip of numbered frames."""
    return Clip("made.mp4", NumberedFrames(count), HEIGHT, WIDTH, Fraction(25), np.arange(count), Fraction(1, 25))


class Tones:
    """Tells people apart by the tone the script painted between their eyes."""

    name = weight_hash = crop = "tones"

    def embed(self, frame, landmarks):
        x, y = np.rint(landmarks[36:48].mean(0)).astype(int)
        angle = float(frame[y, x, 0]) / 255 * np.pi
        return np.array([np.cos(angle), np.sin(angle)], np.float32)


def painted(shots):
    """Frames and the faces in them, from `{(x, eye distance): tone}` for each frame."""
    frames, script = [], []
    for number, people in enumerate(shots):
        frame = NumberedFrames(len(shots))[number]
        for (x, _), tone in people.items():
            frame[20:90, x - 30 : x + 30] = np.random.default_rng(tone).integers(0, 255, (70, 60, 1))
            frame[48:53, x - 2 : x + 3] = tone
        frames.append(frame)
        script.append([face(x, 50, size) for x, size in people])
    return frames, script
