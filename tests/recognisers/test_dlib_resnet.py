"""dlib's network in PyTorch says what dlib says."""

from pathlib import Path

import dlib
import numpy as np
import pytest
import torch

from stitch_exp.errors import WeightsError
from stitch_exp.host import installed
from stitch_exp.ops.chips import sample
from stitch_exp.recognisers.dlib_resnet import CHIP_PX, load_dlib_resnet
from stitch_exp.recognisers.identity_dlib import FILE, PACKAGE
from tests.made_landmarks import frame

WEIGHTS = installed.find(PACKAGE, FILE)


def test_descriptors_equal_those_of_dlib() -> None:
    chips = np.stack([_chip(shift) for shift in (0, 9, 30)])
    theirs = dlib.face_recognition_model_v1(str(WEIGHTS))
    expected = np.array([theirs.compute_face_descriptor(chip) for chip in chips])
    ours = load_dlib_resnet(WEIGHTS)(torch.from_numpy(chips).movedim(-1, 1).float())
    assert np.abs(ours.numpy() - expected).max() < 1e-5


def test_a_gradient_reaches_the_pixels() -> None:
    chip = torch.from_numpy(_chip(0)).movedim(-1, 0)[None].float().requires_grad_()
    load_dlib_resnet(WEIGHTS)(chip).square().sum().backward()
    assert chip.grad.abs().max() > 0


@pytest.mark.parametrize("size", [0, 1_000, 1_000_000])
def test_a_cut_file_is_refused(tmp_path: Path, size: int) -> None:
    cut = tmp_path / "cut.dat"
    cut.write_bytes(WEIGHTS.read_bytes()[:size])
    with pytest.raises(WeightsError, match="damaged"):
        load_dlib_resnet(cut)


def _chip(shift: int) -> np.ndarray:
    transform = np.array([[1.2, 0.1, 20.0 + shift], [-0.1, 1.2, 15.0]])
    return sample(frame(240, 240), transform, CHIP_PX)
