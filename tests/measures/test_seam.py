import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stitch_exp.measures.change import mean_change
from stitch_exp.measures.seam import border_step

INSIDE = np.zeros((12, 14), bool)
INSIDE[3:9, 4:10] = True


def image(seed):
    return np.random.default_rng(seed).integers(0, 200, (12, 14, 3), dtype=np.uint8)


@settings(max_examples=25)
@given(st.integers(0, 1000), st.integers(0, 50))
def test_a_constant_offset_is_the_seam(seed, offset):
    source = image(seed)
    pasted = np.where(INSIDE[..., None], source + np.uint8(offset), source)
    assert border_step(source, pasted, INSIDE) == pytest.approx(offset)


def test_agrees_with_plain_loops():
    source, edited = image(1).astype(int), image(2).astype(int)
    steps = []
    for y in range(12):
        for x in range(14):
            for v, u in ((y + 1, x), (y, x + 1)):
                if v < 12 and u < 14 and INSIDE[y, x] != INSIDE[v, u]:
                    before, after = source[y, x] - source[v, u], edited[y, x] - edited[v, u]
                    steps.append(np.abs(after - before).mean())
    assert border_step(image(1), image(2), INSIDE) == pytest.approx(np.mean(steps))


def test_a_change_that_is_zero_at_the_border_leaves_no_seam():
    source = image(3)
    edited = source.copy()
    edited[5:7, 6:8] += 20
    assert border_step(source, edited, INSIDE) == 0.0
    assert mean_change(source, edited, INSIDE) == pytest.approx(20 * 4 / 36)


def test_no_border_is_undefined():
    assert np.isnan(border_step(image(0), image(1), np.ones((12, 14), bool)))
    assert np.isnan(mean_change(image(0), image(1), np.zeros((12, 14), bool)))


def test_a_repainted_face_is_seen():
    from stitch_exp.measures.change import StitchChange
    from stitch_exp.measures.observation import Observation

    metric, crop = StitchChange(), np.full((8, 8, 3), 100, np.uint8)
    head = np.zeros((8, 8), np.uint8)
    head[2:6, 2:6] = 255
    metric.update(Observation(edited_crop=crop, stitched_crop=crop + 6, crop_foreground=head))
    assert metric.compute()[0].value == 6.0
