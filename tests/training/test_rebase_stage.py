"""From free codes to one row that is the whole face."""

import pytest
import torch

from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.training.rebase_stage import OFFSET, rebase, shared_space

SMALL = {"z_dim": 32, "w_dim": 32, "img_resolution": 16, "num_mapping_layers": 3, "channel_base": 128, "channel_max": 8}


@torch.no_grad()
def test_rebased_generator_renders_the_same_faces_from_one_row() -> None:
    generator = Generator(**SMALL).eval()
    # 40 codes that fill 20 dimensions: fewer than one row of W has.
    codes = (torch.randn(40, 20) @ torch.randn(20, generator.num_ws * 32)).view(40, generator.num_ws, 32) / 5
    before = generator(codes[:4])
    rebased = rebase(generator, codes)
    torch.testing.assert_close(rebased[:, 0], rebased[:, -1])
    torch.testing.assert_close(rebased.mean().item(), OFFSET, atol=0.01, rtol=0)
    torch.testing.assert_close(generator(rebased[:4]), before, atol=2e-3, rtol=1e-3)


def codes_of(count: int, rows: int, width: int, rank: int) -> torch.Tensor:
    torch.manual_seed(3)
    return (torch.randn(count, rank) @ torch.randn(rank, rows * width)).view(count, rows, width) + 2


@torch.no_grad()
def test_codes_are_mean_and_matrix_of_a_shared_row() -> None:
    codes = codes_of(30, 4, 16, 6)
    w, mean, maps = shared_space(codes, seed=1)
    assert w.shape == (30, 16) and maps.shape == (4, 16, 16)
    torch.testing.assert_close(mean + torch.einsum("nd,lde->nle", w, maps), codes, atol=1e-3, rtol=1e-3)
    assert float(w.square().mean()) == pytest.approx(1.0, rel=1e-4)


@torch.no_grad()
def test_no_few_coordinates_carry_the_face_alone() -> None:
    w, _, _ = shared_space(codes_of(60, 4, 16, 6), seed=1)
    shares = w.square().mean(dim=0)
    assert shares.max() < 4 * shares.mean() and shares.min() > 0.05 * shares.mean()


@torch.no_grad()
def test_what_a_row_cannot_hold_is_the_least_there_is() -> None:
    """40 dimensions in 16: the rest is the energy of the smallest principal axes."""
    codes = codes_of(80, 4, 16, 40)
    w, mean, maps = shared_space(codes, seed=1)
    rest = (mean + torch.einsum("nd,lde->nle", w, maps) - codes).square().sum()
    values = torch.linalg.svdvals((codes - codes.mean(0)).flatten(1))
    assert float(rest) == pytest.approx(float(values[16:].square().sum()), rel=1e-3)


@torch.no_grad()
def test_the_same_seed_gives_the_same_space() -> None:
    codes = codes_of(30, 4, 16, 6)
    (a, *_), (b, *_), (c, *_) = (shared_space(codes, seed) for seed in (1, 1, 2))
    assert torch.equal(a, b) and not torch.allclose(a, c)
