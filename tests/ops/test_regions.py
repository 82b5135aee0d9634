"""Which part of a mask a point belongs to."""

import numpy as np
import pytest

from stitch_exp.ops.regions import connected

MASK = np.zeros((8, 10), np.uint8)
MASK[1:4, 1:4] = 7
MASK[4:7, 4:9] = 255
SMALL, LARGE = MASK == 7, MASK == 255


@pytest.mark.parametrize(
    ("point", "part"),
    [((2.0, 2.0), SMALL), ((3.4, 3.4), SMALL), ((5.0, 5.0), LARGE), ((0.0, 0.0), LARGE), ((99.0, -3.0), LARGE)],
    ids=["inside the small one", "rounded into it", "inside the large one", "in none", "beyond the mask"],
)
def test_the_part_of_the_point_or_else_the_largest(point: tuple[float, float], part: np.ndarray) -> None:
    """The two squares touch at a corner only, which joins nothing."""
    np.testing.assert_array_equal(connected(MASK, np.array(point)), part)


def test_nothing_has_no_parts() -> None:
    assert not connected(np.zeros((4, 4), np.uint8), np.array([1.0, 1.0])).any()
