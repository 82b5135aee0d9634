"""Ratings of faces nobody rated, by kernel ridge regression: against the primal solution and on made data."""

import numpy as np
import pytest
import torch

from stitch_exp.training.mobile.labels import FOLDS, RIDGES, folds, predict, r2, standardised


def made(count: int, noise: float = 0.0) -> tuple[torch.Tensor, np.ndarray, np.ndarray]:
    """Features, and two ratings that are linear in them."""
    rng = np.random.default_rng(0)
    features = rng.standard_normal((count, 6))
    features -= features.mean(axis=0)
    truth = features @ rng.standard_normal((6, 2))
    return torch.from_numpy(features).float(), truth + noise * rng.standard_normal((count, 2)), truth


def test_columns_have_mean_zero_and_deviation_one() -> None:
    values = standardised(np.array([[1.0, 10.0], [3.0, 30.0]]))
    np.testing.assert_allclose(values, [[-1, -1], [1, 1]])


def test_a_column_that_never_varies_is_zero_and_not_nan() -> None:
    np.testing.assert_allclose(standardised(np.array([[5.0, 1.0], [5.0, 3.0]])), [[0, -1], [0, 1]])


@pytest.mark.parametrize("count", [5, 12, 23])
def test_every_face_is_left_out_once(count: int) -> None:
    rounds = folds(count)
    assert len(rounds) == FOLDS and np.sum(rounds, axis=0).tolist() == [1] * count


def test_explained_share_of_the_variance() -> None:
    wanted = standardised(np.random.default_rng(0).standard_normal((50, 2)))
    assert r2(wanted, wanted).tolist() == [1, 1]
    assert r2(np.zeros_like(wanted), wanted).tolist() == [0, 0]
    np.testing.assert_allclose(r2(0.5 * wanted, wanted), 0.75)


def test_linear_ratings_are_predicted_on_faces_nobody_rated() -> None:
    features, ratings, truth = made(80)
    found = predict(features[60:], features[:60], ratings[:60])
    for column in range(2):
        assert np.corrcoef(found.values[:, column], truth[60:, column])[0, 1] > 0.98
    assert (found.explained > 0.9).all() and set(found.ridges) <= set(RIDGES)
    np.testing.assert_allclose(found.values.std(axis=0), 1)


def test_noisy_ratings_take_a_stronger_ridge_and_explain_less() -> None:
    features, clean, _ = made(60)
    _, noisy, _ = made(60, noise=8.0)
    plain, damped = predict(features, features, clean), predict(features, features, noisy)
    assert (damped.ridges >= plain.ridges).all() and (damped.explained < plain.explained).all()
    assert (damped.ridges > plain.ridges).any()


def test_the_dual_solution_is_that_of_ridge_regression() -> None:
    features, ratings, _ = made(30, noise=0.5)
    found = predict(features, features, ratings)
    x, y = features.double().numpy(), standardised(ratings)
    unit = np.trace(x @ x.T) / len(x)
    for column, ridge in enumerate(found.ridges):
        weights = np.linalg.solve(x.T @ x + ridge * unit * np.eye(6), x.T @ y[:, column])
        expected = standardised((x @ weights)[:, None])[:, 0]
        np.testing.assert_allclose(found.values[:, column], expected, atol=1e-4)
