"""Brightness of the three primaries."""

import numpy as np
import pytest

from stitch_exp.ops.luma import luma


def test_luma_of_the_primaries_on_any_scale() -> None:
    primaries = np.eye(3, dtype=np.uint8)[None] * 255
    assert luma(primaries)[0].tolist() == pytest.approx([76.245, 149.685, 29.07])
    assert luma(np.full((2, 4, 3), 0.5)) == pytest.approx(0.5)
    assert luma(primaries).dtype == np.float32
