"""Fixtures of the video tests."""

import numpy as np
import pytest
from made_clips import write


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
