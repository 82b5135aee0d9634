"""Fixtures of the video tests."""

import numpy as np
import pytest
from made_clips import write
from PIL import Image


@pytest.fixture
def make(tmp_path):
    """`make(name, **settings)` writes a small video and returns its path."""
    return lambda name, **settings: write(tmp_path / name, **settings)


@pytest.fixture
def quarters():
    """Mean colours of a frame's quarters: NW, NE, SW, SE."""

    def means(frame):
        height, width = frame.shape[:2]
        rows = slice(2, height // 2 - 5), slice(height // 2 + 5, -2)
        columns = slice(2, width // 2 - 2), slice(width // 2 + 2, -2)
        return np.array([[frame[row, column].mean((0, 1)) for column in columns] for row in rows]).reshape(4, 3)

    return means


@pytest.fixture
def folder(tmp_path):
    """Four pictures whose names do not sort as their numbers do, and a file that is none."""
    for i in (10, 9, 2, 1):
        Image.new("RGB", (20, 10), (i, 0, 0)).save(tmp_path / f"frame{i}.png")
    (tmp_path / "notes.txt").write_text("not an image")
    return tmp_path
