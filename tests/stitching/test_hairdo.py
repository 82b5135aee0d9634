"""What an edited head may show beyond the filmed one where no other hairdo was asked for."""

import numpy as np

from stitch_exp.networks.roles import Heads
from stitch_exp.stitching.hairdo import of_same_hairdo

SIDE = 40


def box(rows: slice, columns: slice) -> np.ndarray:
    mask = np.zeros((1, SIDE, SIDE), np.float32)
    mask[:, rows, columns] = 1
    return mask


def marks() -> np.ndarray:
    """An upright face: eyes side by side, corners of the jaw at columns 12 and 27."""
    points = np.full((1, 68, 2), 20.0)
    points[0, 36:42], points[0, 42:48] = (15, 15), (25, 15)
    points[0, 4], points[0, 12] = (12, 25), (27, 25)
    return points


def test_hair_and_ears_beside_the_filmed_head_go_and_a_lower_chin_stays() -> None:
    before = Heads(box(slice(5, 30), slice(10, 30)))
    hair, ears, chin = (
        box(slice(0, 12), slice(8, 32)),
        box(slice(14, 24), slice(6, 34)),
        box(slice(20, 34), slice(14, 26)),
    )
    after = Heads(np.maximum(np.maximum(hair, ears), chin), hair)
    kept = of_same_hairdo(before, after, marks())
    beyond = kept * (before.outline == 0)
    assert np.array_equal(kept[before.outline > 0], after.outline[before.outline > 0])
    assert np.array_equal(beyond, box(slice(30, 34), slice(14, 26)))


def test_a_head_that_leans_is_measured_in_its_own_axes() -> None:
    before, after = (
        Heads(box(slice(5, 30), slice(10, 30))),
        Heads(box(slice(5, 36), slice(4, 36)), np.zeros((1, SIDE, SIDE))),
    )
    turned = marks()[..., ::-1].copy()
    kept = of_same_hairdo(before, after, turned)
    assert np.array_equal(
        kept[0].T, of_same_hairdo(Heads(before.outline.mT), Heads(after.outline.mT, after.hair), marks())[0]
    )
