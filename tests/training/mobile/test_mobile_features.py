"""What an ImageNet network sees, made comparable between rated faces and renderings."""

import pytest
import torch

from stitch_exp.inverters.mobile_encoder import LiteTrunk
from stitch_exp.training.mobile.features import FEWEST, GRIDS, LARGEST, PICTURE_GRID, comparable, picture_features


@pytest.fixture(scope="module")
def trunk() -> LiteTrunk:
    torch.manual_seed(0)
    return LiteTrunk().eval()


@pytest.mark.parametrize("side", [192, 256])
def test_one_vector_a_picture_and_grid(trunk: LiteTrunk, side: int) -> None:
    images = torch.randint(0, 256, (2, 3, side, side), dtype=torch.uint8)
    blocks = picture_features(trunk, images)
    assert len(blocks) == len(GRIDS) + 1 and all(len(block) == 2 for block in blocks)
    assert blocks[-1].shape == (2, 3 * PICTURE_GRID**2)
    assert [block.shape[1] % grid**2 for block, (_, grid) in zip(blocks[:-1], GRIDS, strict=True)] == [0] * len(GRIDS)


def test_the_picture_itself_is_on_a_coarse_grid(trunk: LiteTrunk) -> None:
    images = torch.zeros(1, 3, 192, 192, dtype=torch.uint8)
    images[..., :96, :] = 255
    plane = picture_features(trunk, images)[-1].view(3, PICTURE_GRID, PICTURE_GRID)
    torch.testing.assert_close(plane[:, :6], torch.ones(3, 6, 12))
    torch.testing.assert_close(plane[:, 6:], -torch.ones(3, 6, 12))


def test_each_set_is_centred_by_itself_and_scaled_by_the_rated() -> None:
    rated, ours = torch.tensor([[0.0], [4.0]]), torch.tensor([[100.0], [101.0], [102.0]])
    samples, faces = comparable([ours], [rated])
    torch.testing.assert_close(faces, torch.tensor([[-2.0], [2.0]]) / (2 + FEWEST))
    torch.testing.assert_close(samples, torch.tensor([[-1.0], [0.0], [1.0]]) / (2 + FEWEST))


def test_blocks_weigh_the_same_whatever_their_length() -> None:
    torch.manual_seed(0)
    short, long = torch.randn(400, 2), torch.randn(400, 200)
    _, faces = comparable([short, long], [short, long])
    energies = [faces[:, :2].square().sum(dim=1).mean(), faces[:, 2:].square().sum(dim=1).mean()]
    assert [float(energy) for energy in energies] == pytest.approx([1.0, 1.0], rel=0.05)


def test_what_is_far_out_is_brought_back_and_what_is_dead_stays_small() -> None:
    rated = torch.tensor([[0.0, 5.0], [1.0, 5.0], [0.0, 5.0], [1.0, 5.0]])
    ours = torch.tensor([[1000.0, 5.0], [-1000.0, 5.0]])
    samples, faces = comparable([ours], [rated])
    assert samples[:, 0].abs().tolist() == pytest.approx([LARGEST / 2**0.5] * 2)
    assert samples[:, 1].tolist() == [0.0, 0.0] and faces.isfinite().all()
