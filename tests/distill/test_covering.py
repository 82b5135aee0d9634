"""What passes before a face: drawn in any shape and colour, and never edited."""

from dataclasses import replace

import numpy as np

from stitch_exp.distill.occluders import cover
from tests.distill.test_distillation import STILL, brighter, examples_of

SIDE = 64


def crop() -> np.ndarray:
    return np.full((SIDE, SIDE, 3), (180.0, 120.0, 100.0), np.float32)


def test_an_occluder_hides_a_part_and_never_all() -> None:
    covers = [cover(crop(), np.random.default_rng(seed)) for seed in range(60)]
    shares = np.array([float(item.alpha.mean()) for item in covers])
    assert shares.max() < 0.75 and (shares > 0.005).mean() > 0.9
    for colour, alpha in covers:
        assert colour.shape == (SIDE, SIDE, 3) and colour.dtype == alpha.dtype == np.float32
        assert alpha.min() >= 0 and alpha.max() <= 1 and colour.min() >= 0 and colour.max() <= 255


def test_about_half_of_them_have_the_colour_of_the_skin() -> None:
    skin = crop()[0, 0] / np.linalg.norm(crop()[0, 0])
    found = []
    for seed in range(80):
        colour, alpha = cover(crop(), np.random.default_rng(seed))
        mean = (colour * alpha[..., None]).sum((0, 1))
        found.append(float(mean @ skin / np.linalg.norm(mean)) > 0.98)
    assert 0.35 < np.mean(found) < 0.9


def test_nothing_is_changed_where_the_face_is_covered() -> None:
    pairs = brighter()
    plain, covered = (examples_of(pairs, 6, replace(STILL, covered=share), 40, 0) for share in (0.0, 1.0))
    hidden = left = 0
    for number in range(40):
        before, after = plain[number], covered[number]
        shown = (after.clean - before.clean).abs().amax(0) < 1e-6
        hidden += int((~shown).sum())
        left += int(((before.change.amax(0) > 0) & (after.change.amax(0) == 0)).sum())
        assert (after.change.abs() <= before.change.abs() + 1e-6).all() and (after.mask <= before.mask + 1e-6).all()
    assert hidden > 40 * 32 * 32 * 0.02 and left > 200
