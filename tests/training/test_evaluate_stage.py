"""The figures of the model card, with instruments whose answers are known."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from stitch_exp.training import evaluate_stage
from stitch_exp.training.evaluate_stage import Judge, edit_table, inversion, markdown, psnr, samples, tuned_psnr, write
from stitch_exp.training.measure import NAMES
from tests.small_clip import codes, tiny_generator


@pytest.mark.parametrize(("step", "decibels"), [(0.2, 20.0), (0.02, 40.0), (2.0, 0.0)])
def test_decibels_of_a_constant_error(step: float, decibels: float) -> None:
    assert psnr(torch.full((2, 3, 4, 4), -1.0 + step), torch.full((2, 3, 4, 4), -1.0)).tolist() == pytest.approx(
        [decibels] * 2, abs=1e-3
    )


def test_what_lies_beyond_white_is_white() -> None:
    assert psnr(torch.full((1, 3, 2, 2), 5.0), torch.full((1, 3, 2, 2), 0.8)).item() == pytest.approx(20.0, abs=1e-3)


def judge(years: list[float], described: list[np.ndarray]) -> Judge:
    """Says the given years, half male, and the given descriptors, in turn."""
    made, told = Judge.__new__(Judge), iter(described)
    made.estimator = lambda pixels: (np.array(years[: len(pixels)]), np.full(len(pixels), 0.5))
    made.descriptor = lambda image: next(told)
    return made


def test_inversion_is_judged_by_pixels_and_by_identity() -> None:
    images, targets = torch.full((2, 3, 4, 4), -0.8), torch.full((2, 3, 4, 4), -1.0)
    images[1] = -0.98
    far, near = np.zeros(128), np.full(128, 0.7 / 128**0.5)
    found = inversion(judge([], [far, near, far, far]), images, targets)
    assert found["psnr_db"] == pytest.approx(30.0, abs=0.01) and found["psnr_worst_db"] == pytest.approx(20.0, abs=0.01)
    assert found["dlib_distance"] == pytest.approx(0.35) and found["same_identity"] == 0.5


def test_an_edit_is_told_by_what_it_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(pixels: list[np.ndarray]) -> np.ndarray:
        rows = np.full((len(pixels), len(NAMES)), float(np.mean(pixels)) / 255)
        return rows

    monkeypatch.setattr(evaluate_stage, "measure_faces", measured)
    generator = tiny_generator()
    up = torch.zeros(8, 16)
    table = edit_table(judge([30.0, 40.0], []), generator, codes(2), {"none": up}, 2.0)
    assert list(table) == ["(strength 0)", "none -2", "none +2"]
    assert table["(strength 0)"]["years"] == 35.0
    row = table["none +2"]
    assert all(row[name] == 0.0 for name in ("years", "p_male", *NAMES))
    assert row["gender_kept"] == 1.0 and row["gender_flipped"] == 0.0 and row["face_found"] == 1.0


def test_verdicts_on_signs() -> None:
    start = {"p_male": np.array([0.2, 0.9]), "smile_lift": np.zeros(2), "mouth_width": np.zeros(2)}
    moved = {
        "p_male": np.array([0.8, 0.9]),
        "smile_lift": np.array([0.1, -0.1]),
        "mouth_width": np.array([0.2, 0.1]),
        "yaw": np.array([0.0, np.nan]),
    }
    found = evaluate_stage._verdicts(start, moved, 2.0)
    assert found == {
        "gender_kept": 0.5, "gender_flipped": 1.0, "corners_right_way": 0.5, "width_right_way": 1.0, "face_found": 0.5
    }  # fmt: skip
    assert math.isnan(evaluate_stage._verdicts({**start, "p_male": np.array([0.9, 0.9])}, moved, 2.0)["gender_flipped"])


def test_tuning_comes_closer_to_a_single_picture() -> None:
    generator = tiny_generator()
    with torch.no_grad():
        target = generator(codes(1)) * 0.8 + 0.1
    before = psnr(generator(codes(1)), target).item()
    state = {key: value.clone() for key, value in generator.state_dict().items()}
    after = tuned_psnr(generator, codes(1), target, steps=12, learning_rate=3e-3, kernel_rate=0.02)
    assert after > before + 2
    assert all(torch.equal(state[key], value) for key, value in generator.state_dict().items())


def test_samples_repeat_by_their_seed() -> None:
    generator = tiny_generator()
    a, b, c = (samples(generator, 2, 0.7, seed) for seed in (1, 1, 2))
    assert a.shape == (2, 3, 32, 32) and torch.equal(a, b) and not torch.equal(a, c)
    torch.testing.assert_close(*samples(generator, 2, 0.0, 1).split(1))


def test_the_table_of_the_card(tmp_path: Path) -> None:
    table = {"(strength 0)": {"years": 35.0}, "age +2": {"years": 10.5, "gender_kept": 1.0}}
    header, rule, first, second = markdown(table).splitlines()
    assert header.startswith("| edit | years | p_male |") and rule.count("|---") == header.count("|") - 1
    assert first.startswith("| (strength 0) | +35.000 |  |") and "+1.000" in second
    write(tmp_path / "run", {"psnr_db": 30.0}, table)
    assert json.loads((tmp_path / "run" / "metrics.json").read_text()) == {"psnr_db": 30.0, "directions": table}
    assert (tmp_path / "run" / "directions.md").read_text() == markdown(table) + "\n"
