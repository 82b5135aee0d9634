"""Directions by one linear model of codes and attributes."""

import numpy as np
import pytest

from stitch_exp.errors import DataError
from stitch_exp.training import directions_stage
from stitch_exp.training.measure import NAMES


def test_directions_separate_correlated_attributes() -> None:
    rng = np.random.default_rng(0)
    true = rng.standard_normal((2, 3, 8))
    age = rng.standard_normal(400)
    values = np.stack([age, 0.8 * age + 0.6 * rng.standard_normal(400)], axis=1)
    rows = [f"faces/{index}" for index in range(400)]
    noise = 0.1 * rng.standard_normal((400, 3, 8))
    codes = dict(zip(rows, np.einsum("na,ald->nld", values, true) + noise, strict=True))
    found = directions_stage.fit_directions(codes, directions_stage.Regressors(["age", "grey"], values, rows), 0.0)
    np.testing.assert_allclose(found["age"], true[0], atol=0.05)
    np.testing.assert_allclose(found["grey"], true[1], atol=0.05)


def test_paired_edits_and_projection() -> None:
    low, high = np.zeros((2, 4)), np.ones((2, 4))
    codes = {"edited/7_age_0": low, "edited/7_age_1": low, "edited/7_age_2": high}
    differences = directions_stage.paired_differences(codes, "age")
    assert differences.shape == (1, 2, 4)
    assert (differences == 0.5).all()
    blended = directions_stage.blend(np.ones((2, 4)) * 3, differences, 0.5)
    np.testing.assert_allclose(blended, 3)
    free = directions_stage.project_out(np.array([[1.0, 2.0]]), [np.array([[0.0, 5.0]])])
    np.testing.assert_allclose(free, [[1.0, 0.0]], atol=1e-12)


CSV = "stimulus,happy,age\n7,1.5,30\n12,-1,41.5\n"


def test_ratings_come_by_face_in_the_order_of_the_columns_asked() -> None:
    found = directions_stage.read_ratings(CSV, ["age", "happy"])
    assert {name: row.tolist() for name, row in found.items()} == {"faces/7": [30, 1.5], "faces/12": [41.5, -1]}


@pytest.mark.parametrize("text", ["", "stimulus,happy,age\n"])
def test_ratings_of_nobody_are_said(text: str) -> None:
    with pytest.raises(DataError, match="the ratings hold no face"):
        directions_stage.read_ratings(text, ["age"])


def test_a_missing_column_is_said_with_those_there_are() -> None:
    with pytest.raises(DataError, match="no column smart, weight; there are stimulus, happy, age"):
        directions_stage.read_ratings(CSV, ["smart", "age", "weight"])
    with pytest.raises(DataError, match="no column stimulus; there are face, age"):
        directions_stage.read_ratings("face,age\n1,2\n", ["age"])


def rated(count: int) -> tuple[dict[str, np.ndarray], list[str], np.ndarray]:
    rng = np.random.default_rng(0)
    rows = [f"faces/{index}" for index in range(count)]
    width = len(directions_stage.RATINGS) + len(directions_stage.CONTROLS)
    return {row: rng.random(width) for row in rows}, rows, rng.random((count, len(NAMES)))


def test_only_faces_with_all_attributes_count_and_columns_are_standardised() -> None:
    ratings, rows, measured = rated(8)
    measured[3, 2] = np.nan
    del ratings["faces/5"]
    found = directions_stage.regressors(ratings, rows, measured)
    assert found.rows == [f"faces/{index}" for index in (0, 1, 2, 4, 6, 7)]
    assert found.values.shape == (6, len(found.names))
    np.testing.assert_allclose(found.values.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(found.values.std(axis=0), 1)
    yaw = measured[[0, 1, 2, 4, 6, 7], NAMES.index("yaw")]
    np.testing.assert_allclose(found.values[:, found.names.index("yaw")], (yaw - yaw.mean()) / yaw.std())


def test_without_a_single_whole_face_that_is_said() -> None:
    ratings, rows, measured = rated(3)
    with pytest.raises(DataError, match="none of 3 faces has both ratings and landmarks"):
        directions_stage.regressors(ratings, rows, np.full_like(measured, np.nan))
    with pytest.raises(DataError, match="none of 3 faces"):
        directions_stage.regressors({}, rows, measured)


def test_a_ridge_shortens_directions_and_turns_none() -> None:
    rng = np.random.default_rng(1)
    values = rng.standard_normal((200, 1))
    values /= values.std()
    values -= values.mean()
    rows = [f"faces/{index}" for index in range(200)]
    codes = {row: value * np.ones((2, 3)) for row, value in zip(rows, values, strict=True)}
    plain, damped = (
        directions_stage.fit_directions(codes, directions_stage.Regressors(["a"], values, rows), ridge)["a"]
        for ridge in (0.0, 1.0)
    )
    np.testing.assert_allclose(plain, 1, rtol=1e-6)
    np.testing.assert_allclose(damped, 0.5, rtol=0.02)


def test_paired_edits_keep_the_extent_along_the_fit() -> None:
    fitted = np.array([[2.0, 0.0]])
    differences = np.array([[[0.5, 0.5]], [[1.5, 0.5]]])
    blended = directions_stage.blend(fitted, differences, 0.25)
    assert (blended * fitted).sum() == pytest.approx((fitted * fitted).sum())
    np.testing.assert_allclose(blended, [[2.0, 0.25]])
    assert directions_stage.blend(fitted, differences[:0], 0.9) is fitted
    assert directions_stage.blend(fitted, differences, 0.0) is fitted


def test_what_others_share_is_taken_out_once() -> None:
    rng = np.random.default_rng(2)
    direction, *others = rng.standard_normal((4, 3, 5))
    free = directions_stage.project_out(direction, others)
    assert all(abs((free * other).sum()) < 1e-10 for other in others)
    np.testing.assert_allclose(directions_stage.project_out(free, others), free, atol=1e-12)
    assert directions_stage.project_out(direction, []) is direction


def test_gains_and_corrections_of_shipped_directions() -> None:
    ratings, rows, measured = rated(60)
    found = directions_stage.regressors(ratings, rows, measured)
    rng = np.random.default_rng(3)
    codes = {row: rng.standard_normal((2, 6)) for row in rows}
    plain = directions_stage.build(codes, found, ridge=0.1, paired_share=0.0, gains={}, corrections={})
    changed = directions_stage.build(
        codes, found, ridge=0.1, paired_share=0.0, gains={"age": 2.0}, corrections={"smile": {"age": 0.5}}
    )
    assert set(plain) == {*directions_stage.RATINGS, *directions_stage.LANDMARKS}
    np.testing.assert_allclose(changed["age"], 2 * plain["age"], rtol=1e-5)
    np.testing.assert_allclose(changed["smile"], plain["smile"] + 0.5 * plain["age"], rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(changed["yaw"], plain["yaw"])
    assert all(value.dtype == np.float32 for value in plain.values())


@pytest.mark.parametrize("name", ["faces/12.jpg", "faces/12", "archive-main/faces/12.png"])
def test_faces_are_called_alike_in_folders_and_archives(name: str) -> None:
    assert directions_stage.strip(name) == "faces/12"
