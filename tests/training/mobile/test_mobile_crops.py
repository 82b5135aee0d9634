"""Crops that the heads are fitted on."""

from pathlib import Path

import pytest
import torch

from stitch_exp.networks.mobile_stylegan import MobileGenerator
from stitch_exp.training.mobile.codes import Codes
from stitch_exp.training.mobile.crops import FACE, MARGIN, _corner, cut_crops, head_row, load_crops, recorded


def codes(count: int) -> Codes:
    rows = torch.randn(2, count, 8, generator=torch.Generator().manual_seed(0))
    return Codes(rows[0], rows[1], torch.full((count,), 18), torch.zeros(8), 18)


@pytest.mark.parametrize(("side", "crop"), [(128, 32), (256, 64), (16, 14)])
def test_a_crop_has_its_margin_everywhere(side: int, crop: int) -> None:
    draws = torch.Generator().manual_seed(0)
    corners = [_corner(side, crop, draws) for _ in range(300)]
    for top, left in corners:
        assert top >= MARGIN and top + crop + MARGIN <= side and left >= MARGIN and left + crop + MARGIN <= side


def test_half_of_the_crops_begin_on_the_face() -> None:
    draws = torch.Generator().manual_seed(0)
    corners = [_corner(256, 32, draws) for _ in range(400)]
    (low, high), (first, last) = FACE
    on_face = [low * 256 <= top <= high * 256 and first * 256 <= left <= last * 256 for top, left in corners]
    assert 0.5 < sum(on_face) / 400 < 0.7


def test_features_of_asked_sides_are_kept_and_hooks_taken_off(generator: MobileGenerator) -> None:
    with recorded(generator, [128]) as outputs:
        generator(torch.zeros(1, 18, 8), resolution=128)
    assert list(outputs) == [128] and outputs[128].shape == (1, 16, 128, 128)
    kept = outputs[128]
    generator(torch.ones(1, 18, 8), resolution=128)
    assert outputs[128] is kept


def test_crops_fit_their_pictures(generator: MobileGenerator, tmp_path: Path) -> None:
    """A head of the right weights would draw the picture: features and picture are cut at the same place."""
    cut_crops(generator, codes(2), {128: 16}, tmp_path, seed=3)
    crops = load_crops(tmp_path, 128)
    assert crops.features.shape == (2, 16, 18, 18) and crops.pictures.shape == (2, 3, 16, 16)
    rows = codes(2).rows(torch.tensor([1]))
    torch.testing.assert_close(crops.rows[1], rows[0, head_row(generator, 128)], atol=1e-3, rtol=1e-3)
    with recorded(generator, [128]) as outputs:
        picture = torch.nn.functional.interpolate(generator(rows, resolution=512), (128, 128), mode="area")[0]
    whole = outputs[128][0].unfold(1, 18, 1).unfold(2, 18, 1)
    distance = (whole - crops.features[1][:, None, None]).abs().mean(dim=(0, 3, 4))
    top, left = divmod(int(distance.argmin()), distance.shape[1])
    assert distance.min() < 1e-2
    inner = picture[:, top + MARGIN : top + MARGIN + 16, left + MARGIN : left + MARGIN + 16]
    torch.testing.assert_close(crops.pictures[1], inner, atol=2e-3, rtol=2e-3)


def test_faces_that_are_stored_are_passed_over(generator: MobileGenerator, tmp_path: Path) -> None:
    cut_crops(generator, codes(1), {128: 16}, tmp_path, seed=3)
    first = (tmp_path / "00000.safetensors").read_bytes()
    cut_crops(generator, codes(2), {128: 16}, tmp_path, seed=4)
    assert (tmp_path / "00000.safetensors").read_bytes() == first and (tmp_path / "00001.safetensors").is_file()
