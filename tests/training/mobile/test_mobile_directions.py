import numpy as np
import pytest
import torch

from stitch_exp.inverters.mobile_encoder import LiteTrunk
from stitch_exp.training.mobile.directions import (
    FREE,
    FREE_OTHERWISE,
    MEASURED,
    RATED,
    SHIPPED,
    as_rows,
    read_off,
    step_along,
)
from stitch_exp.training.mobile.features import comparable, picture_features
from stitch_exp.training.mobile.labels import predict, r2
from stitch_exp.training.mobile.painted import beard, glasses


def test_a_step_changes_one_attribute_and_holds_the_other() -> None:
    codes = np.random.default_rng(0).standard_normal((5000, 3))
    readings = read_off(codes, {"a": codes[:, 0], "b": codes[:, 0] + codes[:, 1]}, ridge=0.0)
    assert readings.explained == pytest.approx([1, 1], abs=0.01)
    step = step_along(readings, "a", free=(), ridge=0.0)
    assert step == pytest.approx([1, -1, 0], abs=0.06)
    assert readings.moved(step) == pytest.approx({"a": 1, "b": 0}, abs=1e-6)
    assert readings.length(step) == pytest.approx(2**0.5, abs=0.06)
    free = step_along(readings, "a", free=("b",), ridge=0.0)
    assert free == pytest.approx([1, 0, 0], abs=0.06)


def test_every_name_is_an_attribute() -> None:
    known = {*RATED, *MEASURED, "beard", "glasses"}
    assert set(SHIPPED.values()) <= known
    assert {*FREE_OTHERWISE, *(name for names in FREE.values() for name in names)} <= known


def test_ratings_are_predicted_as_far_as_pictures_tell_them() -> None:
    rng = np.random.default_rng(0)
    rated, samples = rng.standard_normal((200, 5)), rng.standard_normal((50, 5))
    ratings = np.stack([rated @ [3.0, 0, 0, 0, 0], rng.standard_normal(200)], axis=1)
    labels = predict(torch.from_numpy(samples), torch.from_numpy(rated), ratings)
    assert labels.explained[0] > 0.97
    assert labels.explained[1] < 0.2
    assert labels.ridges.tolist() == [0.03, 1.0]
    assert np.corrcoef(labels.values[:, 0], samples[:, 0])[0, 1] > 0.98
    assert labels.values.std(axis=0) == pytest.approx([1, 1])


def test_r2_by_hand() -> None:
    wanted = np.array([[1.0], [-1.0]])
    assert r2(wanted * 0.5, wanted) == pytest.approx([0.75])
    assert r2(wanted * 0, wanted) == pytest.approx([0])


def test_features_have_five_blocks_of_equal_weight() -> None:
    blocks = picture_features(LiteTrunk().eval(), torch.randint(0, 255, (2, 3, 64, 64), dtype=torch.uint8))
    assert [block.shape[1] for block in blocks] == [40 * 36, 112 * 36, 320 * 9, 320, 3 * 144]
    rated = [torch.tensor([[0.0, 4.0], [2.0, 0.0]]), torch.tensor([[1.0], [3.0]])]
    ours, theirs = comparable([rated[0] + 7, rated[1]], rated)
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(theirs[0], torch.tensor([-(0.5**0.5), 0.5**0.5, -1.0]), rtol=2e-3, atol=0)


def test_a_dark_chin_is_a_beard_and_a_rim_is_glasses() -> None:
    plain = np.full((1, 100, 100, 3), 200, np.uint8)
    bearded, rimmed = plain.copy(), plain.copy()
    bearded[:, 75:90, 30:70] = 50
    rimmed[:, 46:48, 30:70] = 20
    rimmed[:, 54:56, 30:70] = 20
    assert beard(plain) == pytest.approx([0], abs=1e-5)
    assert beard(bearded) == pytest.approx([2 * np.log((200 / 255 + 0.02) / (50 / 255 + 0.02))], rel=1e-3)
    assert glasses(rimmed) > glasses(plain) + 1


def test_directions_of_shape_leave_the_rows_of_colour():
    step = np.ones(3)
    assert as_rows("age", step, 18).sum(axis=1).tolist() == [3.0] * 11 + [0.0] * 7
    assert (as_rows("hair_color", step, 18) == 1).all()
